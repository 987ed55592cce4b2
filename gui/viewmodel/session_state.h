#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "explorer/scenario.h"
#include "gui/viewmodel/field.h"

namespace slimline::gui {

/// A design that a person wants to keep in sight.
struct PinnedDesign {
    std::string name{};
    Scenario scenario{};
    std::string calibration_choice{};  // as below
    bool operator==(const PinnedDesign&) const = default;
};

/// What the window shows that is no input of a prediction. Values of views by their names, so that a view needs no line
/// here and a session written by a newer window can be read.
struct ViewState {
    std::string theme = "light";  // "light", "dark", "contrast"
    int scale_percent = 100;      // 100 to 200
    std::map<std::string, std::string> values{};
};

/// All that a session is, as one value: what is undone, saved, and read back.
struct SessionState {
    Scenario scenario{};
    Architecture base_arch{};  // as it was loaded: what reset goes back to
    Device base_device{};
    std::string calibration_choice{};  // id or file; empty: the best that there is
    std::set<Field> locked{};
    std::vector<PinnedDesign> pinned{};
    std::string search{};  // text of a search/1 document, empty: none
    ViewState view{};
    int opening = 0;  // which opening of a session it goes back to, so that undo returns to that file; not written
};

}  // namespace slimline::gui
