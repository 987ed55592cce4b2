#include "gui/viewmodel/validation_result.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace slimline::gui {

Chart scatter_chart(const ValidationResult& result)
{
    Chart chart{.title = result.title, .legend_right = false};
    if (result.times.empty()) {
        chart.empty = "compare with published measurements, or measure here";
        return chart;
    }
    double low = 1e300;
    double high = 0;
    ChartSeries decode{.name = "a token", .draw = Draw::dots, .ink = Ink::series0};
    ChartSeries prefill{.name = "first token", .draw = Draw::dots, .ink = Ink::series1};
    for (const ComparedTime& each : result.times) {
        ChartSeries& series = each.decode ? decode : prefill;
        series.x.push_back(each.measured_s);
        series.y.push_back(each.predicted_s);
        series.labels.push_back(fmt::format("{}\npredicted {}, measured {} ({:+.0f} %)", each.label, display(Seconds{each.predicted_s}),
                                            display(Seconds{each.measured_s}), 100 * (each.predicted_s / each.measured_s - 1)));
        low = std::min({low, each.measured_s, each.predicted_s});
        high = std::max({high, each.measured_s, each.predicted_s});
    }
    low /= 1.5;
    high *= 1.5;
    chart.x = {.label = "measured [s]", .logarithmic = true, .low = low, .high = high};
    chart.y = {.label = "predicted [s]", .logarithmic = true, .low = low, .high = high};
    const auto line = [&](const char* name, Draw draw, double times) {
        return ChartSeries{.name = name, .draw = draw, .ink = Ink::muted, .x = {low, high}, .y = {low * times, high * times}};
    };
    chart.series = {line("equal", Draw::line, 1), line("20 % off", Draw::dashed, 1.2), line("", Draw::dashed, 0.8), decode, prefill};
    return chart;
}

Chart residual_chart(const ValidationResult& result, std::size_t most)
{
    Chart chart{.title = "errors: " + result.title};
    if (result.rows.empty()) {
        chart.empty = "errors by device or by stage";
        return chart;
    }
    ChartSeries bars{.draw = Draw::bars, .ink = Ink::series0};
    for (std::size_t i = 0; i < std::min(most, result.rows.size()); ++i) {
        const ErrorRow& row = result.rows[i];
        chart.y.words.push_back(row.name);
        bars.x.push_back(100 * row.median_error);
        bars.y.push_back(-double(i));
        bars.labels.push_back(fmt::format("{}: median error {:.1f} % of {}", row.name, 100 * row.median_error, row.count));
        chart.notes.push_back({fmt::format("{:.1f} % of {}", 100 * row.median_error, row.count), bars.x.back(), -double(i), Ink::muted});
    }
    chart.x = {.label = "median error [%], of how many times", .high = std::max(1.0, 140 * result.rows.front().median_error)};
    chart.y.low = -double(chart.y.words.size()) + 0.4;
    chart.y.high = 0.6;
    chart.series = {bars};
    return chart;
}

}  // namespace slimline::gui
