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

/// From values to pixels of an image's side; -1 for what lies outside.
class PixelScale {
 public:
    PixelScale(const AxisMap& axis, int size) : logarithmic_(axis.logarithmic), first_(axis.first_pixel), size_(size)
    {
        low_ = logarithmic_ ? coarse_log2(axis.least) : axis.least;
        scale_ = (axis.last_pixel - axis.first_pixel) / ((logarithmic_ ? coarse_log2(axis.most) : axis.most) - low_);
    }

    int pixel(double value) const
    {
        const double at = first_ + ((logarithmic_ ? coarse_log2(value) : value) - low_) * scale_;
        return at >= 0 && at < size_ ? int(at) : -1;
    }

 private:
    bool logarithmic_;
    double first_;
    double size_;
    double low_ = 0;
    double scale_ = 0;
};

/// Where a point's square is drawn, and how.
struct Mark {
    std::int32_t column = 0;
    std::int32_t row = 0;
    std::uint8_t colour = 0;
    PointInk ink = PointInk::none;
};

std::vector<Mark> marks_of(std::span<const double> x, std::span<const double> y, std::span<const std::uint8_t> colour,
                           std::span<const PointInk> ink, const PixelScale& columns, const PixelScale& rows)
{
    std::vector<Mark> marks(x.size());
    in_pieces(marks.size(), [&](std::size_t i) {
        if (ink[i] != PointInk::none) {
            const Mark mark{columns.pixel(x[i]), rows.pixel(y[i]), colour[i], ink[i]};
            marks[i] = mark.column < 0 || mark.row < 0 ? Mark{} : mark;
        }
    });
    return marks;
}

/// The rows of an image from `first` to before `end`.
struct Band {
    QRgb* bits = nullptr;
    qsizetype stride = 0;
    int width = 0;
    int first = 0;
    int end = 0;

    void fill(const Mark& at, int mark, QRgb pixel) const
    {
        const int top = at.row - mark / 2;
        const int left = std::max(0, at.column - mark / 2);
        const int right = std::min(width, at.column - mark / 2 + mark);
        for (int row = std::max(first, top); row < std::min(end, top + mark); ++row) {
            std::fill(bits + row * stride + left, bits + row * stride + right, pixel);
        }
    }
};

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
    const std::vector<Mark> marks = marks_of(x, y, colour, ink, {x_axis, image.width()}, {y_axis, image.height()});
    const bool any_faint = std::ranges::find(marks, PointInk::faint, &Mark::ink) != marks.end();
    auto* const bits = reinterpret_cast<QRgb*>(image.bits());
    const qsizetype stride = image.bytesPerLine() / qsizetype(sizeof(QRgb));
    constexpr int least_rows = 64;  // a band: each looks at all points
    // Each band draws its rows of all squares in one order, so that it does not matter how many there are.
    tbb::parallel_for(tbb::blocked_range<int>(0, image.height(), least_rows), [&](const auto& rows) {
        const Band band{bits, stride, image.width(), rows.begin(), rows.end()};
        for (const Mark& at : any_faint ? std::span(marks) : std::span<const Mark>{}) {
            if (at.ink == PointInk::faint) {
                band.fill(at, mark, colours.faint);
            }
        }
        for (const Mark& at : marks) {
            if (at.ink == PointInk::full) {
                band.fill(at, mark, colours.scale[at.colour]);
            }
        }
    }, tbb::static_partitioner{});
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
