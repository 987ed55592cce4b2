#include "explorer/pass_graph.h"

#include "simulator/pass_setup.h"

namespace slimline {

namespace {

PassSetup setup_of(const Scenario& s)
{
    return pass_setup(s.arch, s.precision, s.device, require_backend(s.device, s.backend), s.workload, s.engine,
                      s.calibration);
}

OperatorGraph graph_of(const Scenario& s, const PassSetup& setup, double cache_factor, const PassSeries& series)
{
    return build_graph(s.arch, setup.model, setup.rules, setup.roofs, cache_factor, series);
}

}  // namespace

OperatorGraph prefill_graph(const Scenario& s)
{
    const PassSetup setup = setup_of(s);
    return graph_of(s, setup, setup.factors.prefill, prefill_series(s.workload, setup.model.last_layer)[1]);
}

OperatorGraph decode_graph(const Scenario& s)
{
    const PassSetup setup = setup_of(s);
    return graph_of(s, setup, setup.factors.decode, decode_series(s.workload));
}

Seconds decode_critical_path(const Scenario& s)
{
    return Seconds{critical_path_seconds(decode_graph(s))} + s.calibration.per_pass;
}

}  // namespace slimline
