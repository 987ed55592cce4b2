#include "validation/pass_work.h"

namespace slimline {

PassShape middle(const PassSeries& series)
{
    PassShape pass = series.first;
    pass.past += series.stride * (series.passes - 1) / 2;
    return pass;
}

void add_pass(Observation& o, const Architecture& arch, const LoweredModel& model, const PassRules& rules,
              const PassShape& pass, double times)
{
    const std::size_t before = o.costs.size();
    auto sink = [&](const OperatorCost& cost) { o.costs.push_back(cost); };
    visit_inputs(arch, model, rules, pass, sink);
    BlockOperators<decltype(sink)> operators(rules, pass, arch.d_model, sink);
    for (const StackGroup& group : model.groups) {
        operators.template visit<Part::all>(arch.blocks[group.block], arch.norm, group.formats, group.group);
    }
    visit_outputs(arch, model, rules, pass, sink);
    for (std::size_t i = before; i < o.costs.size(); ++i) {
        o.costs[i].count *= times;
    }
}

double streamed_bytes(const Observation& o)
{
    double bytes = 0;
    for (const OperatorCost& cost : o.costs) {
        bytes += cost.kernel == KernelClass::gather ? 0 : cost.count * cost.weight_bytes;
    }
    return bytes / o.passes;
}

double cache_bytes_read(const Observation& o)
{
    double bytes = 0;
    for (const OperatorCost& cost : o.costs) {
        const bool attends = cost.kernel == KernelClass::attention_vec || cost.kernel == KernelClass::attention_mat;
        bytes += attends ? cost.count * cost.kv_bytes : 0;
    }
    return bytes;
}

}  // namespace slimline
