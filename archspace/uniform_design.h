#pragma once

#include <compare>

#include "archspace/architecture.h"

namespace slimline {

/// A stack of equal decoder layers, the kind of model a search enumerates: pre-norm (RMS), rotary positions, gated SiLU
/// FFN, dense or a mixture of experts.
struct UniformDesign {
    int layers = 0;
    int d_model = 0;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    int d_ffn = 0;      // of one expert when there are experts
    int vocabulary = 0;
    int experts = 0;    // 0: dense
    int active = 0;
    bool tied = true;

    auto operator<=>(const UniformDesign&) const = default;
};

/// The most layers and the largest head that the batch evaluator has tables for.
inline constexpr int most_uniform_layers = 128;
inline constexpr int largest_head = 1024;

Architecture architecture_of(const UniformDesign& design);

}  // namespace slimline
