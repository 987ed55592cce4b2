#include "gui/viewmodel/chart.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace slimline::gui {

std::string description(const Chart& chart)
{
    if (chart.series.empty() && chart.handles.empty()) {
        return chart.empty;
    }
    std::string words = fmt::format("{}; across {}; up {}", chart.title, chart.x.label, chart.y.words.empty() ? chart.y.label : "a row each");
    const auto range = [](const std::vector<double>& values) {
        const auto [least, most] = std::ranges::minmax(values);
        return least == most ? fmt::format("{:.4g}", least) : fmt::format("{:.4g} to {:.4g}", least, most);
    };
    for (const ChartSeries& series : chart.series) {
        if (series.name.empty() || series.x.empty()) {
            continue;
        }
        words += fmt::format("; {}: {} across", series.name, range(series.x));
        words += chart.y.words.empty() ? fmt::format(", {} up", range(series.y)) : std::string{};
    }
    for (const ChartHandle& handle : chart.handles) {
        words += "; roof " + handle.label;
    }
    for (std::size_t i = 0; i < chart.y.words.size(); ++i) {
        const auto note = std::ranges::find(chart.notes, -double(i), &ChartNote::y);  // small bars have none
        words += note == chart.notes.end() ? std::string{} : fmt::format("; {} {}", chart.y.words[i], note->text);
    }
    return words;
}

std::string csv(const Chart& chart)
{
    std::string rows = fmt::format("series,{},{},label\n", csv_field(chart.x.label), csv_field(chart.y.label));
    for (const ChartSeries& series : chart.series) {
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            const std::string label = i < series.labels.size() ? csv_field(series.labels[i]) : std::string{};
            rows += fmt::format("{},{},{},{}\n", csv_field(series.name), series.x[i], series.y[i], label);
        }
    }
    return rows;
}

}  // namespace slimline::gui
