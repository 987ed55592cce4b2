#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/architecture.h"

namespace slimline {

/// Every weight tensor a model can have; GGUF's name of it is in tensor_role_info.
enum class TensorRole : std::uint8_t {
    token_embedding,
    position_embedding,
    embedding_norm,
    embedding_norm_bias,
    project_in,
    project_out,
    output_norm,
    output_norm_bias,
    output,
    output_bias,
    attn_norm,
    attn_norm_bias,
    attn_q,
    attn_k,
    attn_v,
    attn_qkv,
    attn_q_bias,
    attn_k_bias,
    attn_v_bias,
    attn_qkv_bias,
    attn_q_norm,
    attn_k_norm,
    attn_output,
    attn_output_bias,
    post_attn_norm,
    post_attn_norm_bias,
    latent_q_a,
    latent_q_a_norm,
    latent_q_b,
    latent_kv_a,
    latent_kv_a_norm,
    latent_kv_b,
    ssm_in,
    ssm_conv,
    ssm_conv_bias,
    ssm_dt_bias,
    ssm_a,
    ssm_d,
    ssm_norm,
    ssm_out,
    ssm_beta,
    ssm_alpha,
    ssm_gate,
    lru_x,
    lru_x_bias,
    lru_y,
    lru_y_bias,
    lru_gate_in,
    lru_gate_in_bias,
    lru_gate_a,
    lru_gate_a_bias,
    lru_lambda,
    lru_out,
    lru_out_bias,
    shortconv_in,
    shortconv_conv,
    shortconv_out,
    ffn_norm,
    ffn_norm_bias,
    router,
    ffn_gate,
    ffn_up,
    ffn_down,
    ffn_gate_bias,
    ffn_up_bias,
    ffn_down_bias,
    shared_gate,
    shared_up,
    shared_down,
    post_ffn_norm,
    post_ffn_norm_bias,
    adapter_a,
    adapter_b,
    adapter_linear,
};
inline constexpr std::size_t tensor_role_count = std::size_t(TensorRole::adapter_linear) + 1;

struct TensorRoleInfo {
    std::string_view suffix;  // GGUF name without "blk.N."; with ".weight" or ".bias"
    bool quantised = false;   // a matrix that a weight mix may quantise; the others stay F32
};
const TensorRoleInfo& info(TensorRole role);

/// A tensor of a model: `count` matrices (experts) of `rows` rows of `columns` numbers. layer is -1 outside the stack.
struct Tensor {
    std::string name;
    TensorRole role{};
    int layer = -1;
    double columns = 0;
    double rows = 1;
    double count = 1;

