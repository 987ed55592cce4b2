#pragma once

#include "gui/viewmodel/field.h"

namespace slimline::gui {

/// Positions of a slider, evenly spread over the logarithm of the number; position 0 is 0 where the field has that.
inline constexpr int slider_positions = 1000;

/// The number at a position: a multiple of the field's step, or three digits where it has none.
double value_at(const FieldInfo& field, int position);

/// The position nearest to the number; numbers beyond the ends are at the ends.
int position_of(const FieldInfo& field, double value);

}  // namespace slimline::gui
