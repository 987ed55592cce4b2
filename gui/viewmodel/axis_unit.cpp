#include "gui/viewmodel/axis_unit.h"

#include "base/units.h"

namespace slimline::gui {

AxisUnit time_unit(double largest)
{
    if (largest >= 1) {
        return {1, "s"};
    }
    return largest >= milli ? AxisUnit{milli, "ms"} : AxisUnit{micro, "us"};
}

AxisUnit memory_unit(double largest)
{
    return largest >= GiB ? AxisUnit{GiB, "GiB"} : AxisUnit{MiB, "MiB"};
}

}  // namespace slimline::gui
