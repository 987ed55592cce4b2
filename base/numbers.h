#pragma once

#include <limits>

namespace slimline {

/// Larger than any figure.
inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// A figure that nobody knows: not a number, which equals nothing.
inline constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

}  // namespace slimline
