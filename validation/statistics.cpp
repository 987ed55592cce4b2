#include "validation/statistics.h"

#include <algorithm>
#include <cmath>

namespace slimline {

double quantile(std::span<const double> values, double p)
{
    if (values.empty()) {
        return 0;
    }
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    const double place = p * double(sorted.size() - 1);
    const auto below = std::size_t(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - double(below)) * (sorted[above] - sorted[below]);
}

ErrorSummary error_summary(std::span<const double> log_ratios)
{
    std::vector<double> errors;
    for (const double ratio : log_ratios) {
        errors.push_back(std::abs(std::expm1(ratio)));
    }
    return {.count = int(errors.size()), .median = median(errors), .p90 = quantile(errors, 0.9)};
}

Residuals residuals_of(std::span<const double> log_ratios, const std::string& basis)
{
    const ErrorSummary errors = error_summary(log_ratios);
    return {.count = errors.count,
            .median_error = errors.median,
            .p90_error = errors.p90,
            .log_low = quantile(log_ratios, 0.05),
            .log_high = quantile(log_ratios, 0.95),
            .basis = basis};
}

}  // namespace slimline
