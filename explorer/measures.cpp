#include "explorer/measures.h"

#include <limits>

namespace slimline {

Measures measures_of(const Prediction& p)
{
    Measures m;
    m.fill(std::numeric_limits<double>::quiet_NaN());
    const auto set = [&](DesignMetric metric, double value) { m[std::size_t(metric)] = value; };
    set(DesignMetric::ttft, p.ttft.value);
    set(DesignMetric::tpot, p.tpot.value);
    set(DesignMetric::total, p.total().value);
    set(DesignMetric::energy, p.energy_per_token.value);
    set(DesignMetric::memory, p.memory.total().value);
    if (p.memory_available.value > 0) {
        set(DesignMetric::memory_share, p.memory.total().value / p.memory_available.value);
    }
    set(DesignMetric::parameters, p.parameters.total);
    set(DesignMetric::active_parameters, p.parameters.active);
    return m;
}

}  // namespace slimline
