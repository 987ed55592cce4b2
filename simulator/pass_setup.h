#pragma once

#include "hwmodels/calibration.h"
#include "simulator/lowering.h"
#include "simulator/roofs.h"

namespace slimline {

/// What all passes of one question share.
struct PassSetup {
    Roofs roofs;
    PassRules rules;
    LoweredModel model;        // layer by layer
    double weight_factor = 1;  // share of the weights' time in memory that is left when a cache holds part of them
};

PassSetup pass_setup(const Architecture& arch, const Precision& precision, const Device& device, const Backend& backend,
                     const Workload& workload, Engine engine, const Calibration& calibration);

}  // namespace slimline
