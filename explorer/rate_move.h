#pragma once

#include <optional>
#include <vector>

#include "explorer/scenario.h"

namespace slimline {

/// Some of a device's rates (bandwidths, peaks, clocks) made `factor` times as fast together, and nothing else touched.
/// Every time then moves by at most that factor, and never the other way: what the live front rests on.
struct RateMove {
    std::vector<bool> moved;  // by the order in which a device lists its rates
    double factor = 1;
};

/// How `to` comes from `from` by one such move; none when they differ in anything else that a time depends on.
std::optional<RateMove> rate_move(const Scenario& from, const Scenario& to);

Scenario moved(Scenario scenario, const RateMove& move);

/// Whether times are as monotone as RateMove says; not where a format feels a cache by more than the cache's own speed.
bool times_follow_rates(const Scenario& scenario);

}  // namespace slimline
