#include "gui/widgets/density_raster.h"

#include <algorithm>
#include <cmath>

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
    std::vector<std::int32_t> before(chosen.size());
    std::vector<std::int32_t> here(chosen.size());
    constexpr int shift = 16;  // fixed point
    for (std::size_t a = 0; a < axes.size(); ++a) {
        const std::vector<double>& values = rows[axes[a].column];
        const Scale scale(axes[a]);
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const double y = (1 - scale.height_of(values[chosen[i]])) * (height - 1);
            here[i] = std::int32_t(y * (1 << shift)) + (1 << (shift - 1));
        }
        const int first = a > 0 ? axes[a - 1].pixel : 0;
        const int columns = a > 0 ? axes[a].pixel - first : 0;
        for (std::size_t i = 0; i < chosen.size() && columns > 0; ++i) {
            const std::int32_t step = (here[i] - before[i]) / columns;
            std::int32_t y = before[i];
            std::uint32_t* column = density.counts.data() + first;
            if (pen == 0) {
                for (int x = 0; x < columns; ++x, y += step, ++column) {
                    ++column[std::size_t(y >> shift) * std::size_t(width)];
                }
                continue;
            }
            for (int x = 0; x < columns; ++x, y += step, ++column) {
                const int top = std::min(y, y + step) >> shift;
                const int end = std::max(std::max(y, y + step) >> shift, top + pen);  // where the next column goes on
                for (int row = std::max(0, top); row < std::min(end, height); ++row) {
                    ++column[std::size_t(row) * std::size_t(width)];
                }
            }
        }
        std::swap(before, here);
    }
    return density;
}

}  // namespace slimline::gui
