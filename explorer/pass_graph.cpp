#include "explorer/pass_graph.h"

#include "base/errors.h"
#include "simulator/closed_form.h"
#include "simulator/lowering.h"

namespace slimline {

namespace {

const Backend& backend_of(const Scenario& s)
{
    const Backend* backend = find_backend(s.device, s.backend);
    if (backend == nullptr) {
        throw InputError(s.device.id, "has no " + std::string(word(s.backend)) + " backend");
    }
    return *backend;
}

template <class Series>
OperatorGraph graph_of(const Scenario& s, Series series)
{
    const Roofs roofs = roofs_of(s.device, backend_of(s), s.calibration, s.workload.threads);
    const PassRules rules = pass_rules(s.precision, s.workload, roofs);
    const LoweredModel model = lower_by_layer(s.arch, s.precision.weights, s.engine, roofs.cache_bytes);
    const double factor = cache_factor(roofs, streamed_weight_bytes(s.arch, model, rules, s.workload));
    return build_graph(s.arch, model, rules, roofs, factor, series(model));
}

}  // namespace

OperatorGraph prefill_graph(const Scenario& s)
{
    return graph_of(
        s, [&](const LoweredModel& model) { return prefill_series(s.workload, model.last_ffn_outputs_only)[1]; });
}

OperatorGraph decode_graph(const Scenario& s)
{
    return graph_of(s, [&](const LoweredModel&) { return decode_series(s.workload); });
}

}  // namespace slimline
