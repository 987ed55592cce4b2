#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"

namespace slimline {

/// What a law may read of a design. Of a mixture of experts, parameters are those that one token uses.
enum class LawInput : std::uint8_t {
    parameters,                // by the law's own convention
    all_parameters,            // with embeddings; a tied table once
    non_embedding_parameters,  // without token table, position table and head
    tokens,                    // of training
    tokens_per_parameter,
    width,  // d_model
    depth,  // layers, each run of a repeated one
    aspect_ratio,
    ffn_ratio,            // hidden widths of the FFN that one token uses, over d_model; mean of the layers
    mlp_attention_ratio,  // parameters of the FFNs over those of attention
    query_width,          // heads times head size; mean of the attention layers
    kv_width,
    gqa,  // query heads a KV head
    vocabulary,
    vocabulary_parameters,  // of one token table
    experts,                // 1: dense
    activation_rate,        // active experts over experts
    weight_bits,            // while training; infinite: full precision
    activation_bits,
    kv_bits,
    post_bits,  // of the weights, quantised after training; infinite: not at all
    group,      // numbers that share a scale
};
inline constexpr std::size_t law_input_count = std::size_t(LawInput::group) + 1;

std::string_view word(LawInput input);
/// In the order of the enumerators: what a formula of a person's own law may name.
const std::vector<std::string>& law_input_names();
std::span<const std::pair<std::string_view, LawInput>> law_input_words();

enum class ParameterBasis : std::uint8_t { all, non_embedding };

/// One number for each input. Unknown ones are NaN, bits that nobody set are infinite.
struct LawInputs {
    std::array<double, law_input_count> values = unknown();
    std::string format;  // name of the weight mix, "" for the trained weights
    bool importance_matrix = false;
    double format_bits = 0;  // of its main format

    double& operator[](LawInput input) { return values[std::size_t(input)]; }
    double operator[](LawInput input) const { return values[std::size_t(input)]; }

    static std::array<double, law_input_count> unknown();
};

/// Sets what follows from other inputs and is not known yet: parameters by the basis, ratios, the aspect.
void derive(LawInputs& inputs, ParameterBasis basis);

/// A design as laws see it. What the architecture has not (attention in a pure state-space model) stays NaN.
LawInputs law_inputs(const Architecture& arch, double tokens, const WeightMix& mix);

}  // namespace slimline
