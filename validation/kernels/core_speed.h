#pragma once

#include <algorithm>
#include <span>
#include <vector>

namespace slimline::kernels {

/// What an operating system says of a core; 0 where it does not.
struct CoreSpeed {
    double capacity = 0;  // what it thinks of the speed, in a unit of its own
    double clock_hz = 0;  // the highest
};

/// Numbers by which cores compare: their capacities where all have one, else their clocks where all have one, else none.
inline std::vector<double> comparable_speeds(std::span<const CoreSpeed> cores)
{
    for (double CoreSpeed::*const number : {&CoreSpeed::capacity, &CoreSpeed::clock_hz}) {
        if (std::ranges::all_of(
                cores, [](double told) { return told > 0; }, number)) {
            std::vector<double> speeds(cores.size());
            std::ranges::transform(
                cores, speeds.begin(), [](double told) { return told; }, number);
            return speeds;
        }
    }
    return {};
}

}  // namespace slimline::kernels
