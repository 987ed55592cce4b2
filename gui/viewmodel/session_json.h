#pragma once

#include <filesystem>

#include "base/json.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// The inputs of a prediction with the keys of search/1 and prediction/1. Catalogued models and devices that were not
/// changed are named by their ids, all others written out.
Json scenario_json(const Scenario& scenario);

/// Format "session/1" (docs/json.md).
Json to_json(const SessionState& state);

/// Every mistake is an InputError with file, line, what is wrong and what to do.
SessionState read_session(const JsonPlace& place);

/// A session file; written by a rename, so that a crash leaves the old one or the new one.
SessionState load_session(const std::filesystem::path& path);
void save_session(const std::filesystem::path& path, const SessionState& state);

}  // namespace slimline::gui
