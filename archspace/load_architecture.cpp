#include <filesystem>

#include "archspace/architecture_json.h"
#include "archspace/gguf_import.h"
#include "archspace/hf_config.h"
#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "base/files.h"

namespace slimline {

namespace {

std::filesystem::path file_of(const std::string& id_or_path)
{
    std::error_code error;
    const std::filesystem::path config = std::filesystem::path(id_or_path) / "config.json";
    // A model's folder as Hugging Face lays it out; only where a path is meant, so that ids stay ids.
    const bool folder = id_or_path.find('/') != std::string::npos && std::filesystem::exists(config, error);
    return folder ? config : find_data_file(id_or_path, "archs", "architecture");
}

}  // namespace

Architecture load_architecture(const std::string& id_or_path_or_inline)
{
    return load_model(id_or_path_or_inline).architecture;
}

StoredModel load_model(const std::string& id_or_path_or_inline)
{
    if (is_inline_architecture(id_or_path_or_inline)) {
        return {inline_architecture(id_or_path_or_inline)};
    }
    const std::filesystem::path path = file_of(id_or_path_or_inline);
    if (is_gguf_file(path)) {
        GgufImport import = import_gguf(read_gguf_file(path));
        return {std::move(import.architecture), std::move(import.mix)};
    }
    const JsonDocument document = load_json(path);
    if (is_hf_config(document.root)) {
        return {architecture_from_hf_config(JsonPlace(document))};
    }
    if (document.root.is_object() && !document.root.contains("format")) {
        throw InputError(path.string(), "is neither an architecture nor a Hugging Face config.json",
                         "one says \"format\": \"architecture/1\", the other has a 'model_type'");
    }
    return {read_architecture(JsonPlace(document))};
}

}  // namespace slimline
