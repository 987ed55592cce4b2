#pragma once

#include <vector>

#include "gui/viewmodel/chart.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// Time to first token against prompt, decode speed against context, decode and prefill speed against bandwidth and
/// against compute with the points where more stops paying off. Pinned designs are dashed.
std::vector<Chart> curve_charts(const SessionState& state);

}  // namespace slimline::gui
