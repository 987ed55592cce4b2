#pragma once

#include <string>

namespace slimline::gui {

/// A unit that makes the numbers of an axis short.
struct AxisUnit {
    double size = 1;  // in base units
    std::string name{};
};

/// "s", "ms" or "us" for times up to `largest` seconds; "MiB" or "GiB" for bytes.
AxisUnit time_unit(double largest);
AxisUnit memory_unit(double largest);

}  // namespace slimline::gui
