#pragma once

namespace slimline::gui {

/// As a person would write it: 0.0512, 51.2, 5120.
double three_digits(double value);

}  // namespace slimline::gui
