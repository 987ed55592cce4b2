#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slimline::gui {

/// Colours by meaning; series 0 to 6 are the theme's.
enum class Ink : std::uint8_t { series0, series1, series2, series3, series4, series5, series6, text, muted, bad, none };

constexpr Ink series_ink(std::size_t index)
{
    return Ink(index % 7);
}

struct ChartAxis {
    std::string label{};  // with the unit in brackets
    bool logarithmic = false;
    double low = 0;
    double high = 1;
    std::vector<std::string> words{};  // a row or column each, at 0, -1, -2 ...; empty: numbers
};

enum class Draw : std::uint8_t { line, dashed, dots, circles, area, bars };  // circles: hollow dots

/// Points that belong together. An area reaches down to the series before it (the first one to zero); bars are stacked on
/// those before.
struct ChartSeries {
    std::string name{};  // in the legend; empty: not there
    Draw draw = Draw::line;
    Ink ink = Ink::series0;
    std::vector<double> x{};
    std::vector<double> y{};
    std::vector<double> sizes{};         // diameters of dots, in pixels at 100 %; empty: 7
    std::vector<std::string> labels{};   // what a pointer over a point shows; empty: its numbers
    std::vector<std::string> keys{};     // what a click on a point chooses; empty: nothing
};

/// A line that a person can take hold of; `id` says what it sets.
struct ChartHandle {
    std::string id{};
    std::string label{};
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    Ink ink = Ink::text;
    bool movable = true;
    bool label_below = false;
};

enum class NoteSide : std::uint8_t { above, right, left };

/// Words beside a point, or behind a bar.
struct ChartNote {
    std::string text{};
    double x = 0;
    double y = 0;
    Ink ink = Ink::text;
    NoteSide side = NoteSide::above;
    double gap = 0;         // to the point, in pixels at 100 %
    bool if_room = false;   // on whichever side nothing else is; nowhere where there is none
};

/// A picture with axes as a value: made by pure functions, drawn in one place, written as CSV.
struct Chart {
    std::string title{};
    ChartAxis x{};
    ChartAxis y{};
    std::vector<ChartSeries> series{};
    std::vector<ChartHandle> handles{};
    std::vector<ChartNote> notes{};
    bool legend_low = false;    // in a corner below instead of above; of bars: under them. Another corner where that hides less
    bool legend_right = true;
    std::string empty{};        // what to say instead when there is nothing to draw
};

/// In a sentence what it shows, for who cannot see it: title, axes, and each series with its least and most.
std::string description(const Chart& chart);

/// A row for each point: series, x, y, label.
std::string csv(const Chart& chart);

}  // namespace slimline::gui
