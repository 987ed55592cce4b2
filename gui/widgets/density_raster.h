#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gui/viewmodel/live_frame.h"

namespace slimline::gui {

/// How many lines cross each pixel.
struct Density {
    int width = 0;
    int height = 0;
    std::vector<std::uint32_t> counts;

    std::uint32_t at(int x, int y) const { return counts[std::size_t(y) * std::size_t(width) + std::size_t(x)]; }
};

/// An axis of parallel coordinates: where it stands, and where values lie on it.
struct ParallelAxis {
    Column column{};
    bool inverted = false;
    bool logarithmic = false;
    double least = 0;
    double most = 1;
    int pixel = 0;  // across

    /// 0 at the bottom to 1 at the top.
    double height_of(double value) const;
    double value_at(double height) const;
};

/// The lines of some rows between neighbouring axes, one pixel a column: 10,000 lines in about 10 ms. Axes ascend by pixel.
/// With `pen` (pixels), lines that few others surround: as thick as that, and without gaps where they are steep.
Density line_density(const DesignRows& rows, std::span<const std::uint32_t> chosen, std::span<const ParallelAxis> axes,
                     int width, int height, int pen = 0);

}  // namespace slimline::gui
