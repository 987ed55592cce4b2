#include "gui/viewmodel/taken_file.h"

#include "archspace/architecture_json.h"
#include "archspace/gguf_import.h"
#include "archspace/hf_config.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "gui/viewmodel/session_json.h"
#include "hwmodels/device_json.h"

namespace slimline::gui {

namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20;
constexpr const char* what_opens = "open a session, a model, a device, a search or its result";

TakenFile take_json(const JsonDocument& document)
{
    const JsonPlace place(document);
    if (!document.root.is_object()) {
        place.fail("is no JSON object", what_opens);
    }
    if (!document.root.contains("format")) {
        if (is_hf_config(document.root)) {
            return TakenModel{architecture_from_hf_config(place), {}};
        }
        place.fail("says no \"format\" and is no config.json", what_opens);
    }
    JsonObject object(place);
    const std::string format = object.text("format");
    const std::string kind = format.substr(0, format.find('/'));
    if (kind == "session") {
        return read_session(place);
    }
    if (kind == "architecture") {
        return TakenModel{read_architecture(place), {}};
    }
    if (kind == "device") {
        return read_device(place);
    }
    if (kind == "search") {
        AskedHere asked = asked_here(place);
        return TakenSearch{pretty(document.root), std::move(asked.question)};
    }
    if (kind == "search_result") {
        return read_found_designs(place);
    }
    object.at("format").fail("files of format '" + printable(format) + "' cannot be opened", what_opens);
}

}  // namespace

TakenFile take_file(const std::filesystem::path& path)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return TakenModel{load_architecture(path.string()), {}};
    }
    if (is_gguf_file(path)) {
        GgufImport model = import_gguf(read_gguf_file(path));
        return TakenModel{std::move(model.architecture), model.mix.name};
    }
    return take_json(parse_json(path.string(), read_file(path, largest_file)));
}

}  // namespace slimline::gui
