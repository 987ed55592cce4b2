#pragma once

#include <optional>
#include <span>
#include <vector>

#include "explorer/scenario.h"

namespace slimline {

/// The two latencies alone, by the closed form: predict()'s to the last few bits, in microseconds.
struct Latency {
    Seconds ttft{};
    Seconds tpot{};
};
Latency latency(const Scenario& scenario);

struct CurvePoint {
    double at = 0;
    Latency latency{};
};
using Curve = std::vector<CurvePoint>;

/// Prompts of these lengths, the rest as it is; the cache grows with them.
Curve against_prompt(const Scenario& scenario, std::span<const int> prompts);

/// A token generated behind this many others.
Curve against_context(const Scenario& scenario, std::span<const int> positions);

/// Bandwidth and compute of the backend, in bytes and FLOP a second.
Curve against_bandwidth(const Scenario& scenario, std::span<const double> bandwidths);
Curve against_compute(const Scenario& scenario, std::span<const double> int8_rates);

enum class CurvePhase : std::uint8_t { prefill, decode };

/// Where more stops paying off: the point from which on doubling what the curve runs over shortens the time by less than
/// half of what it would if nothing else counted (the slope in logarithms is -1/2). Nothing when the curve stays on one side.
std::optional<double> break_even(const Curve& curve, CurvePhase phase);

/// Numbers from `low` to `high` evenly spread over the logarithm, both ends among them.
std::vector<double> log_spaced(double low, double high, int count);

}  // namespace slimline
