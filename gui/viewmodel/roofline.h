#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "gui/viewmodel/chart.h"
#include "gui/viewmodel/measured_passes.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// Operators of both passes on the device's roofs: arithmetic intensity against the rate reached, a dot's area the share of
/// its pass; the longest have their names beside them. Handles are the roofs; pinned designs are circles, a pass each, and passes
/// that were measured hollow squares. The operator `marked` is ringed in both passes.
Chart roofline_chart(const SessionState& state, const Prediction& prediction, const std::vector<MeasuredPass>& measured = {},
                     const std::string& marked = {});

/// A roof that was taken hold of, at this point of the chart: which field it sets, and to what (in the field's unit).
struct RoofEdit {
    Field field{};
    double value = 0;
};
std::optional<RoofEdit> roof_edit(std::string_view handle, double x, double y, const Scenario& scenario);

/// The same moved by a twentieth up or down.
std::optional<RoofEdit> roof_step(std::string_view handle, int direction, const Scenario& scenario);

}  // namespace slimline::gui
