#pragma once

#include <span>
#include <vector>

#include "validation/core_groups.h"

namespace slimline {

/// What cores of one group were measured to do.
struct GroupRates {
    CoreGroup group{};
    double core_compute = 0;    // arithmetic of one core, in any unit that all groups share
    double core_bandwidth = 0;  // bytes a second that one core reads from memory
    double bandwidth = 0;       // that all cores of the group read together
};

/// How many threads on each group, in the order of the groups.
struct Placement {
    std::vector<int> threads{};
    std::vector<int> cores{};  // on which, one thread each: the first of each group
    double rate = 0;           // of arithmetic, or bytes a second
    int count() const { return int(cores.size()); }
};

/// Where threads go best, for work that is split evenly over them, as engines do: all wait for the slowest.
struct PlacementAdvice {
    Placement
        decode{};  // bound by reading weights: n * min(core's bandwidth, its group's share), at most all memory gives
    Placement prefill{};  // bound by arithmetic: n * the slowest core's
};

/// Of all ways to use the groups, the fastest; of those within a fiftieth of it, the one with the fewest threads, which heats
/// least. `memory` is what all cores read together, 0: no limit. At most eight groups.
PlacementAdvice placement_advice(std::span<const GroupRates> groups, double memory);

/// What a placement needs to know, measured on each group: of one core and of all, reading more than caches hold and multiplying.
/// Fewer groups when cancelled; a group whose cores this program may not use is left out.
std::vector<GroupRates> measured_groups(const System& system, const Watcher& watcher);

}  // namespace slimline
