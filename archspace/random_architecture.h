#pragma once

#include <cstdint>
#include <vector>

#include "archspace/architecture.h"

namespace slimline {

/// Decoders of different shapes and nearly equal parameter counts (within 2 %), drawn from a seed: depth, width, heads and
/// their size, KV heads, FFN width, gate, vocabulary and tying vary. The same on every machine.
std::vector<Architecture> random_architectures(int count, double parameters, std::uint64_t seed);

}  // namespace slimline
