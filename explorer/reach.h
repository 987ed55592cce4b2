#pragma once

#include <string>
#include <vector>

#include "explorer/scenario.h"

namespace slimline {

/// One change that alone brings a token's time down to a target.
struct WayToReach {
    std::string quantity{};  // "memory bandwidth", "weight format", ...
    std::string from{};      // as a person writes it: "102 GB/s", "24", "Q4_K_M"
    std::string to{};
    double change = 0;       // |log(to / from)|: by which ways are put in order; of a format, of its bits a weight
    Scenario scenario{};     // with the change made
};

/// Which single changes of device and model bring the time a token down to `target`, the smallest first. Each quantity is
/// moved at most eightfold; those that cannot do it alone are left out. Empty when the target holds already.
std::vector<WayToReach> ways_to_reach(const Scenario& scenario, Seconds target);

}  // namespace slimline
