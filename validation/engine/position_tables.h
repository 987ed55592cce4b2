#pragma once

#include <vector>

#include "archspace/architecture.h"
#include "validation/engine/model_constants.h"

namespace slimline::engine {

/// Cosines and sines of the rotations, [position][half of the rotated part of a head].
struct RopeTable {
    int half = 0;
    std::vector<float> cosine{};
    std::vector<float> sine{};
};

/// Numbers of each head that are turned by their position; 0 where positions are not said so.
int rotated_part(const Architecture& arch, const Attention& a);

/// Angles position / scale * base^(-2i / rotated); `local`: those of layers with a window.
RopeTable rope_table(int rotated, int positions, const ModelConstants& constants, bool local);

/// ALiBi's 2^(-8 (h + 1) / heads), as published for powers of two; empty where a block has none.
std::vector<float> alibi_slopes(const Architecture& arch, const Block& block);

}  // namespace slimline::engine
