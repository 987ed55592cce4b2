#pragma once

#include "hwmodels/calibration.h"
#include "simulator/closed_form.h"
#include "simulator/lowering.h"
#include "simulator/roofs.h"

namespace slimline {

/// What all passes of one question share.
struct PassSetup {
    Roofs roofs;
    PassRules rules;
    LoweredModel model;        // layer by layer
    CacheFactors factors;
};

PassSetup pass_setup(const Architecture& arch, const Precision& precision, const Device& device, const Backend& backend,
                     const Workload& workload, Engine engine, const Calibration& calibration);

}  // namespace slimline
