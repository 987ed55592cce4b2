#include "gui/viewmodel/breakdown.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "gui/viewmodel/chart.h"
#include "simulator/operators.h"

namespace slimline::gui {

namespace {

std::size_t index_of(std::vector<std::string>& names, const std::string& name)
{
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) {
        return std::size_t(found - names.begin());
    }
    names.push_back(name);
    return names.size() - 1;
}

std::string kind_of(const OperatorTime& op)
{
    return op.layer_kind.empty() ? "outside the stack" : op.layer_kind;
}

OperatorBar& bar_of(std::vector<OperatorBar>& bars, const std::string& name, std::size_t kinds)
{
    const auto found = std::ranges::find(bars, name, &OperatorBar::name);
    if (found != bars.end()) {
        return *found;
    }
    bars.push_back({.name = name, .parts = std::vector<Seconds>(kinds)});
    return bars.back();
}

void gather_others(Breakdown& all, double least_share, std::size_t most_bars)
{
    OperatorBar others{.name = "others", .parts = std::vector<Seconds>(all.kinds.size())};
    std::size_t seen = 0;
    std::erase_if(all.bars, [&](const OperatorBar& bar) {
        if (bar.share >= least_share && ++seen < most_bars) {
            return false;
        }
        for (std::size_t k = 0; k < bar.parts.size(); ++k) {
            others.parts[k] += bar.parts[k];
        }
        others.others.push_back(bar.name);
        others.time += bar.time;
        others.share += bar.share;
        return true;
    });
    if (others.time.value > 0) {
        all.bars.push_back(std::move(others));
    }
}

}  // namespace

Breakdown breakdown(const Pass& pass, double least_share, std::size_t most_bars)
{
    Breakdown all{.time = pass.time};
    for (const OperatorTime& op : pass.operators) {
        index_of(all.kinds, kind_of(op));
    }
    const std::size_t fixed_kind = index_of(all.kinds, "outside the stack");
    for (const OperatorTime& op : pass.operators) {
        OperatorBar& bar = bar_of(all.bars, op.name, all.kinds.size());
        bar.parts[index_of(all.kinds, kind_of(op))] += op.time;
        bar.bound = op.time > bar.time ? std::string(word(op.bound)) : bar.bound;
        bar.time += op.time;
        bar.share += op.share;
    }
    if (pass.fixed.value > 0) {
        OperatorBar& bar = bar_of(all.bars, "fixed times", all.kinds.size());
        bar.parts[fixed_kind] = bar.time = pass.fixed;
        bar.share = pass.fixed / pass.time;
        bar.bound = "fixed";
    }
    std::ranges::stable_sort(all.bars, std::greater<>{}, &OperatorBar::share);
    gather_others(all, least_share, most_bars);
    return all;
}

std::string operators_csv(const Prediction& prediction)
{
    std::string rows = "phase,operator,layer_kind,class,repeats,time_s,share,bound,flops,bytes\n";
    const auto add = [&](const char* phase, const Pass& pass) {
        for (const OperatorTime& op : pass.operators) {
            rows += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", phase, csv_field(op.name), csv_field(op.layer_kind), word(op.kernel),
                                op.repeats, op.time.value, op.share, word(op.bound), op.flops.value, op.bytes().value);
        }
    };
    add("prefill", prediction.prefill);
    add("decode", prediction.decode);
    return rows;
}

}  // namespace slimline::gui
