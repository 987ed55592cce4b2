#include "explorer/rate_move.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

constexpr double of_rounding = 1e-11;  // relative; of a slider's values, which devices keep as twelve digits of a unit

std::vector<double*> rates_of(Device& device)
{
    std::vector<double*> rates{&device.memory.bandwidth.value};
    for (Backend& backend : device.backends) {
        rates.push_back(&backend.bandwidth.value);
        for (FlopsPerSecond& peak : backend.peak) {
            rates.push_back(&peak.value);
        }
        for (CoreCluster& cluster : backend.clusters) {
            rates.push_back(&cluster.clock_hz);
            rates.push_back(&cluster.int8_macs_per_cycle);
        }
        for (Cache& cache : backend.caches) {
            rates.push_back(&cache.bandwidth.value);
        }
        for (BandwidthPoint& point : backend.bandwidth_by_working_set) {
            rates.push_back(&point.bandwidth.value);
        }
    }
    return rates;
}

/// What is for people only, and a slider may rewrite.
void forget_names(Device& device)
{
    device.id.clear();
    device.name.clear();
    device.note.clear();
    device.unverified.clear();
    device.sources.clear();
}

bool same(double a, double b)
{
    return std::abs(a - b) <= of_rounding * std::max(std::abs(a), std::abs(b));
}

}  // namespace

std::optional<RateMove> rate_move(const Scenario& from, const Scenario& to)
{
    const bool same_run = from.backend == to.backend && from.engine == to.engine && from.workload == to.workload &&
                          from.calibration == to.calibration;
    Device a = from.device;
    Device b = to.device;
    const std::vector<double*> before = rates_of(a);
    const std::vector<double*> after = rates_of(b);
    if (!same_run || before.size() != after.size()) {
        return std::nullopt;
    }
    RateMove move{std::vector<bool>(before.size()), 1};
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (same(*before[i], *after[i])) {
            *after[i] = *before[i];
            continue;
        }
        const double factor = *after[i] / *before[i];
        const bool first = std::ranges::find(move.moved, true) == move.moved.end();
        if (!(factor > 0) || !std::isfinite(factor) || !(first || same(factor, move.factor))) {
            return std::nullopt;
        }
        move.factor = first ? factor : move.factor;
        move.moved[i] = true;
        *after[i] = *before[i];
    }
    forget_names(a);
    forget_names(b);
    return a == b ? std::optional(move) : std::nullopt;
}

Scenario moved(Scenario scenario, const RateMove& move)
{
    const std::vector<double*> rates = rates_of(scenario.device);
    for (std::size_t i = 0; i < std::min(rates.size(), move.moved.size()); ++i) {
        *rates[i] *= move.moved[i] ? move.factor : 1;
    }
    return scenario;
}

bool times_follow_rates(const Scenario& scenario)
{
    const Calibration& c = scenario.calibration;
    const bool more_than_its_speed = std::ranges::any_of(c.weight_cache_use, [](double use) { return use > 1; });
    return c.serial_share >= 0 && c.serial_share <= 1 && (!c.working_set_cost.empty() || !more_than_its_speed);
}

}  // namespace slimline
