#include "simulator/closed_form.h"

namespace slimline {

namespace {

struct WeightSum {
    double bytes = 0;
    void operator()(const OperatorCost& cost) { bytes += cost.count * cost.weight_bytes; }
};

void add_series(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                double weight_factor, const PassSeries& series, Totals& totals)
{
    if (series.passes <= 0) {
        return;
    }
    FixedSum fixed{roofs, weight_factor, series.passes, totals};
    AttentionTotals attention{totals};
    visit_inputs(arch, model, rules, series.first, fixed);
    for (const StackGroup& g : model.groups) {
        const Block& block = arch.blocks[g.block];
        BlockOperators(rules, series.first, arch.d_model, fixed).template visit<Part::fixed>(block, arch.norm, g.formats, g.group);
        AttentionSum(rules, roofs, weight_factor, arch.d_model, attention).add(block, arch.norm, g.formats, g.group, series);
    }
    visit_outputs(arch, model, rules, series.first, fixed);
    totals.seconds += series.passes * roofs.seconds_per_pass;
}

struct CacheSum {
    double bytes = 0;
    void operator()(const OperatorCost& cost) { bytes += cost.count * cost.kv_bytes; }
};

/// Keys and values that the token in the middle of the answer reads.
double streamed_kv_bytes(const Architecture& arch, const LoweredModel& model, const PassRules& rules,
                         const Workload& workload)
{
    const PassSeries series = decode_series(workload);
    PassShape pass = series.first;
    pass.past += series.stride * (series.passes - 1) / 2;
    CacheSum sum;
    for (const StackGroup& g : model.groups) {
        BlockOperators(rules, pass, arch.d_model, sum)
            .template visit<Part::attention>(arch.blocks[g.block], arch.norm, g.formats, g.group);
    }
    return sum.bytes;
}

}  // namespace

CacheFactors cache_factors(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                           const Workload& workload)
{
    if (roofs.cache_points.empty()) {
        return {};
    }
    const double weights = streamed_weight_bytes(arch, model, rules, workload);
    const double kv = roofs.kv_shares_caches ? streamed_kv_bytes(arch, model, rules, workload) : 0;
    return {.prefill = cache_factor(roofs, weights), .decode = cache_factor(roofs, weights + kv)};
}

double streamed_weight_bytes(const Architecture& arch, const LoweredModel& model, const PassRules& rules,
                             const Workload& workload)
{
    const PassShape pass = decode_series(workload).first;
    WeightSum sum;
    visit_inputs(arch, model, rules, pass, sum);
    for (const StackGroup& g : model.groups) {
        BlockOperators(rules, pass, arch.d_model, sum)
            .template visit<Part::fixed>(arch.blocks[g.block], arch.norm, g.formats, g.group);
    }
    visit_outputs(arch, model, rules, pass, sum);
    return sum.bytes;
}

Totals series_totals(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                     double weight_factor, const PassSeries& series)
{
    Totals totals;
    add_series(arch, model, rules, roofs, weight_factor, series, totals);
    return totals;
}

ClosedForm closed_form(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                       const Workload& workload)
{
    const CacheFactors factors = cache_factors(arch, model, rules, roofs, workload);
    ClosedForm result;
    for (const PassSeries& series : prefill_series(workload, model.last_layer)) {
        add_series(arch, model, rules, roofs, factors.prefill, series, result.prefill);
    }
    const PassSeries steps = decode_series(workload);
    add_series(arch, model, rules, roofs, factors.decode, steps, result.decode);
    result.steps = steps.passes;
    result.ttft_s = result.prefill.seconds + (workload.prompt_tokens > 0 ? roofs.seconds_per_prompt : 0.0);
    result.tpot_s = result.decode.seconds / steps.passes;
    return result;
}

}  // namespace slimline
