#pragma once

#include <string>
#include <vector>

#include "validation/probe.h"

namespace slimline {

/// Cores of one kind, as the operating system tells them apart.
struct CoreGroup {
    std::vector<int> cores{};
    double clock_hz = 0;  // the highest; 0: it does not say
    double capacity = 0;  // what the system thinks of their speed, in a unit of its own; 0: it does not say
    bool operator==(const CoreGroup&) const = default;
};

/// Groups of cores, the fastest first: cores whose capacity (cpu_capacity where the system tells it, else the highest clock)
/// is within a tenth of the group's fastest belong together, since cores of one kind are sold with slightly different clocks.
/// One group of all cores where nothing tells them apart.
std::vector<CoreGroup> core_groups(const System& system);

/// The numbers of the cores that are meant.
std::vector<int> cores_of(const System& system);

/// "0-3,6"
std::string core_list(const std::vector<int>& cores);

}  // namespace slimline
