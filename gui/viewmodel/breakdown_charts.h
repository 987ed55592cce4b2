#pragma once

#include "explorer/scenario.h"
#include "gui/viewmodel/breakdown.h"
#include "gui/viewmodel/chart.h"

namespace slimline::gui {

/// The bars of a pass, a colour for each kind of layer. The row of the operator `marked` is pointed at.
Chart pass_chart(const Breakdown& breakdown, const std::string& title, const std::string& marked = {});

/// Memory by part against the context it is allocated for, with what the device has and where the workload is.
Chart memory_chart(const Scenario& scenario, const Prediction& prediction);

}  // namespace slimline::gui
