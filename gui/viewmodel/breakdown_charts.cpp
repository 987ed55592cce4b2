#include "gui/viewmodel/breakdown_charts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "explorer/memory_curve.h"
#include "gui/viewmodel/axis_unit.h"

namespace slimline::gui {

namespace {

std::string bar_label(const OperatorBar& bar)
{
    const std::string bound = bar.bound.empty() ? std::string{} : ", " + bar.bound;
    return fmt::format("{}: {}, {:.1f} %{}", bar.name, display(bar.time), 100 * bar.share, bound);
}

bool is_marked(const OperatorBar& bar, const std::string& marked)
{
    return !marked.empty() && (bar.name == marked || std::ranges::find(bar.others, marked) != bar.others.end());
}

/// Powers of two up to four times what is asked for, at least to 32768.
std::vector<int> contexts_around(int asked)
{
    std::vector<int> contexts;
    for (int context = 256; context <= std::max(32768, 4 * std::min(asked, 1 << 20)); context *= 2) {
        contexts.push_back(context);
    }
    return contexts;
}

void add_capacity(Chart& chart, double capacity, const AxisUnit& unit, double largest_need)
{
    if (capacity <= 0) {
        return;
    }
    // Far above the need the line would press all else to the floor: then the axis ends below it, and the legend says so.
    const bool beyond = capacity > 3 * largest_need;
    const std::string size = display(Bytes{capacity});
    chart.title += fmt::format("; capacity {}{}", size, beyond ? ", beyond the top" : "");
    chart.series.push_back({.name = fmt::format("capacity {}{}", size, beyond ? ", above" : ""), .draw = Draw::dashed, .ink = Ink::bad,
                            .x = {chart.x.low, chart.x.high}, .y = {capacity / unit.size, capacity / unit.size}});
    chart.y.high = beyond ? chart.y.high : std::max(chart.y.high, 1.08 * capacity / unit.size);
}

}  // namespace

Chart pass_chart(const Breakdown& all, const std::string& title, const std::string& marked)
{
    const AxisUnit unit = time_unit(all.bars.empty() ? 0 : all.bars.front().time.value);
    Chart chart{.title = fmt::format("{}: {}", title, display(all.time)), .legend_low = true};
    chart.x = {.label = fmt::format("{}, {} in all [{}]", title, display(all.time), unit.name)};
    chart.y.low = -double(all.bars.size()) + 0.4;
    chart.y.high = 0.6;
    double longest = 0;
    for (const OperatorBar& bar : all.bars) {
        chart.y.words.push_back((is_marked(bar, marked) ? "▸ " : "") + bar.name);
        longest = std::max(longest, bar.time.value / unit.size);
    }
    chart.x.high = longest * 2.1;  // the figures stand behind the bars
    for (std::size_t k = 0; k < all.kinds.size(); ++k) {
        ChartSeries series{.name = all.kinds.size() > 1 ? all.kinds[k] : std::string{}, .draw = Draw::bars, .ink = series_ink(k)};
        for (std::size_t b = 0; b < all.bars.size(); ++b) {
            series.x.push_back(all.bars[b].parts[k].value / unit.size);
            series.y.push_back(-double(b));
            series.labels.push_back(bar_label(all.bars[b]));
            series.keys.push_back(all.bars[b].name);
        }
        chart.series.push_back(std::move(series));
    }
    for (std::size_t b = 0; b < all.bars.size(); ++b) {
        const OperatorBar& bar = all.bars[b];
        const bool here = is_marked(bar, marked);
        if (bar.share < 0.02 && !here) {
            continue;  // the pointer over it says the rest
        }
        chart.notes.push_back({fmt::format("{:.1f} % {}", 100 * bar.share, bar.bound), bar.time.value / unit.size, -double(b), here ? Ink::text : Ink::muted});
    }
    return chart;
}

Chart memory_chart(const Scenario& scenario, const Prediction& p)
{
    const auto curve = memory_against_context(scenario, contexts_around(p.workload.context));
    const double most = curve.back().memory.total().value;
    const AxisUnit unit = memory_unit(most);
    Chart chart{.title = fmt::format("memory {} at a context of {}", display(p.memory.total()), p.workload.context), .legend_right = false};
    chart.x = {.label = "context [tokens]", .logarithmic = true, .low = curve.front().context, .high = curve.back().context};
    chart.y = {.label = fmt::format("memory [{}]", unit.name), .high = most / unit.size * 1.25};
    ChartSeries weights{.name = "weights", .draw = Draw::area, .ink = Ink::series0};
    ChartSeries buffers{.name = "buffers", .draw = Draw::area, .ink = Ink::series1};
    ChartSeries cache{.name = "KV cache", .draw = Draw::area, .ink = Ink::series2};
    for (const MemoryAtContext& at : curve) {
        const MemoryPlan& m = at.memory;
        double sum = 0;
        const auto add = [&](ChartSeries& series, Bytes part, const char* name) {
            sum += part.value;
            series.x.push_back(at.context);
            series.y.push_back(sum / unit.size);
            series.labels.push_back(fmt::format("{} {} at a context of {}", name, display(part), at.context));
        };
        add(weights, m.weights, "weights");
        add(buffers, m.compute_buffer + m.host, "buffers");
        add(cache, m.kv_cache, "KV cache");
    }
    chart.series = {weights, buffers, cache};
    add_capacity(chart, p.memory_available.value, unit, most);
    chart.series.push_back({.name = "this workload", .draw = Draw::dots, .ink = Ink::text, .x = {double(p.workload.context)},
                            .y = {p.memory.total().value / unit.size},
                            .labels = {fmt::format("{} at a context of {}", display(p.memory.total()), p.workload.context)}});
    return chart;
}

}  // namespace slimline::gui
