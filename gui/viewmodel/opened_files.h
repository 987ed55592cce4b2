#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gui/viewmodel/found_designs.h"
#include "gui/viewmodel/session_state.h"
#include "gui/viewmodel/taken_file.h"

namespace slimline::gui {

/// What opening some files at once makes of a state.
struct OpenedFiles {
    SessionState state{};
    std::string session{};                // path of the session among them; empty: none is one
    std::optional<FoundDesigns> found{};  // by a search
    std::string note{};                   // what a person should know of them
    bool pinned = false;                  // some are beside the present design
};

/// A session first, then a search or what one found, with its device and workload, then models and devices in their order:
/// the first becomes the present one, unless a session brought one, and all others are pinned. Locked fields keep their
/// values. Throws InputError for a file that cannot be used, and for a second session or search.
OpenedFiles open_files(SessionState now, const std::vector<std::string>& paths);

/// The same of files that were read already, in the order of their paths.
OpenedFiles open_taken(SessionState now, const std::vector<std::string>& paths, const std::vector<TakenFile>& files);

/// A name for a pinned design that says what it is and is not taken yet.
std::string free_name(const SessionState& state, const Scenario& s);

}  // namespace slimline::gui
