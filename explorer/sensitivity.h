#pragma once

#include <string>
#include <vector>

#include "explorer/scenario.h"

namespace slimline {

/// By how many per cent a time changes when a quantity grows by one per cent: d log time / d log quantity.
struct Elasticity {
    std::string quantity;  // "memory bandwidth", "d_model", ...
    double ttft = 0;
    double tpot = 0;
};

/// Of the device's, the model's and the workload's quantities, each alone, by central differences. Widths move by whole
/// blocks of the weight format where they are whole blocks (256 for K-quants), so that no fallback format jumps in.
/// Quantities that cannot move (a model of one layer) are left out.
std::vector<Elasticity> elasticities(const Scenario& scenario);

}  // namespace slimline
