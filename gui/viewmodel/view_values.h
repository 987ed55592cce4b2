#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "gui/viewmodel/design_column.h"

namespace slimline::gui {

/// An axis of the parallel coordinates as a person set it up.
struct AxisLook {
    Column column{};
    bool inverted = false;
    bool logarithmic = false;
    bool operator==(const AxisLook&) const = default;
};

/// "tpot_s log;loss;layers inverted", and back; throws InputError for what is no list of axes.
std::string text_of(const std::vector<AxisLook>& axes);
std::vector<AxisLook> axes_of(const std::string& text);

/// What was chosen for one search's objectives and space: another search begins without it.
inline constexpr std::array<std::string_view, 4> values_of_a_search{"pareto.x", "pareto.y", "pareto.colour", "parallel.axes"};

/// Fails at the place of a value that the view of that name cannot take. Names that are not known here are a newer
/// window's, and may hold anything.
void check_view_value(const std::string& key, const JsonPlace& place);

}  // namespace slimline::gui
