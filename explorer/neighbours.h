#pragma once

#include <string>
#include <vector>

#include "explorer/figure.h"
#include "explorer/lever.h"

namespace slimline {

/// A scenario that differs in one thing from the one asked about.
struct Neighbour {
    std::string change;  // "layers 24 -> 23", "weights Q4_K_M -> Q4_0"
    std::string dimension;
    double from = 0;  // in base units; NaN for formats
    double to = 0;
    Scenario scenario;
    Prediction prediction;
    double loss = 0;  // NaN: no law was named, or it cannot say
};

/// One step down and up in each dimension of the model (an eighth of it, in granules; KV heads to the next divisors), the
/// head tied or untied, and the weight and KV formats next in size.
std::vector<Neighbour> neighbours(const Scenario& scenario, const QualityBasis* quality = nullptr);

}  // namespace slimline
