#include "gui/viewmodel/opened_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/errors.h"
#include "gui/viewmodel/session_edits.h"

namespace slimline::gui {

namespace {

std::string not_taken(const SessionState& state, const std::string& plain)
{
    std::string name = plain;
    for (int number = 2; std::ranges::find(state.pinned, name, &PinnedDesign::name) != state.pinned.end(); ++number) {
        name = fmt::format("{} ({})", plain, number);
    }
    return name;
}

std::string plain_name(const Scenario& s)
{
    return fmt::format("{}, {}", s.arch.id.empty() ? "custom" : s.arch.id, s.precision.weights.name);
}

/// A model or device: the present one, or pinned beside it.
void take_design(OpenedFiles& opened, const TakenFile& file, bool present)
{
    SessionState& state = opened.state;
    const auto* device = std::get_if<Device>(&file);
    const auto* model = std::get_if<TakenModel>(&file);
    SessionState with = device != nullptr ? with_device(state, *device) : with_architecture(state, model->arch, model->mix);
    if (present) {
        state = std::move(with);
        return;
    }
    const std::string name = plain_name(with.scenario) + (device != nullptr ? " on " + device->id : "");
    state.pinned.push_back({not_taken(state, name), with.scenario, with.calibration_choice});
    opened.pinned = true;
}

}  // namespace

std::string free_name(const SessionState& state, const Scenario& s)
{
    return not_taken(state, plain_name(s));
}

OpenedFiles open_files(SessionState now, const std::vector<std::string>& paths)
{
    std::vector<TakenFile> files;
    for (const std::string& path : paths) {
        files.push_back(take_file(path));
    }
    return open_taken(std::move(now), paths, files);
}

OpenedFiles open_taken(SessionState now, const std::vector<std::string>& paths, const std::vector<TakenFile>& files)
{
    bool search = false;
    OpenedFiles opened{.state = std::move(now)};
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (const auto* session = std::get_if<SessionState>(&files[i])) {
            if (!opened.session.empty()) {
                throw InputError(paths[i], "is a second session beside " + opened.session, "open one at a time");
            }
            opened.session = paths[i];
            const int opening = opened.state.opening;
            opened.state = *session;
            opened.state.opening = opening;
        }
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto* asked = std::get_if<TakenSearch>(&files[i]);
        const auto* found = std::get_if<FoundDesigns>(&files[i]);
        if (asked == nullptr && found == nullptr) {
            continue;
        }
        if (search) {
            throw InputError(paths[i], "is a second search", "open one at a time");
        }
        search = true;
        if (asked != nullptr) {
            opened.state = with_search(std::move(opened.state), asked->text, asked->question);
        } else {
            opened.state = with_search(std::move(opened.state), found->text, found->asked.question);
            opened.note = found->note(paths[i]);
            opened.found = *found;
        }
    }
    bool present = opened.session.empty();
    for (const TakenFile& file : files) {
        if (std::holds_alternative<TakenModel>(file) || std::holds_alternative<Device>(file)) {
            take_design(opened, file, present);
            present = false;
        }
    }
    return opened;
}

}  // namespace slimline::gui
