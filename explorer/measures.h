#pragma once

#include <array>

#include "explorer/search_question.h"
#include "simulator/prediction.h"

namespace slimline {

/// What designs are compared by: a number for each DesignMetric, NaN where nothing says it.
using Measures = std::array<double, metric_count>;

/// Those that a prediction says; not the loss, nor what follows from it.
Measures measures_of(const Prediction& prediction);

}  // namespace slimline
