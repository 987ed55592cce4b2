#include "explorer/pass_graph.h"

#include "simulator/pass_setup.h"

namespace slimline {

namespace {

PassSetup setup_of(const Scenario& s)
{
    return pass_setup(s.arch, s.precision, s.device, require_backend(s.device, s.backend), s.workload, s.engine,
                      s.calibration);
}

OperatorGraph graph_of(const Scenario& s, const PassSetup& setup, const PassSeries& series)
{
    return build_graph(s.arch, setup.model, setup.rules, setup.roofs, setup.weight_factor, series);
}

}  // namespace

OperatorGraph prefill_graph(const Scenario& s)
{
    const PassSetup setup = setup_of(s);
    return graph_of(s, setup, prefill_series(s.workload, setup.model.last_layer)[1]);
}

OperatorGraph decode_graph(const Scenario& s)
{
    return graph_of(s, setup_of(s), decode_series(s.workload));
}

}  // namespace slimline
