#include "validation/placement.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>

#include "base/errors.h"
#include "base/numbers.h"
#include "base/units.h"

namespace slimline {

namespace {

constexpr double as_good = 0.98;
constexpr std::size_t most_groups = 8;
constexpr double most_ways = 1e5;

using Threads = std::vector<int>;
using Rate = std::function<double(const Threads&)>;

int sum_of(const Threads& threads)
{
    int sum = 0;
    for (const int each : threads) {
        sum += each;
    }
    return sum;
}

/// Every number of threads on each group; where those are too many, none or all but in one group.
std::vector<Threads> ways(std::span<const GroupRates> groups)
{
    double count = 1;
    for (const GroupRates& each : groups) {
        count *= double(each.group.cores.size()) + 1;
    }
    std::vector<Threads> all{Threads{}};
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const int cores = int(groups[g].group.cores.size());
        const int step = count <= most_ways || g == 0 ? 1 : cores;
        std::vector<Threads> longer;
        for (const Threads& way : all) {
            for (int n = 0; n <= cores; n += step) {
                longer.push_back(way);
                longer.back().push_back(n);
            }
        }
        all = std::move(longer);
    }
    return all;
}

double slowest(std::span<const GroupRates> groups, const Threads& threads,
               const std::function<double(const GroupRates&, int)>& rate)
{
    double least = infinite;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        if (threads[g] > 0) {
            least = std::min(least, rate(groups[g], threads[g]));
        }
    }
    return least;
}

Placement best_of(std::span<const GroupRates> groups, const std::vector<Threads>& all, const Rate& rate)
{
    double best = 0;
    for (const Threads& way : all) {
        best = sum_of(way) > 0 ? std::max(best, rate(way)) : best;
    }
    Placement placement;
    int fewest = std::numeric_limits<int>::max();
    for (const Threads& way : all) {
        const int count = sum_of(way);
        if (count == 0 || rate(way) < as_good * best) {
            continue;
        }
        if (count < fewest ||
            (count == fewest && rate(way) >= placement.rate)) {  // of equal ones that on the fastest cores
            fewest = count;
            placement.threads = way;
            placement.rate = rate(way);
        }
    }
    for (std::size_t g = 0; g < placement.threads.size(); ++g) {
        const std::vector<int>& cores = groups[g].group.cores;
        placement.cores.insert(placement.cores.end(), cores.begin(), cores.begin() + placement.threads[g]);
    }
    return placement;
}

}  // namespace

PlacementAdvice placement_advice(std::span<const GroupRates> groups, double memory)
{
    assert(groups.size() <= most_groups);
    const std::vector<Threads> all = ways(groups);
    const auto compute = [&](const Threads& threads) {
        return sum_of(threads) * slowest(groups, threads, [](const GroupRates& g, int) { return g.core_compute; });
    };
    const auto reading = [&](const Threads& threads) {
        const double rate = sum_of(threads) * slowest(groups, threads, [](const GroupRates& g, int n) {
                                return std::min(g.core_bandwidth, g.bandwidth / n);
                            });
        return memory > 0 ? std::min(rate, memory) : rate;
    };
    return {.decode = best_of(groups, all, reading), .prefill = best_of(groups, all, compute)};
}

std::vector<GroupRates> measured_groups(const System& system, const Watcher& watcher)
{
    constexpr double more_than_caches = 256 * MiB;
    std::vector<GroupRates> rates;
    for (const CoreGroup& group : core_groups(system)) {
        if (watcher.cancelled() || rates.size() == most_groups) {
            break;
        }
        watcher.progress("cores " + core_list(group.cores), 0.9);
        const std::vector<int> one{group.cores.front()};
        try {
            rates.push_back({.group = group,
                             .core_compute = system.products_on(one),
                             .core_bandwidth = system.read_bandwidth_on(more_than_caches, one),
                             .bandwidth = system.read_bandwidth_on(more_than_caches, group.cores)});
        } catch (const InputError&) {  // switched off, or kept from us
        }
    }
    return rates;
}

}  // namespace slimline
