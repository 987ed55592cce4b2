#pragma once

#include <vector>

#include "validation/engine/kv_cache.h"

namespace slimline::engine {

/// Some query heads of some consecutive tokens of one sequence against the keys of one KV head.
struct AttentionTile {
    const KvCache* cache = nullptr;
    int sequence = 0;
    int kv_head = 0;
    int first_position = 0;  // of the first token
    int tokens = 1;
    int heads = 1;
    const float* queries = nullptr;  // [token][head][head_dim], tokens `query_stride` apart
    float* out = nullptr;            // likewise
    std::size_t query_stride = 0;
    std::size_t out_stride = 0;
    int window = 0;      // 0: all positions
    double softcap = 0;  // 0: none
    double scale = 0;    // of the scores; 0: 1/sqrt(head_dim)
    const float* slopes = nullptr;  // ALiBi's, one a head; null: none
};

/// What a thread needs to attend; grows as needed and is used again.
struct AttentionScratch {
    std::vector<float> queries;
    std::vector<kernels::Activation32> rounded;
    std::vector<float> scores;
    std::vector<float> weighted;
    std::vector<float> out;
};

/// Softmax attention over the positions that each token may see. Scores of a tile are held whole: no online softmax.
void attend(const kernels::KernelTable& table, const AttentionTile& tile, AttentionScratch& scratch);

}  // namespace slimline::engine
