#include "gui/viewmodel/session.h"

#include <algorithm>
#include <utility>

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/text.h"
#include "gui/viewmodel/session_edits.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"

namespace slimline::gui {

namespace {

bool of_device(Field field)
{
    return info(field).group == FieldGroup::device && field != Field::engine;
}

/// The calibration follows from these.
bool chooses_calibration(Field field)
{
    return field == Field::backend || field == Field::engine || field == Field::threads;
}

void require_room(const Workload& work)
{
    const long long needed = static_cast<long long>(work.prompt_tokens) + work.generated_tokens;
    if (work.context != 0 && needed > work.context) {
        throw InputError("Context", std::to_string(work.context) + " positions do not hold prompt and answer (" +
                                        std::to_string(needed) + " tokens)",
                         "give a longer context, or 0 for as much as is needed");
    }
}

}  // namespace

Calibration calibration_of(const SessionState& state)
{
    const Scenario& s = state.scenario;
    if (!state.calibration_choice.empty()) {
        Calibration chosen = load_calibration(state.calibration_choice, s.backend);
        if (chosen.backend == s.backend) {
            return chosen;
        }
    }
    return s.engine == Engine::datasheet ? datasheet_calibration(s.backend)
                                         : best_calibration(s.device, s.backend, word(s.engine), s.workload.threads);
}

void require_name(const std::string& name)
{
    if (name.empty() || name.size() > 200) {
        throw InputError("", "a name has 1 to 200 characters", "give another");
    }
}

SessionState worked_example()
{
    SessionState state;
    state.base_arch = slimline::load_architecture("qwen2-0.5b");
    state.base_device = slimline::load_device("jetson-orin-nx-16gb");
    state.scenario.arch = state.base_arch;
    state.scenario.device = state.base_device;
    state.scenario.backend = state.base_device.backends.front().kind;
    state.scenario.precision.weights = mix_named("Q4_K_M");
    state.scenario.engine = Engine::llama_cpp;
    state.scenario.calibration = calibration_of(state);
    return state;
}

Session::Session(QObject* parent) : Session(worked_example(), parent) {}

Session::Session(SessionState state, QObject* parent) : QObject(parent), history_(std::move(state))
{
    prediction_ = predict(scenario());
}

template <class Make>
bool Session::attempt(const std::string& text, const std::string& key, int parts, Make&& make)
{
    try {
        SessionState next = make();
        require_room(next.scenario.workload);
        prediction_ = predict(next.scenario);
        history_.push(std::move(next), text, key);
    } catch (const InputError& error) {
        Q_EMIT refused(QString::fromStdString(error.what()));
        return false;
    }
    Q_EMIT changed(parts);
    return true;
}

void Session::show_present(int parts)
{
    prediction_ = predict(scenario());
    Q_EMIT changed(parts);
}

bool Session::edit(Field field, double value)
{
    if (value == value_of(field, scenario())) {
        return true;
    }
    if (state().locked.contains(field)) {
        Q_EMIT refused(QString::fromStdString(std::string(info(field).label) + ": is locked; unlock it to change it"));
        return false;
    }
    const std::string label(info(field).label);
    return attempt(label, dragging_ ? label : std::string{}, Design, [&] {
        SessionState next = state();
        next.scenario = with_value(field, value, std::move(next.scenario));
        if (chooses_calibration(field)) {
            settle_calibration(next);
        }
        return next;
    });
}

void Session::begin_drag()
{
    history_.close_step();
    dragging_ = true;
}

void Session::end_drag()
{
    history_.close_step();
    dragging_ = false;
}

void Session::reset(Field field)
{
    static const Scenario defaults{};
    Scenario base = scenario();
    if (info(field).group == FieldGroup::architecture) {
        base.arch = state().base_arch;
    } else if (of_device(field)) {
        base.device = state().base_device;
    } else {
        base.workload = defaults.workload;
        base.precision = defaults.precision;
        base.engine = defaults.engine;
    }
    if (field == Field::backend) {
        base.backend = base.device.backends.front().kind;
    }
    if (applies(field, base)) {
        edit(field, value_of(field, base));
    }
}

void Session::set_locked(Field field, bool locked)
{
    if (state().locked.contains(field) == locked) {
        return;
    }
    attempt(locked ? "lock" : "unlock", {}, Design, [&] {
        SessionState next = state();
        locked ? void(next.locked.insert(field)) : void(next.locked.erase(field));
        return next;
    });
}

bool Session::take_architecture(const Architecture& arch)
{
    return attempt("model", {}, Design, [&] { return with_architecture(state(), arch); });
}

bool Session::take_device(const Device& device)
{
    return attempt("device", {}, Design, [&] { return with_device(state(), device); });
}

bool Session::load_architecture(const std::string& id_or_path)
{
    try {
        return take_architecture(slimline::load_architecture(id_or_path));
    } catch (const InputError& error) {
        Q_EMIT refused(QString::fromStdString(error.what()));
        return false;
    }
}

bool Session::load_device(const std::string& id_or_path)
{
    try {
        return take_device(slimline::load_device(id_or_path));
    } catch (const InputError& error) {
        Q_EMIT refused(QString::fromStdString(error.what()));
        return false;
    }
}

void Session::pin(std::string name)
{
    attempt("pin", {}, Pinned, [&] {
        SessionState next = state();
        next.pinned.push_back({std::move(name), next.scenario, next.calibration_choice});
        return next;
    });
}

void Session::unpin(std::size_t index)
{
    if (index < state().pinned.size()) {
        attempt("unpin", {}, Pinned, [&] {
            SessionState next = state();
            next.pinned.erase(next.pinned.begin() + std::ptrdiff_t(index));
            return next;
        });
    }
}

bool Session::rename_pinned(std::size_t index, const std::string& name)
{
    if (index >= state().pinned.size() || state().pinned[index].name == name) {
        return true;
    }
    return attempt("rename", {}, Pinned, [&] {
        SessionState next = state();
        if (std::ranges::find(next.pinned, name, &PinnedDesign::name) != next.pinned.end()) {
            throw InputError("pinned design", "another one is called '" + printable(name) + "'", "give a name of its own");
        }
        require_name(name);
        next.pinned[index].name = name;
        return next;
    });
}

void Session::take_pinned(std::size_t index)
{
    if (index < state().pinned.size()) {
        attempt("take pinned design", {}, Design, [&] {
            SessionState next = state();
            next.scenario = next.pinned[index].scenario;
            next.base_arch = next.scenario.arch;
            next.base_device = next.scenario.device;
            next.calibration_choice = next.pinned[index].calibration_choice;
            return next;
        });
    }
}

void Session::set_search(std::string text)
{
    attempt("search", {}, Search, [&] {
        SessionState next = state();
        next.search = std::move(text);
        return next;
    });
}

bool Session::take_state(SessionState next, const std::string& text)
{
    return attempt(text, {}, Everything, [&] { return std::move(next); });
}

void Session::mark_operator(std::string name)
{
    if (name != marked_operator_) {
        marked_operator_ = std::move(name);
        Q_EMIT changed(Marked);
    }
}

void Session::mark_design(std::optional<PinnedDesign> design)
{
    if (design != marked_design_) {
        marked_design_ = std::move(design);
        Q_EMIT changed(Marked);
    }
}

SessionState Session::compared() const
{
    SessionState all = state();
    if (marked_design_) {
        all.pinned.push_back(*marked_design_);
    }
    return all;
}

void Session::set_view(ViewState view)
{
    history_.amend_view(std::move(view));
    Q_EMIT changed(View);
}

void Session::set_view_value(const std::string& key, const std::string& value)
{
    if (view_value(key) != value) {
        ViewState view = state().view;
        value.empty() ? void(view.values.erase(key)) : void(view.values[key] = value);
        set_view(std::move(view));
    }
}

std::string Session::view_value(const std::string& key) const
{
    const auto found = state().view.values.find(key);
    return found == state().view.values.end() ? std::string{} : found->second;
}

void Session::forget_view_values(std::span<const std::string_view> keys)
{
    ViewState view = state().view;
    std::size_t erased = 0;
    for (const std::string_view key : keys) {
        erased += view.values.erase(std::string(key));
    }
    if (erased > 0) {
        set_view(std::move(view));
    }
}

void Session::undo()
{
    if (can_undo()) {
        history_.undo();
        show_present(Everything);
    }
}

void Session::redo()
{
    if (can_redo()) {
        history_.redo();
        show_present(Everything);
    }
}

}  // namespace slimline::gui
