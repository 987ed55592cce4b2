#include "archspace/hf_config.h"

#include <algorithm>
#include <filesystem>

#include "archspace/hf_readers.h"
#include "archspace/limits.h"
#include "base/text.h"

namespace slimline {

namespace {

const HfModelType* reader_of(const std::string& model_type)
{
    for (const auto* types : {&hf_decoder_types(), &hf_hybrid_types()}) {
        for (const HfModelType& each : *types) {
            if (each.name == model_type) {
                return &each;
            }
        }
    }
    return nullptr;
}

std::string id_from(std::string_view name)
{
    std::string id;
    for (const char c : lower_case(name.substr(name.find_last_of('/') + 1)).substr(0, 60)) {
        const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        id += fine ? c : '-';
    }
    return id;
}

/// `_name_or_path`, else the folder that holds a config.json, else the file's own name.
std::string name_of(const HfFields& f)
{
    const auto stated = f.find({"_name_or_path"});
    if (stated && stated->is_text() && !id_from(stated->text()).empty()) {
        return stated->text();
    }
    const std::filesystem::path path = f.place().file();
    if (path.stem() != "config") {
        return path.stem().string();
    }
    const std::string folder = path.parent_path().filename().string();
    return folder.empty() ? "config" : folder;
}

/// The object that describes the text tower: the root itself, or its "text_config".
HfFields text_tower(const HfFields& root, std::string& model_type)
{
    const auto tower = root.find({"text_config", "llm_config"});
    if (!tower || !tower->is_object()) {
        return root;
    }
    const HfFields text(*tower);
    model_type = text.text_or({"model_type"}, model_type);
    return text;
}

/// Remote code tells what the generic model_type of these hides.
std::string refined_type(const HfFields& f, const std::string& model_type)
{
    const auto map = f.find({"auto_map"});
    const std::string code =
        map && map->is_object() ? lower_case(map->value().dump(-1, ' ', false, Json::error_handler_t::replace)) : "";
    return code.find("modeling_mobillama") != std::string::npos ? "mobillama" : model_type;
}

}  // namespace

bool is_hf_config(const Json& root)
{
    return root.is_object() && !root.contains("format") &&
           (root.contains("model_type") || root.contains("architectures"));
}

std::vector<std::string> hf_model_types()
{
    std::vector<std::string> names;
    for (const auto* types : {&hf_decoder_types(), &hf_hybrid_types()}) {
        for (const HfModelType& each : *types) {
            names.emplace_back(each.name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

Architecture architecture_from_hf_config(const JsonPlace& place)
{
    if (!place.is_object()) {
        place.fail("is no config.json: the outermost value must be an object");
    }
    const HfFields root(place);
    std::string model_type = root.text_or({"model_type"}, "");
    if (model_type.empty()) {
        place.fail("'model_type' is missing", "a Hugging Face config.json names it");
    }
    const HfFields f = text_tower(root, model_type);
    const HfModelType* reader = reader_of(refined_type(root, model_type));
    if (reader == nullptr) {
        const std::vector<std::string> known = hf_model_types();
        const std::string meant = nearest(model_type, known);
        root.find({"model_type"})
            ->fail("model_type '" + printable(model_type) + "' is not known",
                   meant.empty() ? "known: " + joined(known, ", ") : "the nearest known is '" + meant + "'");
    }
    Architecture arch;
    arch.name = printable(name_of(root), 80);
    arch.id = id_from(arch.name);
    arch.family = reader->name;
    reader->read(f, arch);
    arch.sources = {{"config", "Hugging Face config.json", printable(place.file(), 200)}};
    check_architecture(arch, place.file());
    return arch;
}

}  // namespace slimline
