#include "gui/widgets/density_raster.h"

#include <algorithm>
#include <cmath>

#include <tbb/parallel_for.h>

namespace slimline::gui {

namespace {

/// An axis with what all its values share worked out.
struct Scale {
    explicit Scale(const ParallelAxis& axis)
        : logarithmic(axis.logarithmic), inverted(axis.inverted), first(logarithmic ? std::log(axis.least) : axis.least)
    {
        const double length = (logarithmic ? std::log(axis.most) : axis.most) - first;
        times = length > 0 ? 1 / length : 0;
    }

    double height_of(double value) const
    {
        const double way = times > 0 ? ((logarithmic ? std::log(value) : value) - first) * times : 0.5;
        const double at = std::isnan(way) ? 0 : std::clamp(way, 0.0, 1.0);
        return inverted ? 1 - at : at;
    }

    bool logarithmic;
    bool inverted;
    double first;
    double times = 0;
};

constexpr int shift = 16;  // fixed point

/// Where the lines of the chosen rows cross an axis, from the top.
std::vector<std::int32_t> crossings_of(const std::vector<double>& values, std::span<const std::uint32_t> chosen, const Scale& scale, int height)
{
    std::vector<std::int32_t> at(chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const double y = (1 - scale.height_of(values[chosen[i]])) * (height - 1);
        at[i] = std::int32_t(y * (1 << shift)) + (1 << (shift - 1));
    }
    return at;
}

/// The lines' pixels in the columns from `first` to before `end`.
void draw_gap(Density& density, std::span<const std::int32_t> from, std::span<const std::int32_t> to, int first, int end, int pen)
{
    const int columns = end - first;
    const auto width = std::size_t(density.width);
    for (std::size_t i = 0; i < from.size() && columns > 0; ++i) {
        const std::int32_t step = (to[i] - from[i]) / columns;
        std::int32_t y = from[i];
        std::uint32_t* column = density.counts.data() + first;
        if (pen == 0) {
            for (int x = 0; x < columns; ++x, y += step, ++column) {
                ++column[std::size_t(y >> shift) * width];
            }
            continue;
        }
        for (int x = 0; x < columns; ++x, y += step, ++column) {
            const int top = std::min(y, y + step) >> shift;
            const int bottom = std::max(std::max(y, y + step) >> shift, top + pen);  // where the next column goes on
            for (int row = std::max(0, top); row < std::min(bottom, density.height); ++row) {
                ++column[std::size_t(row) * width];
            }
        }
    }
}

}  // namespace

double ParallelAxis::height_of(double value) const
{
    return Scale(*this).height_of(value);
}

double ParallelAxis::value_at(double height) const
{
    const double at = inverted ? 1 - height : height;
    return logarithmic ? least * std::pow(most / least, at) : least + at * (most - least);
}

Density line_density(const DesignRows& rows, std::span<const std::uint32_t> chosen, std::span<const ParallelAxis> axes,
                     int width, int height, int pen)
{
    Density density{width, height, std::vector<std::uint32_t>(std::size_t(width) * std::size_t(height))};
    std::vector<std::vector<std::int32_t>> crossings(axes.size());
    tbb::parallel_for(std::size_t{0}, axes.size(), [&](std::size_t a) {
        crossings[a] = crossings_of(rows[axes[a].column], chosen, Scale(axes[a]), height);
    });
    // Between two axes no pixel is another gap's.
    tbb::parallel_for(std::size_t{1}, std::max<std::size_t>(1, axes.size()), [&](std::size_t a) {
        draw_gap(density, crossings[a - 1], crossings[a], axes[a - 1].pixel, axes[a].pixel, pen);
    });
    return density;
}

}  // namespace slimline::gui
