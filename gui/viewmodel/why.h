#pragma once

#include <string>
#include <vector>

#include "explorer/reach.h"
#include "explorer/sensitivity.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// What binds the two phases, what would help, and the cheapest change that reaches a target.
struct Why {
    std::string paragraph{};
    std::vector<Elasticity> elasticities{};
    double target_tokens_per_s = 0;
    std::vector<WayToReach> ways{};  // the smallest change first
};

/// `target` in tokens a second; 0: half as much again as now.
Why why(const Scenario& scenario, const Prediction& prediction, double target_tokens_per_s);

}  // namespace slimline::gui
