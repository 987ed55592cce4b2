#pragma once

#include <span>
#include <vector>

#include "simulator/prediction.h"

namespace slimline {

/// A prediction beside the first of its comparison: its value over the first's, below 1 when it needs less.
struct Ratios {
    double ttft = 1;
    double tpot = 1;
    double total = 1;
    double memory = 1;
    double energy = 1;
};

Ratios ratios(const Prediction& first, const Prediction& other);

/// One for each prediction, the first's all 1.
std::vector<Ratios> compare(std::span<const Prediction> predictions);

}  // namespace slimline
