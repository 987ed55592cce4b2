#include "gui/viewmodel/session_edits.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/view_values.h"
#include "hwmodels/calibration_json.h"

namespace slimline::gui {

namespace {

/// A locked field's value where it now stands, in the state's terms: choices differ in what they offer.
std::optional<double> held_value(Field field, const Scenario& before, const Scenario& now)
{
    if (!applies(field, before) || !applies(field, now)) {
        return std::nullopt;
    }
    const double value = value_of(field, before);
    if (info(field).kind != FieldKind::choice) {
        return value;
    }
    const std::vector<std::string> words = choices(field, before);
    const std::vector<std::string> offered = choices(field, now);
    if (!(value < double(words.size()))) {
        return std::nullopt;
    }
    const auto found = std::ranges::find(offered, words[std::size_t(value)]);
    return found == offered.end() ? std::nullopt : std::optional(double(found - offered.begin()));
}

/// Puts what is locked back to what it was, where the new model or device has it.
void keep_locked(SessionState& state, const Scenario& before)
{
    for (const Field field : state.locked) {
        if (field == Field::weights) {
            state.scenario.precision.weights = before.precision.weights;  // with what classes of tensors have for themselves
            continue;
        }
        const auto value = held_value(field, before, state.scenario);
        if (value && *value != value_of(field, state.scenario)) {
            state.scenario = with_value(field, *value, std::move(state.scenario));
        }
    }
}

/// What the document asks for: its own, or of a fleet the first device's.
std::string calibration_named(const std::string& text)
{
    const Json document = parse_json("search", text).root;
    const Json& run = document.contains("fleet") ? document["fleet"].front() : document;
    return run.value("calibration", std::string{});
}

}  // namespace

void settle_calibration(SessionState& state)
{
    const BackendKind backend = state.scenario.backend;
    if (!state.calibration_choice.empty() && load_calibration(state.calibration_choice, backend).backend != backend) {
        state.calibration_choice.clear();
    }
    state.scenario.calibration = calibration_of(state);
}

SessionState with_architecture(SessionState state, const Architecture& arch, const std::string& mix)
{
    const Scenario before = state.scenario;
    state.base_arch = state.scenario.arch = arch;
    if (!mix.empty()) {
        state.scenario.precision.weights = mix_named(mix);
    }
    keep_locked(state, before);
    return state;
}

SessionState with_device(SessionState state, const Device& device)
{
    const Scenario before = state.scenario;
    state.base_device = state.scenario.device = device;
    state.scenario.backend = device.backends.front().kind;
    keep_locked(state, before);
    state.calibration_choice.clear();
    settle_calibration(state);
    return state;
}

SessionState with_search(SessionState state, const std::string& text, const SearchQuestion& question)
{
    const Scenario before = state.scenario;
    state.search = text;
    state.base_device = state.scenario.device = question.run.device;
    state.scenario.backend = question.run.backend;
    state.scenario.engine = question.run.engine;
    state.scenario.workload = question.run.workload;
    keep_locked(state, before);
    state.calibration_choice = calibration_named(text);
    settle_calibration(state);
    for (const std::string_view key : values_of_a_search) {
        state.view.values.erase(std::string(key));
    }
    return state;
}

}  // namespace slimline::gui
