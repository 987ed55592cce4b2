#include "gui/viewmodel/roofline.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "base/text.h"
#include "gui/viewmodel/three_digits.h"
#include "hwmodels/device_edits.h"
#include "simulator/operators.h"

namespace slimline::gui {

namespace {

constexpr double largest_dot = 34;  // pixels across, of an operator that takes the whole pass
constexpr double smallest_dot = 4;

struct AxisSpan {
    double low = 1e300;
    double high = 0;
    void take(double value)
    {
        low = std::min(low, value);
        high = std::max(high, value);
    }
};

ChartSeries operator_dots(const Pass& pass, const std::string& name, Ink ink, AxisSpan& x, AxisSpan& y)
{
    ChartSeries dots{.name = name, .draw = Draw::dots, .ink = ink};
    for (const OperatorTime& op : pass.operators) {
        if (op.flops.value <= 0 || op.bytes().value <= 0 || op.time.value <= 0) {
            continue;
        }
        const double intensity = op.flops.value / op.bytes().value;
        const double rate = op.flops / op.time / FlopsPerSecond{tera};
        dots.x.push_back(intensity);
        dots.y.push_back(rate);
        dots.sizes.push_back(std::max(smallest_dot, largest_dot * std::sqrt(op.share)));
        dots.keys.push_back(op.name);
        dots.labels.push_back(fmt::format("{} of {}\n{} ({:.1f} %), {}\n{} FLOP a byte, {} TFLOP/s", op.name, name, display(op.time),
                                          100 * op.share, word(op.bound), significant(intensity), significant(rate)));
        if (op.share > 0.005) {
            x.take(intensity);
            y.take(rate);
        }
    }
    return dots;
}

ChartSeries ghost_dots(const SessionState& state, AxisSpan& x, AxisSpan& y)
{
    ChartSeries ghosts{.name = state.pinned.empty() ? "" : "other designs, whole passes", .draw = Draw::circles, .ink = Ink::muted};
    for (const PinnedDesign& pinned : state.pinned) {
        const Prediction p = predict(pinned.scenario);
        for (const Pass* pass : {&p.prefill, &p.decode}) {
            ghosts.x.push_back(pass->flops.value / pass->bytes.value);
            ghosts.y.push_back(pass->flops / pass->time / FlopsPerSecond{tera});
            ghosts.sizes.push_back(14);
            ghosts.labels.push_back(fmt::format("{}, {}: {}", pinned.name, pass == &p.prefill ? "prefill" : "decode", display(pass->time)));
            x.take(ghosts.x.back());
            y.take(ghosts.y.back());
        }
    }
    return ghosts;
}

ChartSeries measured_squares(const std::vector<MeasuredPass>& measured, AxisSpan& x, AxisSpan& y)
{
    ChartSeries squares{.name = measured.empty() ? "" : "measured, whole passes", .draw = Draw::circles, .ink = Ink::series3};
    for (const MeasuredPass& pass : measured) {
        squares.x.push_back(pass.flops_per_byte);
        squares.y.push_back(pass.flops_per_s / tera);
        squares.sizes.push_back(10);
        squares.labels.push_back(pass.label);
        x.take(squares.x.back());
        y.take(squares.y.back());
    }
    return squares;
}

/// Rings around an operator's dots, and its name beside each.
ChartSeries marked_rings(const std::vector<ChartSeries>& dots, const std::string& marked, std::vector<ChartNote>& notes)
{
    constexpr double wider = 8;
    ChartSeries rings{.name = "", .draw = Draw::circles, .ink = Ink::text};
    for (const ChartSeries& series : dots) {
        for (std::size_t i = 0; i < series.keys.size() && !marked.empty(); ++i) {
            if (series.keys[i] == marked) {
                rings.x.push_back(series.x[i]);
                rings.y.push_back(series.y[i]);
                rings.sizes.push_back(series.sizes[i] + wider);
                rings.labels.push_back(series.labels[i]);
                rings.keys.push_back(marked);
                notes.push_back({.text = marked, .x = series.x[i], .y = series.y[i], .ink = Ink::text, .side = NoteSide::above, .gap = rings.sizes.back() / 2});
            }
        }
    }
    return rings;
}

/// Names of the longest operators of a pass; those at the same place (gate and up) share one.
void name_longest(const Pass& pass, const ChartSeries& dots, const std::string& marked, std::vector<ChartNote>& notes)
{
    constexpr std::size_t most = 4;
    constexpr double least_share = 0.08;
    std::vector<const OperatorTime*> longest;
    for (const OperatorTime& op : pass.operators) {
        if (op.share >= least_share && op.name != marked) {
            longest.push_back(&op);
        }
    }
    std::ranges::stable_sort(longest, std::greater<>{}, [](const OperatorTime* op) { return op->share; });
    const std::size_t first = notes.size();
    for (const OperatorTime* op : longest) {
        const auto at = std::size_t(std::ranges::find(dots.keys, op->name) - dots.keys.begin());
        if (at == dots.keys.size()) {
            continue;  // it has no place on the axes
        }
        const auto near = [&](const ChartNote& note) {
            return std::abs(std::log(note.x / dots.x[at])) < 0.1 && std::abs(std::log(note.y / dots.y[at])) < 0.1;
        };
        const auto same = std::find_if(notes.begin() + std::ptrdiff_t(first), notes.end(), near);
        if (same != notes.end()) {
            same->text += ", " + op->name;
        } else if (notes.size() < first + most) {
            notes.push_back({.text = op->name, .x = dots.x[at], .y = dots.y[at], .ink = Ink::muted, .gap = dots.sizes[at] / 2, .if_room = true});
        }
    }
}

ChartHandle slope_roof(const char* id, const std::string& name, BytesPerSecond bandwidth, double x0, double ceiling, Ink ink)
{
    const double per_byte = bandwidth.value / tera;  // TFLOP/s at one FLOP a byte
    return {id, fmt::format("{} {} GB/s", name, significant(bandwidth.value / giga)), x0, per_byte * x0, ceiling / per_byte, ceiling, ink, true};
}

}  // namespace

Chart roofline_chart(const SessionState& state, const Prediction& p, const std::vector<MeasuredPass>& measured, const std::string& marked)
{
    const Scenario& s = state.scenario;
    const Backend& backend = require_backend(s.device, s.backend);
    const double int8 = peak_rate(backend, Arithmetic::int8, s.workload.threads).value / tera;
    const double fp16 = peak_rate(backend, Arithmetic::fp16, s.workload.threads).value / tera;
    const BytesPerSecond dram = peak_bandwidth(s.device, backend);
    const Cache* cache = last_level_cache(s.device, s.backend);
    Chart chart{.title = fmt::format("{} on {}, {}", s.arch.name, s.device.name, word(s.backend)), .legend_low = true};
    AxisSpan x;
    AxisSpan y;
    x.take(0.5);
    x.take(2 * int8 * tera / dram.value);
    y.take(2.2 * int8);
    const ChartSeries prefill = operator_dots(p.prefill, "prefill", Ink::series1, x, y);
    const ChartSeries decode = operator_dots(p.decode, "decode", Ink::series0, x, y);
    chart.series = {ghost_dots(state, x, y), prefill, decode, measured_squares(measured, x, y), marked_rings({prefill, decode}, marked, chart.notes)};
    name_longest(p.prefill, prefill, marked, chart.notes);
    name_longest(p.decode, decode, marked, chart.notes);
    chart.x = {.label = "arithmetic intensity [FLOP a byte of main memory]", .logarithmic = true, .low = x.low / 2, .high = x.high * 2};
    chart.y = {.label = "rate [TFLOP/s]", .logarithmic = true, .low = y.low / 2, .high = y.high};
    chart.handles.push_back(slope_roof("dram", "DRAM", dram, chart.x.low, int8, Ink::text));
    if (cache != nullptr && cache->bandwidth > dram) {
        chart.handles.push_back(slope_roof("cache", cache->name, cache->bandwidth, chart.x.low, int8, Ink::series2));
    }
    chart.handles.push_back({"int8", fmt::format("8-bit {} TOPS", significant(int8)), int8 * tera / dram.value, int8, chart.x.high, int8, Ink::text, true});
    if (fp16 < int8) {
        chart.handles.push_back({"fp16", fmt::format("16-bit {} TFLOP/s", significant(fp16)), fp16 * tera / dram.value, fp16, chart.x.high, fp16, Ink::muted, true, true});
    }
    return chart;
}

std::optional<RoofEdit> roof_edit(std::string_view handle, double x, double y, const Scenario& s)
{
    if (!(x > 0) || !(y > 0) || !std::isfinite(x) || !std::isfinite(y)) {
        return std::nullopt;
    }
    const Backend& backend = require_backend(s.device, s.backend);
    // A roof for fewer threads, or for wider numbers, stands to that of all 8-bit units as it did before.
    const auto compute = [&](Arithmetic arithmetic) {
        const double roof = peak_rate(backend, arithmetic, s.workload.threads).value / tera;
        return RoofEdit{Field::compute, three_digits(value_of(Field::compute, s) * y / roof)};
    };
    if (handle == "dram") {
        return RoofEdit{Field::bandwidth, three_digits(y * tera / x / giga)};
    }
    if (handle == "cache") {
        return RoofEdit{Field::cache_bandwidth, three_digits(y * tera / x / giga)};
    }
    if (handle == "int8") {
        return compute(Arithmetic::int8);
    }
    return handle == "fp16" ? std::optional(compute(Arithmetic::fp16)) : std::nullopt;
}

std::optional<RoofEdit> roof_step(std::string_view handle, int direction, const Scenario& s)
{
    const Field field = handle == "dram" ? Field::bandwidth : handle == "cache" ? Field::cache_bandwidth : Field::compute;
    return RoofEdit{field, three_digits(value_of(field, s) * std::pow(1.05, direction))};
}

}  // namespace slimline::gui
