#include "archspace/tensors.h"

#include <array>
#include <set>

#include <fmt/format.h>

namespace slimline {

namespace {

struct RoleRow {
    TensorRole role;
    TensorRoleInfo info;
};

using R = TensorRole;

/// GGUF's names, from llama.cpp's src/llama-arch.cpp; the RG-LRU and adapter ones are ours, as GGUF has none. Matrices
/// that llama-quantize leaves alone (tensor_allows_quantization in src/llama-quant.cpp) are marked as not quantised.
constexpr std::array<RoleRow, tensor_role_count> role_table{{
    {R::token_embedding, {"token_embd.weight", true}},
    {R::position_embedding, {"position_embd.weight"}},
    {R::embedding_norm, {"token_embd_norm.weight"}},
    {R::embedding_norm_bias, {"token_embd_norm.bias"}},
    {R::project_in, {"project_in.weight", true}},
    {R::project_out, {"project_out.weight", true}},
    {R::output_norm, {"output_norm.weight"}},
    {R::output_norm_bias, {"output_norm.bias"}},
    {R::output, {"output.weight", true}},
    {R::output_bias, {"output.bias"}},
    {R::attn_norm, {"attn_norm.weight"}},
    {R::attn_norm_bias, {"attn_norm.bias"}},
    {R::attn_q, {"attn_q.weight", true}},
    {R::attn_k, {"attn_k.weight", true}},
    {R::attn_v, {"attn_v.weight", true}},
    {R::attn_qkv, {"attn_qkv.weight", true}},
    {R::attn_q_bias, {"attn_q.bias"}},
    {R::attn_k_bias, {"attn_k.bias"}},
    {R::attn_v_bias, {"attn_v.bias"}},
    {R::attn_qkv_bias, {"attn_qkv.bias"}},
    {R::attn_q_norm, {"attn_q_norm.weight"}},
    {R::attn_k_norm, {"attn_k_norm.weight"}},
    {R::attn_output, {"attn_output.weight", true}},
    {R::attn_output_bias, {"attn_output.bias"}},
    {R::post_attn_norm, {"post_attention_norm.weight"}},
    {R::post_attn_norm_bias, {"post_attention_norm.bias"}},
    {R::latent_q_a, {"attn_q_a.weight", true}},
    {R::latent_q_a_norm, {"attn_q_a_norm.weight"}},
    {R::latent_q_b, {"attn_q_b.weight", true}},
    {R::latent_kv_a, {"attn_kv_a_mqa.weight", true}},
    {R::latent_kv_a_norm, {"attn_kv_a_norm.weight"}},
    {R::latent_kv_b, {"attn_kv_b.weight", true}},
    {R::ssm_in, {"ssm_in.weight", true}},
    {R::ssm_conv, {"ssm_conv1d.weight"}},
    {R::ssm_conv_bias, {"ssm_conv1d.bias"}},
    {R::ssm_dt_bias, {"ssm_dt.bias"}},
    {R::ssm_a, {"ssm_a"}},
    {R::ssm_d, {"ssm_d"}},
    {R::ssm_norm, {"ssm_norm.weight"}},
    {R::ssm_out, {"ssm_out.weight", true}},
    {R::ssm_beta, {"ssm_beta.weight", true}},
    {R::ssm_alpha, {"ssm_alpha.weight", true}},
    {R::ssm_gate, {"attn_gate.weight", true}},
    {R::lru_x, {"lru_x.weight", true}},
    {R::lru_x_bias, {"lru_x.bias"}},
    {R::lru_y, {"lru_y.weight", true}},
    {R::lru_y_bias, {"lru_y.bias"}},
    {R::lru_gate_in, {"lru_gate_in.weight", true}},
    {R::lru_gate_in_bias, {"lru_gate_in.bias"}},
    {R::lru_gate_a, {"lru_gate_a.weight", true}},
    {R::lru_gate_a_bias, {"lru_gate_a.bias"}},
    {R::lru_lambda, {"lru_lambda"}},
    {R::lru_out, {"lru_out.weight", true}},
    {R::lru_out_bias, {"lru_out.bias"}},
    {R::shortconv_in, {"shortconv.in_proj.weight", true}},
    {R::shortconv_conv, {"shortconv.conv.weight"}},
    {R::shortconv_out, {"shortconv.out_proj.weight", true}},
    {R::ffn_norm, {"ffn_norm.weight"}},
    {R::ffn_norm_bias, {"ffn_norm.bias"}},
    {R::router, {"ffn_gate_inp.weight"}},
    {R::ffn_gate, {"ffn_gate.weight", true}},
    {R::ffn_up, {"ffn_up.weight", true}},
    {R::ffn_down, {"ffn_down.weight", true}},
    {R::ffn_gate_bias, {"ffn_gate.bias"}},
    {R::ffn_up_bias, {"ffn_up.bias"}},
    {R::ffn_down_bias, {"ffn_down.bias"}},
    {R::shared_gate, {"ffn_gate_shexp.weight", true}},
    {R::shared_up, {"ffn_up_shexp.weight", true}},
    {R::shared_down, {"ffn_down_shexp.weight", true}},
    {R::post_ffn_norm, {"post_ffw_norm.weight"}},
    {R::post_ffn_norm_bias, {"post_ffw_norm.bias"}},
    {R::adapter_a, {"adapter_a.weight", true}},
    {R::adapter_b, {"adapter_b.weight", true}},
    {R::adapter_linear, {"adapter_linear.weight", true}},
}};

constexpr bool in_order()
{
    for (std::size_t i = 0; i < role_table.size(); ++i) {
        if (std::size_t(role_table[i].role) != i) {
            return false;
        }
    }
    return true;
}
static_assert(in_order(), "one row a role, in the enumeration's order");

bool belongs_to_experts(TensorRole role)
{
    return role == R::ffn_gate || role == R::ffn_up || role == R::ffn_down || role == R::ffn_gate_bias ||
           role == R::ffn_up_bias || role == R::ffn_down_bias;
}

bool is_ffn_norm(TensorRole role)
{
    return role == R::ffn_norm || role == R::ffn_norm_bias || role == R::post_ffn_norm || role == R::post_ffn_norm_bias;
}

bool is_global_tail(TensorRole role)
{
    return role == R::project_out || role == R::output_norm || role == R::output_norm_bias || role == R::output ||
           role == R::output_bias;
}

std::string layer_tensor_name(int layer, TensorRole role, bool experts)
{
    const std::string_view suffix = info(role).suffix;
    if (!experts || !belongs_to_experts(role)) {
        return fmt::format("blk.{}.{}", layer, suffix);
    }
    const std::size_t dot = suffix.find('.');
    return fmt::format("blk.{}.{}_exps{}", layer, suffix.substr(0, dot), suffix.substr(dot));
}

/// The tensors that layer `layer` brings along; `first` says whether it is the first of its block.
template <class Sink>
void for_each_layer_tensor(const Architecture& arch, const Block& block, bool first, Sink&& sink)
{
    if (first || block.sharing != Sharing::block) {
        for_each_mixer_tensor(block, arch.norm, arch.d_model, sink);
    }
    if (first || block.sharing == Sharing::none) {
        for_each_ffn_tensor(block, arch.norm, arch.d_model, sink);
    } else if (block.sharing == Sharing::ffn && block.ffn) {
        // The FFN is one for all layers, its norms are not (MobiLlama).
        for_each_ffn_tensor(block, arch.norm, arch.d_model,
                            [&](TensorRole role, double columns, double rows, double count) {
                                if (is_ffn_norm(role)) {
                                    sink(role, columns, rows, count);
                                }
                            });
    }
    for_each_adapter_tensor(block, arch.d_model, sink);
}

}  // namespace

const TensorRoleInfo& info(TensorRole role)
{
    return role_table[std::size_t(role)].info;
}

std::vector<Tensor> tensors(const Architecture& arch)
{
    std::vector<Tensor> all;
    std::vector<Tensor> tail;
    for_each_global_tensor(arch, [&](TensorRole role, double columns, double rows, double count) {
        (is_global_tail(role) ? tail : all).push_back({std::string(info(role).suffix), role, -1, columns, rows, count});
    });
    std::set<int> seen;
    for (std::size_t i = 0; i < arch.layers.size(); ++i) {
        const Block& block = arch.block_of(i);
        const bool experts = block.ffn && block.ffn->experts > 0;
        for_each_layer_tensor(
            arch, block, seen.insert(arch.layers[i]).second,
            [&](TensorRole role, double columns, double rows, double count) {
                all.push_back({layer_tensor_name(int(i), role, experts), role, int(i), columns, rows, count});
            });
    }
    all.insert(all.end(), tail.begin(), tail.end());
    return all;
}

}  // namespace slimline
