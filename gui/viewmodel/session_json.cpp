#include "gui/viewmodel/session_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "explorer/question_parts.h"
#include "gui/viewmodel/search_form.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/view_values.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"
#include "simulator/predict.h"

namespace slimline::gui {

namespace {

constexpr std::size_t most_pinned = 200;
constexpr std::size_t most_view_values = 1000;
constexpr std::size_t largest_session = std::size_t{16} << 20;

constexpr std::pair<std::string_view, int> theme_words[] = {{"light", 0}, {"dark", 1}, {"contrast", 2}};

bool catalogued(const char* folder, const std::string& id)
{
    return std::ranges::binary_search(shipped_ids(folder), id);
}

/// The id where the catalogue has just this, else the whole document.
Json reference(const Architecture& arch)
{
    const bool known = catalogued("archs", arch.id) && slimline::load_architecture(arch.id) == arch;
    return known ? Json(arch.id) : slimline::to_json(arch);
}

Json reference(const Device& device)
{
    const bool known = catalogued("devices", device.id) && slimline::load_device(device.id) == device;
    return known ? Json(device.id) : slimline::to_json(device);
}

Json workload_json(const Workload& work)
{
    return {{"batch", work.batch},
            {"prompt_tokens", work.prompt_tokens},
            {"generated_tokens", work.generated_tokens},
            {"context_tokens", work.context},
            {"threads", work.threads},
            {"ubatch_tokens", work.ubatch},
            {"flash_attention", work.flash_attention}};
}

Architecture read_architecture_reference(const JsonPlace& place)
{
    if (place.is_text()) {
        return at_place(place, [&] { return slimline::load_architecture(place.text()); });
    }
    return read_architecture(place);
}

Precision read_precision(const JsonPlace& place)
{
    JsonObject o(place);
    Precision p;
    p.weights = read_mix(o.at("weights"));
    if (const auto kv = o.find("kv_cache")) {
        p.kv_cache = read_kv_format(*kv);
    }
    o.done();
    return p;
}

Scenario read_inputs(JsonObject& o)
{
    Scenario s;
    s.arch = read_architecture_reference(o.at("architecture"));
    const JsonPlace device = o.at("device");
    s.device = read_device_reference(device);
    s.backend = s.device.backends.front().kind;
    if (const auto backend = o.find("backend")) {
        s.backend = backend->one_of<BackendKind>(backend_words);
        if (find_backend(s.device, s.backend) == nullptr) {
            backend->fail(s.device.id + " has no " + std::string(word(s.backend)), "see 'slimline list backends'");
        }
    }
    s.engine = Engine::llama_cpp;
    if (const auto engine = o.find("engine")) {
        s.engine = at_place(*engine, [&] { return engine_named(engine->text()); });
    }
    s.precision = read_precision(o.at("precision"));
    if (const auto workload = o.find("workload")) {
        s.workload = read_workload(*workload);
    }
    return s;
}

/// The calibration by the key "calibration", or the best there is; a prediction with it must be possible.
void choose_calibration(JsonObject& o, SessionState& state)
{
    const auto choice = o.find("calibration");
    state.calibration_choice = choice ? choice->text() : std::string{};
    const auto choose = [&] {
        Calibration calibration = choice ? load_calibration(state.calibration_choice, state.scenario.backend) : calibration_of(state);
        if (calibration.backend != state.scenario.backend) {
            throw InputError("", "is of another kind of processor", "choose one of a " + std::string(word(state.scenario.backend)));
        }
        return calibration;
    };
    state.scenario.calibration = choice ? at_place(*choice, choose) : choose();
    at_place(o.place(), [&] { return predict(state.scenario); });
}

PinnedDesign read_pinned(const JsonPlace& place)
{
    JsonObject o(place);
    PinnedDesign pin{.name = o.text("name")};
    at_place(o.at("name"), [&] { require_name(pin.name); });
    SessionState state;
    state.scenario = read_inputs(o);
    choose_calibration(o, state);
    pin.scenario = std::move(state.scenario);
    pin.calibration_choice = std::move(state.calibration_choice);
    o.done();
    return pin;
}

Field read_field(const JsonPlace& place)
{
    std::vector<std::string> known;
    for (const FieldInfo& each : fields()) {
        if (each.id == place.text()) {
            return each.field;
        }
        known.emplace_back(each.id);
    }
    place.fail("there is no field '" + printable(place.text()) + "' to lock", did_you_mean(place.text(), known));
}

ViewState read_view(const JsonPlace& place)
{
    JsonObject o(place);
    ViewState view;
    view.theme = std::string(theme_words[std::size_t(o.one_of_or<int>("theme", theme_words, 0))].first);
    view.scale_percent = int(o.integer_or("scale_percent", 100, 100, 200));
    if (const auto values = o.find("values")) {
        for (const auto& [key, value] : values->members()) {
            view.values[key] = value.text();
            check_view_value(key, value);
        }
        if (view.values.size() > most_view_values) {
            values->fail(fmt::format("has {} values", view.values.size()), fmt::format("at most {} are taken", most_view_values));
        }
    }
    o.done();
    return view;
}

void read_lists(JsonObject& o, SessionState& state)
{
    if (const auto locked = o.find("locked")) {
        for (const JsonPlace& item : locked->items()) {
            state.locked.insert(read_field(item));
        }
    }
    if (const auto pinned = o.find("pinned")) {
        const auto items = pinned->items();
        if (items.size() > most_pinned) {
            pinned->fail(fmt::format("has {} designs", items.size()), fmt::format("at most {} are taken", most_pinned));
        }
        for (const JsonPlace& item : items) {
            state.pinned.push_back(read_pinned(item));
        }
    }
}

}  // namespace

Json scenario_json(const Scenario& s)
{
    return {{"architecture", reference(s.arch)},
            {"device", reference(s.device)},
            {"backend", word(s.backend)},
            {"engine", word(s.engine)},
            {"precision", {{"weights", s.precision.weights.name}, {"kv_cache", slimline::info(s.precision.kv_cache).name}}},
            {"workload", workload_json(s.workload)}};
}

Json to_json(const SessionState& state)
{
    Json json{{"format", "session/1"}};
    json.update(scenario_json(state.scenario));
    if (!state.calibration_choice.empty()) {
        json["calibration"] = state.calibration_choice;
    }
    if (!(state.base_arch == state.scenario.arch)) {
        json["base_architecture"] = reference(state.base_arch);
    }
    if (!(state.base_device == state.scenario.device)) {
        json["base_device"] = reference(state.base_device);
    }
    Json locked = Json::array();
    for (const Field field : state.locked) {
        locked.push_back(info(field).id);
    }
    json["locked"] = std::move(locked);
    Json pinned = Json::array();
    for (const PinnedDesign& pin : state.pinned) {
        Json each{{"name", pin.name}};
        each.update(scenario_json(pin.scenario));
        if (!pin.calibration_choice.empty()) {
            each["calibration"] = pin.calibration_choice;
        }
        pinned.push_back(std::move(each));
    }
    json["pinned"] = std::move(pinned);
    if (!state.search.empty()) {
        json["search"] = Json::parse(state.search);
    }
    json["view"] = {{"theme", state.view.theme}, {"scale_percent", state.view.scale_percent}, {"values", Json::object()}};
    for (const auto& [key, value] : state.view.values) {
        json["view"]["values"][key] = value;
    }
    return json;
}

SessionState read_session(const JsonPlace& place)
{
    JsonObject o(place);
    expect_format(o, "session/1");
    o.ignore("$schema");
    o.ignore("note");
    SessionState state;
    state.scenario = read_inputs(o);
    choose_calibration(o, state);
    const auto base_arch = o.find("base_architecture");
    state.base_arch = base_arch ? read_architecture_reference(*base_arch) : state.scenario.arch;
    const auto base_device = o.find("base_device");
    state.base_device = base_device ? read_device_reference(*base_device) : state.scenario.device;
    read_lists(o, state);
    if (const auto search = o.find("search")) {
        asked_here(*search);
        state.search = pretty(search->value());
    }
    if (const auto view = o.find("view")) {
        state.view = read_view(*view);
    }
    o.done();
    return state;
}

SessionState load_session(const std::filesystem::path& path)
{
    const JsonDocument document = parse_json(path.string(), read_file(path, largest_session));
    return read_session(JsonPlace(document));
}

void save_session(const std::filesystem::path& path, const SessionState& state)
{
    write_file(path, pretty(to_json(state)));
}

}  // namespace slimline::gui
