#include "simulator/pass_setup.h"

namespace slimline {

PassSetup pass_setup(const Architecture& arch, const Precision& precision, const Device& device, const Backend& backend,
                     const Workload& workload, Engine engine, const Calibration& calibration)
{
    PassSetup setup;
    setup.roofs = roofs_of(device, backend, calibration, workload.threads);
    setup.rules = pass_rules(precision, workload, setup.roofs);
    setup.model = lower_by_layer(arch, precision.weights, engine, setup.roofs.cache_bytes);
    setup.factors = cache_factors(arch, setup.model, setup.rules, setup.roofs, workload);
    return setup;
}

}  // namespace slimline
