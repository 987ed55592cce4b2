#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "validation/statistics.h"

using namespace slimline;

TEST_CASE("quantiles interpolate between the two neighbours", "[validation]")
{
    const std::vector<double> values{40, 10, 30, 20};
    CHECK(quantile(values, 0) == 10);
    CHECK(quantile(values, 1) == 40);
    CHECK(median(values) == 25);
    CHECK(quantile(values, 0.9) == Approx(37));  // place 2.7 of 0..3
    CHECK(median(std::vector<double>{7}) == 7);
    CHECK(median(std::vector<double>{}) == 0);
}

TEST_CASE("errors are relative to the prediction, in either direction", "[validation]")
{
    const std::vector<double> ratios{std::log(1.5), std::log(0.5), 0};
    const ErrorSummary errors = error_summary(ratios);
    CHECK(errors.count == 3);
    CHECK(errors.median == Approx(0.5));
    CHECK(errors.p90 == Approx(0.5));
}

TEST_CASE("an interval holds nine in ten of the residuals it was made from", "[validation]")
{
    std::vector<double> ratios;
    for (int i = 0; i <= 100; ++i) {
        ratios.push_back(i / 100.0);
    }
    const Residuals residuals = residuals_of(ratios, "assumed");
    CHECK(residuals.log_low == Approx(0.05));
    CHECK(residuals.log_high == Approx(0.95));
    CHECK(residuals.count == 101);
    CHECK(residuals.basis == "assumed");
}
