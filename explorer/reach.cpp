#include "explorer/reach.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "archspace/resizing.h"
#include "base/text.h"
#include "explorer/curves.h"
#include "hwmodels/device_edits.h"

namespace slimline {

namespace {

constexpr double most_times = 8;

bool reaches(const Scenario& scenario, Seconds target)
{
    return latency(scenario).tpot <= target;
}

/// A rate of the device, raised by bisection of its logarithm to the least that does it.
std::optional<WayToReach> raise(const Scenario& at, Seconds target, const char* name, double now, double unit,
                                const char* unit_name, const std::function<Device(double)>& device_with)
{
    const auto scenario_with = [&](double value) {
        Scenario moved = at;
        moved.device = device_with(value);
        return moved;
    };
    double low = now;
    double high = now * most_times;
    if (now <= 0 || !reaches(scenario_with(high), target)) {
        return std::nullopt;
    }
    while (high / low > 1.001) {
        const double middle = std::sqrt(low * high);
        (reaches(scenario_with(middle), target) ? high : low) = middle;
    }
    return WayToReach{.quantity = name,
                      .from = significant(now / unit) + " " + unit_name,
                      .to = significant(high / unit) + " " + unit_name,
                      .change = std::log(high / now),
                      .scenario = scenario_with(high)};
}

/// A whole number of the model, lowered by `step` to the largest that does it.
std::optional<WayToReach> lower(const Scenario& at, Seconds target, const char* name, int now, int step,
                                const std::function<Architecture(int)>& arch_with)
{
    const auto scenario_with = [&](int steps) {
        Scenario moved = at;
        moved.arch = arch_with(now - steps * step);
        return moved;
    };
    const int most_steps = (now - std::max(1, int(now / most_times))) / step;
    if (most_steps < 1 || !reaches(scenario_with(most_steps), target)) {
        return std::nullopt;
    }
    int failing = 0;
    int working = most_steps;
    while (working - failing > 1) {
        const int middle = (failing + working) / 2;
        (reaches(scenario_with(middle), target) ? working : failing) = middle;
    }
    const int to = now - working * step;
    return WayToReach{.quantity = name,
                      .from = std::to_string(now),
                      .to = std::to_string(to),
                      .change = std::log(double(now) / to),
                      .scenario = scenario_with(working)};
}

/// The mix with the most bits a weight that does it.
std::optional<WayToReach> smaller_weights(const Scenario& at, Seconds target)
{
    const double now = bits_per_weight(at.arch, at.precision.weights);
    std::optional<WayToReach> best;
    for (const std::string& name : mix_names()) {
        Scenario moved = at;
        moved.precision.weights = mix_named(name);
        const double bits = bits_per_weight(at.arch, moved.precision.weights);
        const double change = std::log(now / bits);
        if (bits < now && (!best || change < best->change) && reaches(moved, target)) {
            best = {.quantity = "weight format",
                    .from = at.precision.weights.name,
                    .to = name,
                    .change = change,
                    .scenario = std::move(moved)};
        }
    }
    return best;
}

int granule(int width)
{
    return width % 256 == 0 ? 256 : width % 32 == 0 ? 32 : 1;
}

}  // namespace

std::vector<WayToReach> ways_to_reach(const Scenario& at, Seconds target)
{
    std::vector<WayToReach> ways;
    if (reaches(at, target)) {
        return ways;
    }
    const auto keep = [&](std::optional<WayToReach> way) {
        if (way) {
            ways.push_back(std::move(*way));
        }
    };
    const Backend& backend = require_backend(at.device, at.backend);
    keep(raise(at, target, "memory bandwidth", peak_bandwidth(at.device, backend).value, giga, "GB/s",
               [&](double value) { return with_bandwidth(at.device, at.backend, {value}); }));
    keep(raise(at, target, "compute rate", peak_rate(backend, Arithmetic::int8, 0).value, tera, "TOPS",
               [&](double value) { return with_compute(at.device, at.backend, {value}); }));
    keep(lower(at, target, "layers", int(at.arch.layers.size()), 1,
               [&](int value) { return with_layers(at.arch, value); }));
    if (const int width = stack_sizes(at.arch).d_ffn; width > 0) {
        keep(lower(at, target, "FFN width", width, granule(width),
                   [&](int value) { return with_ffn_width(at.arch, value); }));
    }
    keep(lower(at, target, "vocabulary", at.arch.vocabulary, std::max(1, at.arch.vocabulary / 256), [&](int value) {
        Architecture moved = at.arch;
        moved.vocabulary = value;
        return moved;
    }));
    keep(smaller_weights(at, target));
    std::ranges::stable_sort(ways, {}, &WayToReach::change);
    return ways;
}

}  // namespace slimline
