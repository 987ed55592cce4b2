#include "simulator/pass_setup.h"

#include "simulator/closed_form.h"

namespace slimline {

PassSetup pass_setup(const Architecture& arch, const Precision& precision, const Device& device, const Backend& backend,
                     const Workload& workload, Engine engine, const Calibration& calibration)
{
    PassSetup setup;
    setup.roofs = roofs_of(device, backend, calibration, workload.threads);
    setup.rules = pass_rules(precision, workload, setup.roofs);
    setup.model = lower_by_layer(arch, precision.weights, engine, setup.roofs.cache_bytes);
    setup.weight_factor =
        cache_factor(setup.roofs, streamed_weight_bytes(arch, setup.model, setup.rules, workload));
    return setup;
}

}  // namespace slimline
