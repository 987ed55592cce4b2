#include "simulator/operators.h"

#include <array>

namespace slimline {

std::string_view name(OperatorKind kind)
{
    static constexpr std::array<std::string_view, operator_kind_count> names{
        "embedding", "position_embedding", "embedding_norm", "project_in",
        "attn_norm", "attn_q", "attn_k", "attn_v", "attn_qkv", "qk_norm", "rope", "kv_write",
        "attention", "attn_scores", "attn_softmax", "attn_weighted_sum", "attn_gate", "attn_output", "post_attn_norm",
        "attn_residual",
        "latent_q_a", "latent_q_b", "latent_kv_a", "latent_kv_b", "latent_norm",
        "mixer_in", "mixer_gates", "mixer_conv", "mixer_scan", "mixer_norm", "mixer_out",
        "ffn_norm", "router", "ffn_gate", "ffn_up", "ffn_activation", "ffn_down", "shared_gate", "shared_up",
        "shared_down",
        "adapter", "post_ffn_norm", "ffn_residual",
        "output_norm", "project_out", "head"};
    return names[std::size_t(kind)];
}

std::string_view word(KernelClass kernel)
{
    static constexpr std::array<std::string_view, kernel_class_count> words{
        "mat_vec", "mat_mat", "attention_vec", "attention_mat", "elementwise", "gather", "recurrent"};
    return words[std::size_t(kernel)];
}

std::string_view word(Bound bound)
{
    static constexpr std::array<std::string_view, 3> words{"memory", "compute", "overhead"};
    return words[std::size_t(bound)];
}

}  // namespace slimline
