#pragma once

#include <vector>

#include "gui/viewmodel/live_frame.h"

namespace slimline::gui {

/// From one end of a predicted time's 90 % interval to the other, in the plane of two columns; base units.
struct IntervalBar {
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// For at most `most` designs that are spread over the front; none for columns that are no predicted time.
std::vector<IntervalBar> interval_bars(const LiveFrame& frame, Column x, Column y, std::size_t most);

}  // namespace slimline::gui
