#pragma once

#include <algorithm>
#include <chrono>

namespace slimline {

/// Seconds of the fastest of several runs. To be compared with another of the same test only: a machine that is slow or
/// busy is so for both.
template <class Work>
double best_of(Work&& work, int runs = 7)
{
    double best = 1e9;
    for (int i = 0; i < runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

}  // namespace slimline
