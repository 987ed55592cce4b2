#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <QImage>

namespace slimline::gui {

/// From numbers to pixels along one axis.
struct AxisMap {
    double least = 0;
    double most = 1;
    bool logarithmic = false;
    double first_pixel = 0;  // where `least` is
    double last_pixel = 1;
};

enum class PointInk : std::uint8_t { none, faint, full };

struct CloudColours {
    std::array<QRgb, 256> scale{};
    QRgb faint = 0;
};

/// The colours of a scale from least to most, readable on the theme's background by eyes that see few colours too.
CloudColours cloud_colours();

/// Points as squares of `mark` pixels, 100,000 in a few milliseconds: what is faint first, so that it covers nothing.
void draw_cloud(QImage& image, std::span<const double> x, std::span<const double> y, std::span<const std::uint8_t> colour,
                std::span<const PointInk> ink, const AxisMap& x_axis, const AxisMap& y_axis, const CloudColours& colours, int mark);

/// Places of values on a colour scale; logarithmic where they span more than a factor of twenty.
struct ColourRange {
    double least = 0;
    double most = 1;
    bool logarithmic = false;
    /// 0 for what is not drawn in full.
    std::vector<std::uint8_t> places(std::span<const double> values, std::span<const PointInk> ink) const;
};
ColourRange colour_range(std::span<const double> values, std::span<const PointInk> ink);

}  // namespace slimline::gui
