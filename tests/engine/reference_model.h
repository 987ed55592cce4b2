#pragma once

#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"

namespace slimline::engine {

/// Logits of every position of a prompt, [position][vocabulary], in double precision, straight from the definitions and
/// from the numbers that the engine's random weights stand for; keys and values are rounded to half precision, as the
/// cache does. Nothing here is shared with the engine but the weights.
std::vector<std::vector<double>> reference_logits(const Architecture& arch, const WeightMix& mix, std::uint64_t seed,
                                                  const std::vector<int>& tokens);

}  // namespace slimline::engine
