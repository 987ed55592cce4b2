#include "gui/viewmodel/curve_charts.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/text.h"
#include "explorer/curves.h"
#include "gui/viewmodel/axis_unit.h"

namespace slimline::gui {

namespace {

constexpr int points = 33;

std::vector<int> powers_of_two(int most)
{
    std::vector<int> values;
    for (int value = 16; value <= most; value *= 2) {
        values.push_back(value);
        if (value * 3 / 2 < most) {
            values.push_back(value * 3 / 2);
        }
    }
    return values;
}

/// What a curve shows of a point, and how that is written.
struct Shown {
    CurvePhase phase = CurvePhase::decode;
    std::function<double(const CurvePoint&)> value{};
    std::function<std::string(const CurvePoint&)> label{};
};

ChartSeries line(const Curve& curve, const Shown& shown, const std::string& name, Draw draw, Ink ink, double unit)
{
    ChartSeries series{.name = name, .draw = draw, .ink = ink};
    for (const CurvePoint& point : curve) {
        series.x.push_back(point.at / unit);
        series.y.push_back(shown.value(point));
        series.labels.push_back(name + (name.empty() ? "" : ": ") + shown.label(point));
    }
    return series;
}

void fit_height(Chart& chart, bool from_zero)
{
    double low = 1e300;
    double high = 0;
    for (const ChartSeries& series : chart.series) {
        for (const double y : series.y) {
            low = std::min(low, y);
            high = std::max(high, y);
        }
    }
    chart.y.low = from_zero ? 0 : low / 1.3;
    chart.y.high = from_zero ? high * 1.15 : high * 1.6;
}

ChartSeries here(double x, double y, const std::string& label)
{
    return {.name = "now", .draw = Draw::dots, .ink = Ink::text, .x = {x}, .y = {y}, .labels = {label}};
}

Shown first_token(double unit)
{
    return {CurvePhase::prefill, [unit](const CurvePoint& p) { return p.latency.ttft.value / unit; },
            [](const CurvePoint& p) { return fmt::format("{} for {} tokens", display(p.latency.ttft), significant(p.at, 6)); }};
}

Shown decode_speed(int batch)
{
    return {CurvePhase::decode, [batch](const CurvePoint& p) { return batch / p.latency.tpot.value; },
            [batch](const CurvePoint& p) { return fmt::format("{} tokens/s", significant(batch / p.latency.tpot.value)); }};
}

Chart prompt_chart(const SessionState& state)
{
    const Scenario& s = state.scenario;
    const auto prompts = powers_of_two(std::max(8192, std::min(4 * s.workload.prompt_tokens, 1 << 18)));
    const Curve curve = against_prompt(s, prompts);
    const AxisUnit unit = time_unit(curve.back().latency.ttft.value);
    const Shown shown = first_token(unit.size);
    Chart chart{.title = "time to first token against prompt", .legend_right = false};
    chart.x = {.label = "prompt [tokens]", .logarithmic = true, .low = 16, .high = double(prompts.back())};
    chart.y = {.label = fmt::format("first token [{}]", unit.name), .logarithmic = true};
    chart.series.push_back(line(curve, shown, "this design", Draw::line, Ink::series1, 1));
    for (const PinnedDesign& pin : state.pinned) {
        chart.series.push_back(line(against_prompt(pin.scenario, prompts), shown, pin.name, Draw::dashed, series_ink(chart.series.size() + 1), 1));
    }
    const Seconds now = latency(s).ttft;
    chart.series.push_back(here(s.workload.prompt_tokens, now.value / unit.size, display(now)));
    fit_height(chart, false);
    return chart;
}

Chart context_chart(const SessionState& state)
{
    const Scenario& s = state.scenario;
    const auto positions = powers_of_two(std::max(16384, std::min(4 * s.workload.prompt_tokens, 1 << 18)));
    const Shown shown = decode_speed(s.workload.batch);
    Chart chart{.title = "decode speed against context", .legend_low = true, .legend_right = false};
    chart.x = {.label = "tokens before [tokens]", .logarithmic = true, .low = 16, .high = double(positions.back())};
    chart.y = {.label = "decode [tokens/s]"};
    chart.series.push_back(line(against_context(s, positions), shown, "this design", Draw::line, Ink::series0, 1));
    for (const PinnedDesign& pin : state.pinned) {
        chart.series.push_back(line(against_context(pin.scenario, positions), decode_speed(pin.scenario.workload.batch), pin.name,
                                    Draw::dashed, series_ink(chart.series.size() + 1), 1));
    }
    fit_height(chart, true);
    return chart;
}

/// The same for bandwidth and compute: both speeds relative to now, so that they share an axis.
Chart device_chart(const SessionState& state, const char* what, const char* unit_name, double now, double unit,
                   const std::function<Curve(const std::vector<double>&)>& curve_of)
{
    const Scenario& s = state.scenario;
    const Curve curve = curve_of(log_spaced(now / 8, now * 8, points));
    const Latency present = latency(s);
    Chart chart{.title = fmt::format("speed against {}", what), .legend_right = false};
    chart.x = {.label = fmt::format("{} [{}]", what, unit_name), .logarithmic = true, .low = now / 8 / unit, .high = now * 8 / unit};
    chart.y = {.label = "speed [times now]", .logarithmic = true};
    const auto relative = [](Seconds reference, Seconds Latency::*time) {
        return [reference, time](const CurvePoint& p) { return reference / (p.latency.*time); };
    };
    const Shown prefill{CurvePhase::prefill, relative(present.ttft, &Latency::ttft),
                        [](const CurvePoint& p) { return "first token " + display(p.latency.ttft); }};
    const Shown decode{CurvePhase::decode, relative(present.tpot, &Latency::tpot),
                       [](const CurvePoint& p) { return "a token " + display(p.latency.tpot); }};
    chart.series.push_back(line(curve, prefill, "prefill", Draw::line, Ink::series1, unit));
    chart.series.push_back(line(curve, decode, "decode", Draw::line, Ink::series0, unit));
    chart.series.push_back(here(now / unit, 1, "now"));
    fit_height(chart, false);
    for (const Shown* shown : {&prefill, &decode}) {
        if (const auto at = break_even(curve, shown->phase)) {
            const bool first = shown == &prefill;
            chart.series.push_back({.draw = Draw::dashed, .ink = first ? Ink::series1 : Ink::series0, .x = {*at / unit, *at / unit}, .y = {chart.y.low, chart.y.high}});
            const bool in_right_half = *at > now;
            chart.notes.push_back({.text = fmt::format("{}: pays to {} {}", first ? "prefill" : "decode", significant(*at / unit), unit_name),
                                   .x = *at / unit,
                                   .y = chart.y.low * 1.12,
                                   .ink = Ink::muted,
                                   .side = in_right_half ? NoteSide::left : NoteSide::right,
                                   .gap = 2});
        }
    }
    return chart;
}

}  // namespace

Chart curve_chart(const SessionState& state, Curves which)
{
    const Scenario& s = state.scenario;
    const Backend& backend = require_backend(s.device, s.backend);
    switch (which) {
        case Curves::prompt:
            return prompt_chart(state);
        case Curves::context:
            return context_chart(state);
        case Curves::bandwidth:
            return device_chart(state, "bandwidth", "GB/s", peak_bandwidth(s.device, backend).value, giga,
                                [&](const std::vector<double>& at) { return against_bandwidth(s, at); });
        case Curves::compute:
            break;
    }
    return device_chart(state, "8-bit compute", "TOPS", peak_rate(backend, Arithmetic::int8, 0).value, tera,
                        [&](const std::vector<double>& at) { return against_compute(s, at); });
}

}  // namespace slimline::gui
