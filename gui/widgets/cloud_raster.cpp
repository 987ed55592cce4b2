#include "gui/widgets/cloud_raster.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

/// log2 to a few parts in 10,000: a pixel is coarser, and a hundred thousand of std::log's take a millisecond.
double coarse_log2(double value)
{
    if (!(value > 0)) {
        return -std::numeric_limits<double>::infinity();
    }
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const double exponent = double(std::int64_t(bits >> 52) - 1023);
    const double m = std::bit_cast<double>((bits & 0xfffffffffffffU) | 0x3ff0000000000000U);  // 1 to 2
    // Fourth degree, exact at both ends of an octave.
    return exponent + (m - 1) * (1.4386 + (m - 1) * (-0.6778 + (m - 1) * (0.3218 - 0.0826 * (m - 1))));
}

template <class Work>
void in_pieces(std::size_t count, const Work& work)
{
    constexpr std::size_t piece = 16384;
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count, piece), [&](const auto& range) {
        for (std::size_t i = range.begin(); i < range.end(); ++i) {
            work(i);
        }
    });
}

/// Columns or rows of pixels; -1 for what lies outside.
std::vector<int> pixels_of(std::span<const double> values, const AxisMap& axis, int size)
{
    const double low = axis.logarithmic ? coarse_log2(axis.least) : axis.least;
    const double high = axis.logarithmic ? coarse_log2(axis.most) : axis.most;
    const double scale = (axis.last_pixel - axis.first_pixel) / (high - low);
    std::vector<int> pixels(values.size());
    in_pieces(values.size(), [&](std::size_t i) {
        const double at = axis.first_pixel + ((axis.logarithmic ? coarse_log2(values[i]) : values[i]) - low) * scale;
        pixels[i] = at >= 0 && at < size ? int(at) : -1;
    });
    return pixels;
}

QRgb between(QRgb a, QRgb b, double way)
{
    const auto mix = [&](int from, int to) { return int(from + way * (to - from) + 0.5); };
    return qRgb(mix(qRed(a), qRed(b)), mix(qGreen(a), qGreen(b)), mix(qBlue(a), qBlue(b)));
}

}  // namespace

CloudColours cloud_colours()
{
    // Viridis, without the end that the background would swallow.
    constexpr std::array<QRgb, 5> stops{0xff440154, 0xff3b528b, 0xff21918c, 0xff5ec962, 0xfffde725};
    const bool dark = theme().background.lightness() < 128;
    CloudColours colours;
    for (std::size_t i = 0; i < colours.scale.size(); ++i) {
        const double way = (dark ? 0.22 : 0.0) + 0.78 * double(i) / 255;
        const double at = way * (stops.size() - 1);
        const auto stop = std::min(std::size_t(at), stops.size() - 2);
        colours.scale[i] = between(stops[stop], stops[stop + 1], at - double(stop));
    }
    colours.faint = between(theme().background.rgb(), theme().muted.rgb(), dark ? 0.3 : 0.25);
    return colours;
}

void draw_cloud(QImage& image, std::span<const double> x, std::span<const double> y, std::span<const std::uint8_t> colour,
                std::span<const PointInk> ink, const AxisMap& x_axis, const AxisMap& y_axis, const CloudColours& colours, int mark)
{
    const int width = image.width();
    const int height = image.height();
    const std::vector<int> columns = pixels_of(x, x_axis, width);
    const std::vector<int> rows = pixels_of(y, y_axis, height);
    auto* bits = reinterpret_cast<QRgb*>(image.bits());
    const auto stride = image.bytesPerLine() / qsizetype(sizeof(QRgb));
    const auto draw = [&](PointInk wanted) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (ink[i] != wanted || columns[i] < 0 || rows[i] < 0) {
                continue;
            }
            const QRgb pixel = wanted == PointInk::full ? colours.scale[colour[i]] : colours.faint;
            const int left = std::max(0, columns[i] - mark / 2);
            const int right = std::min(width, columns[i] - mark / 2 + mark);
            const int bottom = std::min(height, rows[i] - mark / 2 + mark);
            for (int row = std::max(0, rows[i] - mark / 2); row < bottom; ++row) {
                std::fill(bits + row * stride + left, bits + row * stride + right, pixel);
            }
        }
    };
    draw(PointInk::faint);
    draw(PointInk::full);
}

std::vector<std::uint8_t> ColourRange::places(std::span<const double> values, std::span<const PointInk> ink) const
{
    const double first = logarithmic ? coarse_log2(least) : least;
    const double length = (logarithmic ? coarse_log2(most) : most) - first;
    std::vector<std::uint8_t> places(values.size());
    in_pieces(values.size(), [&](std::size_t i) {
        if (ink[i] == PointInk::full) {
            const double way = length > 0 ? ((logarithmic ? coarse_log2(values[i]) : values[i]) - first) / length : 0.5;
            places[i] = std::uint8_t(way > 0 ? std::min(way, 1.0) * 255 : 0);  // 0 for what is no number, too
        }
    });
    return places;
}

ColourRange colour_range(std::span<const double> values, std::span<const PointInk> ink)
{
    ColourRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), false};
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (ink[i] == PointInk::full && std::isfinite(values[i])) {
            range.least = std::min(range.least, values[i]);
            range.most = std::max(range.most, values[i]);
        }
    }
    range.logarithmic = range.least > 0 && range.most > 20 * range.least;
    return range;
}

}  // namespace slimline::gui
