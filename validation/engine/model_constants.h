#pragma once

#include <vector>

namespace slimline::engine {

/// What changes a model's logits but neither its speed nor its memory. As it stands: a model with random weights.
struct ModelConstants {
    double norm_epsilon = 1e-5;
    double rope_base = 10000;
    double local_rope_base = 10000;         // of layers with a window
    double rope_scale = 1;                  // positions are divided by it, but in layers with a window
    std::vector<double> rope_factors{};     // angles are divided by them; empty: none
    bool adjacent_pairs = false;            // rotations turn numbers 2i and 2i+1, not i and i + half
    bool windows = true;                    // sliding windows are heeded
    double embedding_scale = 1;             // of the token's vector
    double residual_scale = 1;              // of what mixer and FFN add to the stream
    double logit_scale = 1;
    double attention_scale = 0;             // of the scores; 0: 1/sqrt(head_dim)
    bool softmax_of_chosen = true;          // experts' weights add up to 1
};

}  // namespace slimline::engine
