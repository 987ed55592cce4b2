#pragma once

#include <span>
#include <string>
#include <vector>

#include "hwmodels/calibration.h"

namespace slimline {

/// The p-quantile (0 to 1) of the values, interpolated between neighbours; 0 of none.
double quantile(std::span<const double> values, double p);

inline double median(std::span<const double> values)
{
    return quantile(values, 0.5);
}

/// Relative errors |measured / predicted - 1| of times, which is also the relative error of the predicted speed.
struct ErrorSummary {
    int count = 0;
    double median = 0;
    double p90 = 0;
};

/// From log(measured / predicted).
ErrorSummary error_summary(std::span<const double> log_ratios);
Residuals residuals_of(std::span<const double> log_ratios, const std::string& basis);

}  // namespace slimline
