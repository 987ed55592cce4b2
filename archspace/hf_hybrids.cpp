#include <algorithm>

#include "archspace/hf_readers.h"
#include "archspace/layer_stack.h"
#include "archspace/limits.h"

namespace slimline {

namespace {

LatentAttention latent_attention(const HfFields& f)
{
    LatentAttention a;
    a.heads = f.size({"num_attention_heads"}, limits::heads);
    a.q_rank = f.size_or({"q_lora_rank"}, 0, limits::width);
    a.kv_rank = f.size({"kv_lora_rank"}, limits::width);
    a.nope_dim = f.size({"qk_nope_head_dim"}, limits::head_dim, 0);
    a.rope_dim = f.size({"qk_rope_head_dim"}, limits::head_dim, 0);
    a.v_dim =
        f.size_or({"v_head_dim"}, std::max(1, f.size({"hidden_size"}, limits::width) / a.heads), limits::head_dim, 1);
    return a;
}

void read_minicpm3(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    Block block;
    block.mixer = latent_attention(f);
    block.ffn = hf_gated_ffn(f);
    fill_layers(arch, block, hf_layer_count(f));
}

/// DeepSeek-V2 and V3: latent attention, the first layers dense, the others with routed and shared experts.
void read_deepseek(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    const int layers = hf_layer_count(f);
    Block block;
    block.mixer = latent_attention(f);
    block.ffn = hf_gated_ffn(f);
    const int experts = f.size_or({"n_routed_experts"}, 0, limits::experts);
    const int dense = experts == 0 ? layers : f.size_or({"first_k_dense_replace"}, 0, limits::layers);
    for (int i = 0; i < layers; ++i) {
        Block each = block;
        each.name = i < dense ? "dense" : "experts";
        if (i >= dense) {
            each.ffn->experts = experts;
            each.ffn->active = f.size({"num_experts_per_tok"}, limits::experts);
            each.ffn->width = f.size({"moe_intermediate_size"}, limits::ffn_width);
            const double shared = double(f.size_or({"n_shared_experts"}, 0, limits::experts)) * each.ffn->width;
            each.ffn->shared_width = int(std::min(shared, double(limits::ffn_width)));
        }
        add_layer(arch, each);
    }
}

void read_recurrent_gemma(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    arch.final_softcap = f.number_or({"logits_soft_cap"}, 0, {0, 1e6});
    const int layers = hf_layer_count(f);
    Attention attention = hf_attention(f, arch);
    attention.rope_fraction = f.number_or({"partial_rotary_factor"}, 0.5, Range::share());
    attention.window = f.size_or({"attention_window_size"}, 2048, limits::context);
    attention.q_bias = f.flag_or({"attention_bias"}, false);
    attention.out_bias = true;
    RgLru recurrent;
    recurrent.width = f.size_or({"lru_width"}, arch.d_model, limits::width, 1);
    recurrent.conv_kernel = f.size_or({"conv1d_width"}, 4, limits::kernel, 1);
    recurrent.gate_blocks = attention.heads;
    Ffn ffn = hf_gated_ffn(f);
    ffn.width = std::max(1, ffn.width / 2);  // the config counts gate and up together
    ffn.activation = Activation::gelu_tanh;
    ffn.bias = true;
    const auto pattern = f.find({"block_types", "_block_types"});
    const std::vector<std::string> types =
        pattern ? pattern->texts() : std::vector<std::string>{"recurrent", "recurrent", "attention"};
    if (types.empty()) {
        pattern->fail("has no members", "name one type at least");
    }
    for (int i = 0; i < layers; ++i) {
        Block block;
        const bool local = types[std::size_t(i) % types.size()] == "attention";
        block.name = local ? "local" : "recurrent";
        block.mixer = local ? Mixer{attention} : Mixer{recurrent};
        block.ffn = ffn;
        add_layer(arch, block);
    }
}

/// Qwen3-Next and Qwen3.5: gated delta nets, and gated attention in every `full_attention_interval`-th layer.
void read_qwen3_next(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    const int layers = hf_layer_count(f);
    Attention attention = hf_attention(f, arch);
    attention.qk_norm = QkNorm::per_head;
    attention.output_gate = f.flag_or({"attn_output_gate"}, true);
    attention.q_bias = attention.out_bias = f.flag_or({"attention_bias"}, false);
    GatedDeltaNet delta;
    delta.key_heads = f.size({"linear_num_key_heads"}, limits::heads);
    delta.value_heads = f.size({"linear_num_value_heads"}, limits::heads);
    delta.key_dim = f.size({"linear_key_head_dim"}, limits::head_dim);
    delta.value_dim = f.size({"linear_value_head_dim"}, limits::head_dim);
    delta.conv_kernel = f.size_or({"linear_conv_kernel_dim"}, 4, limits::kernel, 1);
    Ffn ffn;
    ffn.experts = f.size_or({"num_experts"}, 0, limits::experts);
    ffn.width =
        f.size(ffn.experts > 0 ? HfFields::Names{"moe_intermediate_size"} : HfFields::Names{"intermediate_size"},
               limits::ffn_width);
    ffn.active = ffn.experts > 0 ? f.size({"num_experts_per_tok"}, limits::experts) : 0;
    ffn.shared_width = ffn.experts > 0 ? f.size_or({"shared_expert_intermediate_size"}, 0, limits::ffn_width) : 0;
    const std::vector<std::string> types = hf_layer_types(f, {"layer_types"}, layers);
    const int period = f.size_or({"full_attention_interval"}, 4, limits::layers, 1);
    for (int i = 0; i < layers; ++i) {
        Block block;
        const bool full = types.empty() ? (i + 1) % period == 0 : types[std::size_t(i)] == "full_attention";
        block.name = full ? "attention" : "delta";
        block.mixer = full ? Mixer{attention} : Mixer{delta};
        block.ffn = ffn;
        add_layer(arch, block);
    }
}

/// LFM2 states the FFN's width before it takes two thirds of it and rounds up.
int lfm2_ffn_width(const HfFields& f)
{
    const int stated = f.size({"block_ff_dim", "intermediate_size"}, limits::ffn_width);
    if (!f.flag_or({"block_auto_adjust_ff_dim"}, true)) {
        return stated;
    }
    const double scaled = int(2.0 * stated / 3) * f.number_or({"block_ffn_dim_multiplier"}, 1, {0.01, 16});
    const int multiple = f.size_or({"block_multiple_of"}, 256, limits::width, 1);
    return multiple * std::max(1, (int(scaled) + multiple - 1) / multiple);
}

void read_lfm2(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, f.flag_or({"tie_embedding"}, true));
    const int layers = hf_layer_count(f);
    Attention attention = hf_attention(f, arch);
    attention.qk_norm = QkNorm::per_head;
    Ffn ffn;
    ffn.width = lfm2_ffn_width(f);
    const ShortConv conv{f.size_or({"conv_L_cache"}, 3, limits::kernel, 1)};
    std::vector<bool> full(std::size_t(layers), false);
    const std::vector<std::string> types = hf_layer_types(f, {"layer_types"}, layers);
    for (std::size_t i = 0; i < types.size(); ++i) {
        full[i] = types[i] == "full_attention";
    }
    if (const auto indices = f.find({"full_attn_idxs"}); indices && types.empty()) {
        for (const JsonPlace& each : indices->items()) {
            full[std::size_t(each.integer(0, layers - 1))] = true;
        }
    }
    for (int i = 0; i < layers; ++i) {
        Block block;
        block.name = full[std::size_t(i)] ? "attention" : "conv";
        block.mixer = full[std::size_t(i)] ? Mixer{attention} : Mixer{conv};
        block.ffn = ffn;
        add_layer(arch, block);
    }
}

Mamba2 mamba2(const HfFields& f, const Architecture& arch)
{
    Mamba2 m;
    m.heads = f.size({"mamba_n_heads", "n_mamba_heads"}, limits::heads);
    const int inner = f.size_or({"mamba_expand"}, 2, 64, 1) * arch.d_model;
    const auto head_dim = f.find({"mamba_d_head", "mamba_headdim"});
    m.head_dim = head_dim && head_dim->is_number() ? int(head_dim->integer(1, limits::head_dim))
                                                   : std::clamp(inner / m.heads, 1, limits::head_dim);
    m.state = f.size({"mamba_d_state"}, limits::state);
    m.groups = f.size_or({"mamba_n_groups", "mamba_ngroups"}, 1, limits::heads, 1);
    m.conv_kernel = f.size_or({"mamba_d_conv"}, 4, limits::kernel, 1);
    m.conv_bias = f.flag_or({"mamba_conv_bias", "use_conv_bias"}, true);
    return m;
}

/// Granite 4: Mamba-2 or attention by `layer_types`; a dense FFN is what it calls the shared expert.
void read_granite_hybrid(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    const int layers = hf_layer_count(f);
    const bool rope = f.text_or({"position_embedding_type"}, "rope") == "rope";
    arch.positions = rope ? Positions::rope : Positions::none;
    Attention attention = hf_attention(f, arch);
    attention.rope_fraction = rope ? 1 : 0;
    attention.q_bias = attention.out_bias = f.flag_or({"attention_bias"}, false);
    Ffn ffn;
    ffn.experts = f.size_or({"num_local_experts"}, 0, limits::experts);
    const int shared = f.size_or({"shared_intermediate_size"}, 0, limits::ffn_width);
    ffn.width = ffn.experts > 0 || shared == 0 ? f.size({"intermediate_size"}, limits::ffn_width) : shared;
    ffn.active = ffn.experts > 0 ? f.size({"num_experts_per_tok"}, limits::experts) : 0;
    ffn.shared_width = ffn.experts > 0 ? shared : 0;
    const std::vector<std::string> types = hf_layer_types(f, {"layer_types"}, layers);
    for (int i = 0; i < layers; ++i) {
        Block block;
        const bool mamba = !types.empty() && types[std::size_t(i)] == "mamba";
        block.name = mamba ? "mamba" : "attention";
        block.mixer = mamba ? Mixer{mamba2(f, arch)} : Mixer{attention};
        block.ffn = ffn;
        add_layer(arch, block);
    }
}

/// Where Zamba2 puts a shared block before the Mamba-2 layer of that number.
std::vector<bool> zamba2_sites(const HfFields& f, int layers)
{
    std::vector<bool> sites(std::size_t(layers), false);
    const std::vector<std::string> types = hf_layer_types(f, {"layers_block_type"}, layers);
    for (std::size_t i = 0; i < types.size(); ++i) {
        sites[i] = types[i] == "hybrid";
    }
    if (const auto ids = f.find({"hybrid_layer_ids"}); ids && types.empty()) {
        for (const JsonPlace& each : ids->items()) {
            sites[std::size_t(each.integer(0, layers - 1))] = true;
        }
    }
    return sites;
}

void read_zamba2(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    const int layers = hf_layer_count(f);
    const bool rope = f.flag_or({"use_mem_rope"}, false);
    arch.positions = rope ? Positions::rope : Positions::none;
    Attention attention;
    attention.heads = f.size({"num_attention_heads"}, limits::heads);
    attention.kv_heads = f.size_or({"num_key_value_heads"}, attention.heads, limits::heads, 1);
    attention.input_width =
        f.size_or({"attention_hidden_size"}, std::min(2 * arch.d_model, limits::width), limits::width, 1);
    attention.head_dim =
        f.size_or({"attention_head_dim"}, std::max(1, 2 * arch.d_model / attention.heads), limits::head_dim, 1);
    attention.rope_fraction = rope ? 1 : 0;
    Block shared;
    shared.mixer = attention;
    shared.ffn = hf_gated_ffn(f);
    shared.ffn->activation = f.activation({"hidden_act"}, Activation::gelu);
    shared.sharing = Sharing::block;
    shared.adapter = {f.size_or({"adapter_rank"}, 128, limits::width), true};
    Block mamba;
    mamba.name = "mamba";
    mamba.mixer = mamba2(f, arch);
    const int copies = f.size_or({"num_mem_blocks"}, 1, 26, 1);
    std::vector<int> copy_index(std::size_t(copies), -1);
    int mamba_index = -1;
    int next = 0;
    const auto use = [&](int& index, const Block& block) {
        if (index < 0) {
            index = int(arch.blocks.size());
            arch.blocks.push_back(block);
        }
        arch.layers.push_back(index);
    };
    const std::vector<bool> sites = zamba2_sites(f, layers);
    for (int i = 0; i < layers; ++i) {
        if (sites[std::size_t(i)]) {
            const int copy = next++ % copies;
            shared.name = "shared_" + std::string(1, char('a' + copy));
            use(copy_index[std::size_t(copy)], shared);
        }
        use(mamba_index, mamba);
    }
}

}  // namespace

const std::vector<HfModelType>& hf_hybrid_types()
{
    static const std::vector<HfModelType> types{{"deepseek_v2", read_deepseek},
                                                {"deepseek_v3", read_deepseek},
                                                {"granitemoehybrid", read_granite_hybrid},
                                                {"lfm2", read_lfm2},
                                                {"minicpm3", read_minicpm3},
                                                {"qwen3_5", read_qwen3_next},
                                                {"qwen3_5_text", read_qwen3_next},
                                                {"qwen3_next", read_qwen3_next},
                                                {"recurrent_gemma", read_recurrent_gemma},
                                                {"zamba2", read_zamba2}};
    return types;
}

}  // namespace slimline
