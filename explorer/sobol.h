#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "explorer/figure.h"
#include "explorer/sweep.h"

namespace slimline {

/// How much of a figure's variance one input explains alone, and with all its interactions (Sobol 1993; estimators of
/// Saltelli 2010 for the first, Jansen 1999 for the total). Shares of 1; sampling noise may leave them a little outside.
struct SobolIndex {
    std::string input;
    double first = 0;
    double total = 0;
};

struct SobolResult {
    double mean = 0;
    double variance = 0;
    std::vector<SobolIndex> inputs;
    std::size_t samples = 0;     // points of the base sequence; each costs 2 + inputs evaluations
    std::size_t impossible = 0;  // points left out because some model was impossible
};

/// Of a function of independent inputs, each uniform on [0, 1). NaN leaves the point out.
SobolResult sobol_indices(const std::function<double(std::span<const double>)>& f,
                          const std::vector<std::string>& inputs, std::size_t samples);

/// Of a prediction's figure, each axis uniform between its least and greatest value (whole quantities rounded to whole).
SobolResult sobol_indices(const Scenario& scenario, const std::vector<Axis>& axes, Figure figure, std::size_t samples,
                          const QualityBasis* quality = nullptr);

}  // namespace slimline
