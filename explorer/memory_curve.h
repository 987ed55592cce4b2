#pragma once

#include <span>
#include <vector>

#include "explorer/scenario.h"

namespace slimline {

/// Memory with the KV cache allocated for this many positions.
struct MemoryAtContext {
    double context = 0;
    MemoryPlan memory{};
};

/// The scenario's memory at each of the contexts, all else as it is.
std::vector<MemoryAtContext> memory_against_context(const Scenario& scenario, std::span<const int> contexts);

/// The longest context whose memory fits; 0 when none does, -1 when the device's memory is not known.
int longest_context(const Scenario& scenario);

}  // namespace slimline