    double elements() const { return columns * rows * count; }
};

/// All weight tensors, in the order of the model; a shared tensor stands once, with the first layer that uses it.
std::vector<Tensor> tensors(const Architecture& arch);

namespace detail {

template <class Sink>
void emit_norm(NormKind kind, TensorRole weight, TensorRole bias, double width, Sink&& sink)
{
    if (kind != NormKind::layer_no_parameters) {
        sink(weight, width, 1.0, 1.0);
    }
    if (kind == NormKind::layer) {
        sink(bias, width, 1.0, 1.0);
    }
}

template <class Sink>
void emit_attention(const Attention& a, double d, Sink&& sink)
{
    const double in = a.input_width == 0 ? d : a.input_width;
    const double q = a.projected_query_width();
    const double kv = a.kv_width();
    if (a.fused_qkv) {
        sink(TensorRole::attn_qkv, in, q + 2 * kv, 1.0);
    } else {
        sink(TensorRole::attn_q, in, q, 1.0);
        sink(TensorRole::attn_k, in, kv, 1.0);
        sink(TensorRole::attn_v, in, kv, 1.0);
    }
    if (a.q_bias && a.fused_qkv) {
        sink(TensorRole::attn_qkv_bias, q + 2 * kv, 1.0, 1.0);
    } else if (a.q_bias) {
        sink(TensorRole::attn_q_bias, q, 1.0, 1.0);
        sink(TensorRole::attn_k_bias, kv, 1.0, 1.0);
        sink(TensorRole::attn_v_bias, kv, 1.0, 1.0);
    }
    if (a.qk_norm == QkNorm::per_head || a.qk_norm == QkNorm::full_width) {
        const bool per_head = a.qk_norm == QkNorm::per_head;
        sink(TensorRole::attn_q_norm, per_head ? a.head_dim : double(a.query_width()), 1.0, 1.0);
        sink(TensorRole::attn_k_norm, per_head ? a.head_dim : kv, 1.0, 1.0);
    }
    sink(TensorRole::attn_output, a.query_width(), d, 1.0);
    if (a.out_bias) {
        sink(TensorRole::attn_output_bias, d, 1.0, 1.0);
    }
}

template <class Sink>
void emit_latent_attention(const LatentAttention& a, double d, Sink&& sink)
{
    const double head = a.nope_dim + a.rope_dim;
    if (a.q_rank > 0) {
        sink(TensorRole::latent_q_a, d, a.q_rank, 1.0);
        sink(TensorRole::latent_q_a_norm, a.q_rank, 1.0, 1.0);
    }
    sink(a.q_rank > 0 ? TensorRole::latent_q_b : TensorRole::attn_q, a.q_rank > 0 ? a.q_rank : d, a.heads * head, 1.0);
    sink(TensorRole::latent_kv_a, d, a.kv_rank + a.rope_dim, 1.0);
    sink(TensorRole::latent_kv_a_norm, a.kv_rank, 1.0, 1.0);
    sink(TensorRole::latent_kv_b, a.kv_rank, double(a.heads) * (a.nope_dim + a.v_dim), 1.0);
    sink(TensorRole::attn_output, double(a.heads) * a.v_dim, d, 1.0);
}

template <class Sink>
void emit_mamba2(const Mamba2& m, double d, Sink&& sink)
{
    const double inner = m.inner_width();
    const double conv = m.conv_width();
    sink(TensorRole::ssm_in, d, inner + conv + m.heads, 1.0);
    sink(TensorRole::ssm_conv, m.conv_kernel, conv, 1.0);
    if (m.conv_bias) {
        sink(TensorRole::ssm_conv_bias, conv, 1.0, 1.0);
    }
    sink(TensorRole::ssm_dt_bias, m.heads, 1.0, 1.0);
    sink(TensorRole::ssm_a, m.heads, 1.0, 1.0);
    sink(TensorRole::ssm_d, m.heads, 1.0, 1.0);
    sink(TensorRole::ssm_norm, inner, 1.0, 1.0);
    sink(TensorRole::ssm_out, inner, d, 1.0);
}

template <class Sink>
void emit_rg_lru(const RgLru& r, double d, Sink&& sink)
{
    const double w = r.width;
    const double block = w / r.gate_blocks;
    const auto linear = [&](TensorRole weight, TensorRole bias, double in, double out, double count) {
        sink(weight, in, out, count);
        if (r.bias) {
            sink(bias, out * count, 1.0, 1.0);
        }
    };
    linear(TensorRole::lru_x, TensorRole::lru_x_bias, d, w, 1.0);
    linear(TensorRole::lru_y, TensorRole::lru_y_bias, d, w, 1.0);
    sink(TensorRole::ssm_conv, r.conv_kernel, w, 1.0);
    sink(TensorRole::ssm_conv_bias, w, 1.0, 1.0);
    linear(TensorRole::lru_gate_in, TensorRole::lru_gate_in_bias, block, block, r.gate_blocks);
    linear(TensorRole::lru_gate_a, TensorRole::lru_gate_a_bias, block, block, r.gate_blocks);
    sink(TensorRole::lru_lambda, w, 1.0, 1.0);
    linear(TensorRole::lru_out, TensorRole::lru_out_bias, w, d, 1.0);
}

template <class Sink>
void emit_short_conv(const ShortConv& c, double d, Sink&& sink)
{
    sink(TensorRole::shortconv_in, d, 3 * d, 1.0);
    sink(TensorRole::shortconv_conv, c.kernel, d, 1.0);
    sink(TensorRole::shortconv_out, d, d, 1.0);
}

template <class Sink>
void emit_gated_delta_net(const GatedDeltaNet& g, double d, Sink&& sink)
{
    const double conv = 2.0 * g.key_width() + g.value_width();
    sink(TensorRole::attn_qkv, d, conv, 1.0);  // GGUF's name for it, and llama-quantize treats it as such
    sink(TensorRole::ssm_gate, d, g.value_width(), 1.0);
    sink(TensorRole::ssm_beta, d, g.value_heads, 1.0);
    sink(TensorRole::ssm_alpha, d, g.value_heads, 1.0);
    sink(TensorRole::ssm_conv, g.conv_kernel, conv, 1.0);
    sink(TensorRole::ssm_dt_bias, g.value_heads, 1.0, 1.0);
    sink(TensorRole::ssm_a, g.value_heads, 1.0, 1.0);
    sink(TensorRole::ssm_norm, g.value_dim, 1.0, 1.0);
    sink(TensorRole::ssm_out, g.value_width(), d, 1.0);
}

template <class Sink>
void emit_mixer(const Mixer& mixer, double d, Sink&& sink)
{
    if (const auto* attention = std::get_if<Attention>(&mixer)) {
        emit_attention(*attention, d, sink);
    } else if (const auto* latent = std::get_if<LatentAttention>(&mixer)) {
        emit_latent_attention(*latent, d, sink);
    } else if (const auto* mamba = std::get_if<Mamba2>(&mixer)) {
        emit_mamba2(*mamba, d, sink);
    } else if (const auto* lru = std::get_if<RgLru>(&mixer)) {
        emit_rg_lru(*lru, d, sink);
    } else if (const auto* conv = std::get_if<ShortConv>(&mixer)) {
        emit_short_conv(*conv, d, sink);
    } else if (const auto* delta = std::get_if<GatedDeltaNet>(&mixer)) {
        emit_gated_delta_net(*delta, d, sink);
    }
}

template <class Sink>
void emit_ffn(const Ffn& f, double d, Sink&& sink)
{
    const double count = f.experts == 0 ? 1 : f.experts;
    if (f.experts > 0) {
        sink(TensorRole::router, d, f.experts, 1.0);
    }
    if (f.gated && !f.fused_gate_up) {
        sink(TensorRole::ffn_gate, d, f.width, count);
    }
    sink(TensorRole::ffn_up, d, double(f.width) * (f.gated && f.fused_gate_up ? 2 : 1), count);
    sink(TensorRole::ffn_down, f.width, d, count);
    if (f.bias) {
        if (f.gated) {
            sink(TensorRole::ffn_gate_bias, f.width, 1.0, count);
        }
        sink(TensorRole::ffn_up_bias, f.width, 1.0, count);
        sink(TensorRole::ffn_down_bias, d, 1.0, count);
    }
    if (f.shared_width > 0) {
        if (f.gated) {
            sink(TensorRole::shared_gate, d, f.shared_width, 1.0);
        }
        sink(TensorRole::shared_up, d, f.shared_width, 1.0);
        sink(TensorRole::shared_down, f.shared_width, d, 1.0);
    }
}

}  // namespace detail

/// The mixer's half of a block: its norms and tensors as sink(role, columns, rows, count), without allocation.
template <class Sink>
void for_each_mixer_tensor(const Block& block, NormKind norm, double d_model, Sink&& sink)
{
    const auto* attention = std::get_if<Attention>(&block.mixer);
    const double input = attention != nullptr && attention->input_width > 0 ? attention->input_width : d_model;
    if (block.norms.before_mixer) {
        detail::emit_norm(norm, TensorRole::attn_norm, TensorRole::attn_norm_bias, input, sink);
    }
    detail::emit_mixer(block.mixer, d_model, sink);
    if (block.norms.after_mixer) {
        detail::emit_norm(norm, TensorRole::post_attn_norm, TensorRole::post_attn_norm_bias, d_model, sink);
    }
}

/// The FFN's half of a block.
template <class Sink>
void for_each_ffn_tensor(const Block& block, NormKind norm, double d_model, Sink&& sink)
{
    if (!block.ffn) {
        return;
    }
    if (block.norms.before_ffn) {
        detail::emit_norm(norm, TensorRole::ffn_norm, TensorRole::ffn_norm_bias, d_model, sink);
    }
    detail::emit_ffn(*block.ffn, d_model, sink);
    if (block.norms.after_ffn) {
        detail::emit_norm(norm, TensorRole::post_ffn_norm, TensorRole::post_ffn_norm_bias, d_model, sink);
    }
}

/// What each use of a shared block adds of its own.
template <class Sink>
void for_each_adapter_tensor(const Block& block, double d_model, Sink&& sink)
{
    if (block.adapter.lora_rank > 0 && block.ffn) {
        const double out = double(block.ffn->width) * (block.ffn->gated ? 2 : 1);
        sink(TensorRole::adapter_a, d_model, block.adapter.lora_rank, 1.0);
        sink(TensorRole::adapter_b, block.adapter.lora_rank, out, 1.0);
    }
    if (block.adapter.linear) {
        sink(TensorRole::adapter_linear, d_model, d_model, 1.0);
    }
}

/// Embeddings, final norm and head.
template <class Sink>
void for_each_global_tensor(const Architecture& arch, Sink&& sink)
{
    const double d = arch.d_model;
    const double e = arch.head_input_width();
    sink(TensorRole::token_embedding, e, arch.vocabulary, 1.0);
    if (arch.learned_positions > 0) {
        sink(TensorRole::position_embedding, d, arch.learned_positions, 1.0);
    }
    if (arch.embedding_norm) {
        detail::emit_norm(arch.norm, TensorRole::embedding_norm, TensorRole::embedding_norm_bias, d, sink);
    }
    if (arch.embedding_width != 0 && arch.embedding_width != arch.d_model) {
        sink(TensorRole::project_in, e, d, 1.0);
        sink(TensorRole::project_out, d, e, 1.0);
    }
    if (arch.final_norm) {
        detail::emit_norm(arch.norm, TensorRole::output_norm, TensorRole::output_norm_bias, d, sink);
    }
    if (!arch.tied_embeddings) {
        sink(TensorRole::output, e, arch.vocabulary, 1.0);
    }
    if (arch.head_bias) {
        sink(TensorRole::output_bias, arch.vocabulary, 1.0, 1.0);
    }
}

}  // namespace slimline
