#include "gui/viewmodel/chart.h"

#include <fmt/format.h>

namespace slimline::gui {

std::string csv_field(const std::string& text)
{
    if (text.find_first_of(",\"\n\r") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c;
        if (c == '"') {
            quoted += c;
        }
    }
    return quoted + "\"";
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
