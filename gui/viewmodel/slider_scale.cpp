#include "gui/viewmodel/slider_scale.h"
#include "gui/viewmodel/three_digits.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace slimline::gui {

namespace {

double first_above_zero(const FieldInfo& field)
{
    return field.least > 0 ? field.least : std::max(1.0, field.step);
}

}  // namespace

double value_at(const FieldInfo& field, int position)
{
    if (position <= 0) {
        return field.least;
    }
    const double low = first_above_zero(field);
    const double value = low * std::pow(field.most / low, std::min(1.0, position / double(slider_positions)));
    if (field.step <= 0) {
        return three_digits(value);
    }
    return std::clamp(std::round(value / field.step) * field.step, low, field.most);
}

int position_of(const FieldInfo& field, double value)
{
    const double low = first_above_zero(field);
    if (value < low) {
        return 0;
    }
    const double share = std::log(value / low) / std::log(field.most / low);
    const int position = int(std::lround(share * slider_positions));
    return std::clamp(position, field.least > 0 ? 0 : 1, slider_positions);
}

}  // namespace slimline::gui
