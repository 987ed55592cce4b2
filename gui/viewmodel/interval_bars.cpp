#include "gui/viewmodel/interval_bars.h"

#include <algorithm>

#include "simulator/predict.h"

namespace slimline::gui {

namespace {

const Residuals* residuals_of(const Calibration& c, Column column)
{
    return column == Column::tpot ? &c.decode : column == Column::ttft ? &c.prefill : nullptr;
}

}  // namespace

std::vector<IntervalBar> interval_bars(const LiveFrame& frame, Column x, Column y, std::size_t most)
{
    const Residuals* across = residuals_of(frame.run.calibration, x);
    const Residuals* up = residuals_of(frame.run.calibration, y);
    const DesignRows& front = frame.front;
    const std::size_t count = across != nullptr || up != nullptr ? std::min(most, front.size()) : 0;
    std::vector<IntervalBar> bars;
    for (std::size_t b = 0; b < count; ++b) {
        const std::size_t i = count == 1 ? 0 : b * (front.size() - 1) / (count - 1);
        const double at_x = front[x][i];
        const double at_y = front[y][i];
        if (across != nullptr) {
            const Interval times = interval_of({at_x}, *across);
            bars.push_back({times.low.value, at_y, times.high.value, at_y});
        }
        if (up != nullptr) {
            const Interval times = interval_of({at_y}, *up);
            bars.push_back({at_x, times.low.value, at_x, times.high.value});
        }
    }
    return bars;
}

}  // namespace slimline::gui
