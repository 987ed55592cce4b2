#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "archspace/weight_format.h"
#include "base/units.h"
#include "hwmodels/calibration.h"
#include "simulator/prediction.h"

namespace slimline {

/// What a pass is made of. Names are those of the report and of DOT exports.
enum class OperatorKind : std::uint8_t {
    embedding, position_embedding, embedding_norm, project_in,
    attn_norm, attn_q, attn_k, attn_v, attn_qkv, qk_norm, rope, kv_write,
    attention, attn_scores, attn_softmax, attn_weighted_sum, attn_gate, attn_output, post_attn_norm, attn_residual,
    latent_q_a, latent_q_b, latent_kv_a, latent_kv_b, latent_norm,
    mixer_in, mixer_gates, mixer_conv, mixer_scan, mixer_norm, mixer_out,
    ffn_norm, router, ffn_gate, ffn_up, ffn_activation, ffn_down, shared_gate, shared_up, shared_down,
    adapter, post_ffn_norm, ffn_residual,
    output_norm, project_out, head,
};
inline constexpr std::size_t operator_kind_count = std::size_t(OperatorKind::head) + 1;

std::string_view name(OperatorKind kind);

/// Products and gathers move activations at the plain rate (`other`).
constexpr ActivationKernel activation_kernel(OperatorKind kind)
{
    switch (kind) {
        case OperatorKind::embedding_norm:
        case OperatorKind::attn_norm:
        case OperatorKind::qk_norm:
        case OperatorKind::post_attn_norm:
        case OperatorKind::latent_norm:
        case OperatorKind::mixer_norm:
        case OperatorKind::ffn_norm:
        case OperatorKind::post_ffn_norm:
        case OperatorKind::output_norm: return ActivationKernel::norm;
        case OperatorKind::attn_residual:
        case OperatorKind::ffn_residual: return ActivationKernel::residual;
        case OperatorKind::rope: return ActivationKernel::rotation;
        case OperatorKind::kv_write: return ActivationKernel::kv_write;
        case OperatorKind::ffn_activation: return ActivationKernel::activation;
        case OperatorKind::attention:
        case OperatorKind::attn_scores:
        case OperatorKind::attn_softmax:
        case OperatorKind::attn_weighted_sum: return ActivationKernel::attention;
        default: return ActivationKernel::other;
    }
}
std::string_view word(KernelClass kernel);
std::string_view word(Bound bound);

/// Work of one operator, once. Bytes are main-memory traffic by what they carry.
struct OperatorCost {
    OperatorKind kind{};
    KernelClass kernel = KernelClass::elementwise;
    Format format = Format::f32;  // of the weights, where there are any
    double count = 1;             // times it runs in the pass (layers of its kind)
    double launches = 1;          // kernels it takes each time
    double flops = 0;
    double weight_bytes = 0;
    double kv_bytes = 0;
    double activation_bytes = 0;
    double rows = 1;              // that each matrix of a product, or each cached key, meets
    double padding = 1;           // flops that kernels of many rows execute over flops that are needed (whole tiles)
    double output_bytes = 0;      // of the activation it leaves for others
    double attention_rows = 0;    // tokens times query heads, of the kernel that has the softmax
    double attention_scores = 0;  // of that kernel: positions that a token and query head attends to, over all of them
    double kv_rows = 0;           // keys and values that lie apart (rows_apart()); kernels of few rows
    double head_group = 1;        // query heads a KV head
    double head_size = 0;         // of attention kernels, whose speed depends on it
};

/// What of a prompt's last layer runs only for the rows whose logits are wanted: llama.cpp drops the others after the
/// attention's output projection, our int4 engine before it.
enum class LastLayer : std::uint8_t { whole, ffn_for_outputs, projection_and_ffn_for_outputs };

inline LastLayer last_layer_of(Engine engine)
{
    switch (engine) {
        case Engine::llama_cpp: return LastLayer::ffn_for_outputs;
        case Engine::int4: return LastLayer::projection_and_ffn_for_outputs;
        case Engine::datasheet: return LastLayer::whole;
    }
    return LastLayer::whole;
}

/// One pass of the model: `new_tokens` of each of `sequences`, after `past` positions that are already in the cache.
struct PassShape {
    double sequences = 1;
    double new_tokens = 1;
    double past = 0;
    double output_rows = 1;     // rows that reach the head, over all sequences
    LastLayer last_layer = LastLayer::whole;

    double tokens() const { return sequences * new_tokens; }
    double context() const { return past + new_tokens; }
};

/// What the operators of every pass of a prediction have in common.
struct PassRules {
    double activation_bytes = 4;
    double kv_bytes = 2;            // per element, block scales included
    bool flash_attention = true;
    double mat_vec_most_rows = 8;
    double attention_vec_most_rows = 8;
    double tile_rows = 1;
    double tile_columns = 1;
};

/// n rounded up to whole tiles, over n.
inline double tile_padding(double n, double tile)
{
    return tile <= 1 || n <= 0 ? 1.0 : std::ceil(n / tile) * tile / n;
}

/// base^n by repeated squaring: the same bits everywhere it is used.
inline double integer_power(double base, long n)
{
    double result = 1;
    for (; n > 0; n >>= 1) {
        if (n & 1) {
            result *= base;
        }
        base *= base;
    }
    return result;
}

/// Experts that at least one of `tokens` tokens chooses, when each chooses `active` of `experts` evenly:
/// E (1 - (1 - K/E)^T). One token hits K of them.
inline double expert_hits(double experts, double active, double tokens)
{
    return tokens <= 1 ? active * tokens : experts * (1 - integer_power(1 - active / experts, long(tokens)));
}

/// How many keys of a position count as lying apart from their heads' next ones, of so many KV heads: the farther apart, the less
/// of them comes ahead of its need. The square was seen, with 2 to 25 heads.
inline double rows_apart(double kv_heads)
{
    return kv_heads > 1 ? (kv_heads - 1) * (kv_heads - 1) / kv_heads : 0;
}

/// Positions attended to by all new tokens of one sequence together: token i sees past + i + 1, at most `window`.
inline double attended_positions(double past, double new_tokens, double window)
{
    const double growing = window <= 0 ? new_tokens : std::clamp(window - past, 0.0, new_tokens);
    return growing * past + growing * (growing + 1) / 2 + (new_tokens - growing) * window;
}

/// Positions whose keys and values a pass reads.
inline double positions_read(double past, double new_tokens, double window)
{
    const double context = past + new_tokens;
    return window <= 0 ? context : std::min(context, window + new_tokens - 1);
}

}  // namespace slimline
