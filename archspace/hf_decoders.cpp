#include <cmath>

#include "archspace/hf_readers.h"
#include "archspace/layer_stack.h"
#include "archspace/limits.h"

namespace slimline {

namespace {

/// A block of attention and gated FFN as Llama has it, with the biases that a config may ask for.
Block llama_block(const HfFields& f, const Architecture& arch)
{
    Block block;
    Attention attention = hf_attention(f, arch);
    attention.q_bias = attention.out_bias = f.flag_or({"attention_bias"}, false);
    block.mixer = attention;
    block.ffn = hf_gated_ffn(f);
    block.ffn->bias = f.flag_or({"mlp_bias"}, false);
    return block;
}

Attention& attention_of(Block& block)
{
    return std::get<Attention>(block.mixer);
}

/// A window for every layer, when the config has one and does not switch it off.
void read_uniform_window(const HfFields& f, Block& block)
{
    if (f.flag_or({"use_sliding_window"}, true)) {
        attention_of(block).window = f.size_or({"sliding_window"}, 0, limits::context);
    }
}

/// Experts in place of the one FFN.
void read_experts(const HfFields& f, Ffn& ffn)
{
    ffn.experts = f.size_or({"num_local_experts", "num_experts", "n_routed_experts"}, 0, limits::experts);
    if (ffn.experts > 0) {
        ffn.active = f.size({"num_experts_per_tok", "moe_topk"}, limits::experts);
        ffn.width = f.size_or({"moe_intermediate_size"}, ffn.width, limits::ffn_width, 1);
        ffn.shared_width = f.size_or({"shared_expert_intermediate_size"}, 0, limits::ffn_width);
    }
}

void read_llama(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    fill_layers(arch, llama_block(f, arch), hf_layer_count(f));
}

void read_mistral(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block = llama_block(f, arch);
    read_uniform_window(f, block);
    read_experts(f, *block.ffn);
    fill_layers(arch, block, hf_layer_count(f));
}

void read_granite_moe(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block = llama_block(f, arch);
    read_experts(f, *block.ffn);
    fill_layers(arch, block, hf_layer_count(f));
}

void read_olmoe(const HfFields& f, Architecture& arch)
{
    read_granite_moe(f, arch);
    attention_of(arch.blocks[0]).qk_norm = QkNorm::full_width;
}

void read_minicpm(const HfFields& f, Architecture& arch)
{
    read_llama(f, arch);
    arch.tied_embeddings = f.flag_or({"tie_word_embeddings"}, true);  // the config leaves transformers' default
}

/// MobileLLM: `share_embedding` ties whatever `tie_word_embeddings` says, `layer_sharing` runs every block twice.
void read_mobilellm(const HfFields& f, Architecture& arch)
{
    read_llama(f, arch);
    arch.tied_embeddings = f.flag_or({"share_embedding"}, arch.tied_embeddings);
    arch.blocks[0].runs = f.flag_or({"layer_sharing"}, false) ? 2 : 1;
}

/// MobiLlama's own code builds one FFN for all layers, and K and V with all heads whatever the config says.
void read_mobillama(const HfFields& f, Architecture& arch)
{
    read_llama(f, arch);
    arch.blocks[0].sharing = Sharing::ffn;
    attention_of(arch.blocks[0]).kv_heads = attention_of(arch.blocks[0]).heads;
}

void read_qwen(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block;
    Attention attention = hf_attention(f, arch);
    attention.q_bias = attention.fused_qkv = true;
    block.mixer = attention;
    block.ffn = hf_gated_ffn(f);
    block.ffn->activation = Activation::silu;
    block.ffn->width = std::max(1, block.ffn->width / 2);  // the config counts both halves
    fill_layers(arch, block, hf_layer_count(f));
}

/// Qwen2 has biases on Q, K and V; a window only if switched on, and then from `max_window_layers` on.
void read_qwen2(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block;
    block.mixer = hf_attention(f, arch);
    attention_of(block).q_bias = true;
    block.ffn = hf_gated_ffn(f);
    read_experts(f, *block.ffn);
    const int layers = hf_layer_count(f);
    const bool windows = f.flag_or({"use_sliding_window"}, false);
    const int full = windows ? f.size_or({"max_window_layers"}, layers, limits::layers) : layers;
    for (int i = 0; i < layers; ++i) {
        Block each = block;
        attention_of(each).window = i >= full ? f.size_or({"sliding_window"}, 0, limits::context) : 0;
        add_layer(arch, each);
    }
}

void read_qwen3(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block = llama_block(f, arch);
    attention_of(block).qk_norm = QkNorm::per_head;
    read_experts(f, *block.ffn);
    fill_layers(arch, block, hf_layer_count(f));
}

void read_opt(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    const bool bias = f.flag_or({"enable_bias"}, true);
    const bool before = f.flag_or({"do_layer_norm_before"}, true);
    arch.norm = f.flag_or({"layer_norm_elementwise_affine"}, true) ? NormKind::layer : NormKind::layer_no_parameters;
    arch.positions = Positions::learned;
    arch.learned_positions = std::min(arch.max_context, limits::vocabulary - 2) + 2;  // two rows are never used
    const int table = f.size_or({"word_embed_proj_dim"}, arch.d_model, limits::width, 1);
    arch.embedding_width = table == arch.d_model ? 0 : table;
    arch.final_norm = before && !f.flag_or({"_remove_final_layer_norm"}, false);
    Block block;
    Attention attention = hf_attention(f, arch);
    attention.q_bias = attention.out_bias = bias;
    block.mixer = attention;
    block.ffn = hf_gated_ffn(f);
    block.ffn->gated = false;
    block.ffn->bias = bias;
    block.ffn->activation = f.activation({"activation_function"}, Activation::relu);
    block.norms = {before, !before, before, !before};
    fill_layers(arch, block, hf_layer_count(f));
}

/// An ungated FFN with biases: `width` when the config has none of the fields.
Ffn plain_ffn(const HfFields& f, int width, Activation activation)
{
    Ffn ffn;
    ffn.width = f.size_or({"intermediate_size", "n_inner"}, width, limits::ffn_width, 1);
    ffn.gated = false;
    ffn.bias = true;
    ffn.activation = f.activation({"activation_function", "hidden_act"}, activation);
    return ffn;
}

/// Attention with biases everywhere and one matrix for Q, K and V.
Attention fused_attention(const HfFields& f, const Architecture& arch)
{
    Attention attention = hf_attention(f, arch);
    attention.fused_qkv = attention.q_bias = attention.out_bias = true;
    return attention;
}

void read_bloom(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    arch.norm = NormKind::layer;
    arch.positions = Positions::alibi;
    arch.embedding_norm = true;
    Block block;
    block.mixer = fused_attention(f, arch);
    block.ffn = plain_ffn(f, 4 * arch.d_model, Activation::gelu_tanh);
    fill_layers(arch, block, hf_layer_count(f));
}

void read_gpt_neox(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    arch.norm = NormKind::layer;
    Block block;
    Attention attention = fused_attention(f, arch);
    attention.q_bias = attention.out_bias = f.flag_or({"attention_bias"}, true);
    attention.rope_fraction = f.number_or({"rotary_pct", "partial_rotary_factor"}, 0.25, Range::share());
    block.mixer = attention;
    block.ffn = plain_ffn(f, 4 * arch.d_model, Activation::gelu);
    block.parallel = f.flag_or({"use_parallel_residual"}, true);
    fill_layers(arch, block, hf_layer_count(f));
}

void read_gpt2(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    arch.norm = NormKind::layer;
    arch.positions = Positions::learned;
    arch.learned_positions = std::min(arch.max_context, limits::vocabulary);
    Block block;
    block.mixer = fused_attention(f, arch);
    block.ffn = plain_ffn(f, 4 * arch.d_model, Activation::gelu_tanh);
    fill_layers(arch, block, hf_layer_count(f));
}

/// Phi-1, 1.5 and 2: attention and FFN side by side behind one norm.
void read_phi(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    arch.norm = NormKind::layer;
    arch.head_bias = true;
    Block block;
    Attention attention = fused_attention(f, arch);
    attention.fused_qkv = false;  // converted files hold Q, K and V apart
    const double rotated = f.size_or({"rotary_dim"}, attention.head_dim / 2, limits::head_dim);
    attention.rope_fraction =
        f.number_or({"partial_rotary_factor"}, std::min(1.0, rotated / attention.head_dim), Range::share());
    block.mixer = attention;
    block.ffn = plain_ffn(f, 4 * arch.d_model, Activation::gelu_tanh);
    block.norms.before_ffn = false;
    block.parallel = true;
    fill_layers(arch, block, hf_layer_count(f));
}

void read_phi3(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block;
    block.mixer = hf_attention(f, arch);
    attention_of(block).fused_qkv = true;
    read_uniform_window(f, block);
    block.ffn = hf_gated_ffn(f);
    block.ffn->fused_gate_up = true;
    fill_layers(arch, block, hf_layer_count(f));
}

void read_stablelm(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    arch.norm = NormKind::layer;
    Block block;
    Attention attention = hf_attention(f, arch);
    attention.q_bias = f.flag_or({"use_qkv_bias"}, false);
    attention.rope_fraction = f.number_or({"partial_rotary_factor", "rope_pct"}, 0.25, Range::share());
    attention.qk_norm = f.flag_or({"qk_layernorm"}, false) ? QkNorm::full_width : QkNorm::none;
    block.mixer = attention;
    block.ffn = hf_gated_ffn(f);
    block.parallel = f.flag_or({"use_parallel_residual"}, false);
    block.norms.before_ffn = !block.parallel;
    fill_layers(arch, block, hf_layer_count(f));
}

/// Gemma's blocks: GELU gate, tied table, head_dim of its own.
Block gemma_block(const HfFields& f, const Architecture& arch)
{
    Block block = llama_block(f, arch);
    attention_of(block).head_dim = f.size_or({"head_dim"}, 256, limits::head_dim, 1);
    block.ffn->activation = Activation::gelu_tanh;  // whatever `hidden_act` says: the code reads `hidden_activation`
    return block;
}

void read_gemma(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    fill_layers(arch, gemma_block(f, arch), hf_layer_count(f));
}

/// Local and global layers by `layer_types`, else every `period`-th layer is global.
void add_windowed_layers(const HfFields& f, Architecture& arch, const Block& block, int window, int period)
{
    const int layers = hf_layer_count(f);
    const std::vector<std::string> types = hf_layer_types(f, {"layer_types"}, layers);
    for (int i = 0; i < layers; ++i) {
        Block each = block;
        const bool local = types.empty() ? (i + 1) % period != 0 : types[std::size_t(i)] == "sliding_attention";
        each.name = local ? "local" : "global";
        attention_of(each).window = local ? window : 0;
        add_layer(arch, each);
    }
}

void read_gemma2(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    arch.final_softcap = f.number_or({"final_logit_softcapping"}, 0, {0, 1e6});
    Block block = gemma_block(f, arch);
    attention_of(block).softcap = f.number_or({"attn_logit_softcapping"}, 0, {0, 1e6});
    block.norms = {true, true, true, true};
    add_windowed_layers(f, arch, block, f.size_or({"sliding_window"}, 4096, limits::context), 2);
}

/// Gemma 3 configs of the multimodal sizes leave out what equals the class's defaults.
void read_gemma3(const HfFields& f, Architecture& arch)
{
    arch.d_model = f.size_or({"hidden_size"}, 2304, limits::width, 1);
    arch.vocabulary = f.size_or({"vocab_size"}, 262208, limits::vocabulary, 1);
    arch.max_context = f.size_or({"max_position_embeddings"}, 131072, limits::context, 1);
    arch.tied_embeddings = f.flag_or({"tie_word_embeddings"}, true);
    arch.final_softcap = f.number_or({"final_logit_softcapping"}, 0, {0, 1e6});
    Attention attention;
    attention.heads = f.size_or({"num_attention_heads"}, 8, limits::heads, 1);
    attention.kv_heads = f.size_or({"num_key_value_heads"}, 4, limits::heads, 1);
    attention.head_dim = f.size_or({"head_dim"}, 256, limits::head_dim, 1);
    attention.qk_norm = QkNorm::per_head;
    attention.softcap = f.number_or({"attn_logit_softcapping"}, 0, {0, 1e6});
    Block block;
    block.mixer = attention;
    block.ffn = hf_gated_ffn(f);
    block.ffn->activation = Activation::gelu_tanh;
    block.norms = {true, true, true, true};
    const int period = f.size_or({"sliding_window_pattern", "_sliding_window_pattern"}, 6, limits::layers, 1);
    add_windowed_layers(f, arch, block, f.size_or({"sliding_window"}, 4096, limits::context), period);
}

/// corenet's make_divisible: to the nearest multiple, never below nine tenths of the value.
int divisible(double value, int divisor)
{
    const double rounded = std::max(double(divisor), std::floor((value + divisor / 2.0) / divisor) * divisor);
    return int(rounded < 0.9 * value ? rounded + divisor : rounded);
}

void read_openelm(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    arch.tied_embeddings = f.flag_or({"share_input_output_layers"}, true);
    const std::size_t layers = std::size_t(hf_layer_count(f));
    const auto heads = f.list({"num_query_heads"}, layers);
    const auto kv_heads = f.list({"num_kv_heads"}, layers);
    const auto multipliers = f.list({"ffn_multipliers"}, layers);
    if (!heads || !kv_heads || !multipliers) {
        f.place().fail("'num_query_heads', 'num_kv_heads' and 'ffn_multipliers' must be there",
                       "OpenELM has one of each a layer");
    }
    const int divisor = f.size_or({"ffn_dim_divisor"}, 256, limits::width, 1);
    Attention attention;
    attention.head_dim = f.size({"head_dim"}, limits::head_dim);
    attention.qk_norm = f.flag_or({"normalize_qk_projections"}, false) ? QkNorm::per_head : QkNorm::none;
    attention.fused_qkv = true;
    Ffn ffn;
    ffn.gated = f.flag_or({"ffn_with_glu"}, true);
    ffn.activation = f.activation({"activation_fn_name"}, Activation::silu);
    for (std::size_t i = 0; i < layers; ++i) {
        attention.heads = int((*heads)[i].integer(1, limits::heads));
        attention.kv_heads = int((*kv_heads)[i].integer(1, limits::heads));
        ffn.width = divisible((*multipliers)[i].number({1e-3, 16}) * arch.d_model, divisor);
        Block block;
        block.name = "layer." + std::to_string(i);
        block.mixer = attention;
        block.ffn = ffn;
        arch.blocks.push_back(block);
        arch.layers.push_back(int(i));
    }
}

void read_olmo(const HfFields& f, Architecture& arch)
{
    read_llama(f, arch);
    arch.norm = NormKind::layer_no_parameters;
}

/// OLMo-2: norms behind attention and FFN, QK-norm over the full width.
void read_olmo2(const HfFields& f, Architecture& arch)
{
    read_llama(f, arch);
    attention_of(arch.blocks[0]).qk_norm = QkNorm::full_width;
    arch.blocks[0].norms = {false, true, false, true};
}

void read_nemotron(const HfFields& f, Architecture& arch)
{
    read_llama(f, arch);
    arch.norm = NormKind::layer;
    Ffn& ffn = *arch.blocks[0].ffn;
    ffn.gated = false;
    ffn.activation = f.activation({"hidden_act"}, Activation::relu2);
    attention_of(arch.blocks[0]).rope_fraction =
        f.number_or({"partial_rotary_factor", "rope_percent"}, 0.5, Range::share());
}

/// Rotary positions by layer: `no_rope_layers` says 1 where there are some, else every `period`-th layer has none.
void add_layers_with_nope(const HfFields& f, Architecture& arch, const Block& block, int period)
{
    const int layers = hf_layer_count(f);
    const auto stated = f.list({"no_rope_layers"}, std::size_t(layers));
    for (int i = 0; i < layers; ++i) {
        const bool rope = stated ? (*stated)[std::size_t(i)].integer(0, 1) == 1 : period == 0 || (i + 1) % period != 0;
        Block each = block;
        each.name = rope ? "rope" : "nope";
        attention_of(each).rope_fraction *= rope ? 1 : 0;
        add_layer(arch, each);
    }
}

void read_smollm3(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    add_layers_with_nope(f, arch, llama_block(f, arch), f.size_or({"no_rope_layer_interval"}, 4, limits::layers));
}

/// Llama 4's text tower, dense (MobileLLM-R1) or with experts in every `interleave_moe_layer_step`-th layer.
void read_llama4_text(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block = llama_block(f, arch);
    attention_of(block).qk_norm = f.flag_or({"use_qk_norm"}, true) ? QkNorm::no_parameters : QkNorm::none;
    const int expert_width = block.ffn->width;
    block.ffn->width = f.size_or({"intermediate_size_mlp"}, expert_width, limits::ffn_width, 1);
    add_layers_with_nope(f, arch, block, f.size_or({"no_rope_layer_interval"}, 0, limits::layers));
    const int experts = f.size_or({"num_local_experts"}, 0, limits::experts);
    const int step = f.size_or({"interleave_moe_layer_step"}, 1, limits::layers);
    if (experts <= 1 || step == 0) {
        return;
    }
    Architecture mixed = arch;
    mixed.blocks.clear();
    mixed.layers.clear();
    for (std::size_t i = 0; i < arch.layers.size(); ++i) {
        Block each = arch.block_of(i);
        if ((int(i) + 1) % step == 0) {
            each.name += "_experts";
            each.ffn->width = each.ffn->shared_width = expert_width;
            each.ffn->experts = experts;
            each.ffn->active = f.size_or({"num_experts_per_tok"}, 1, limits::experts, 1);
        }
        add_layer(mixed, each);
    }
    arch = mixed;
}

/// EXAONE 4: norms behind, QK-norm; local layers only in the large size ("LLLG").
void read_exaone4(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, false);
    Block block = llama_block(f, arch);
    attention_of(block).qk_norm = QkNorm::per_head;
    block.norms = {false, true, false, true};
    const int window = f.size_or({"sliding_window"}, 0, limits::context);
    if (window == 0) {
        fill_layers(arch, block, hf_layer_count(f));
    } else {
        add_windowed_layers(f, arch, block, window, 4);
    }
}

/// OpenLM's DCLM-1B: shape under `params_args_dict`, gain-only LayerNorm, QK-norm over the full width.
void read_openlm(const HfFields& root, Architecture& arch)
{
    const auto nested = root.find({"params_args_dict", "params"});
    const HfFields f = nested && nested->is_object() ? HfFields(*nested) : root;
    arch.d_model = f.size({"dim", "hidden_dim", "hidden_size"}, limits::width);
    arch.vocabulary = f.size({"vocab_size"}, limits::vocabulary);
    arch.max_context = f.size_or({"seq_len", "max_position_embeddings"}, 2048, limits::context, 1);
    arch.tied_embeddings = f.flag_or({"weight_tying", "tie_word_embeddings"}, false);
    arch.norm = NormKind::layer_no_bias;
    Block block;
    Attention attention = hf_attention(f, arch);
    attention.qk_norm = f.flag_or({"qk_norm"}, false) ? QkNorm::full_width : QkNorm::none;
    block.mixer = attention;
    block.ffn = Ffn{};
    block.ffn->width = 256 * ((8 * arch.d_model / 3 + 255) / 256);
    fill_layers(arch, block, hf_layer_count(f));
}

/// Cohere: attention and FFN side by side behind one norm without bias.
void read_cohere(const HfFields& f, Architecture& arch)
{
    read_hf_stem(f, arch, true);
    arch.norm = NormKind::layer_no_bias;
    Block block = llama_block(f, arch);
    block.parallel = true;
    block.norms.before_ffn = false;
    fill_layers(arch, block, hf_layer_count(f));
}

}  // namespace

const std::vector<HfModelType>& hf_decoder_types()
{
    static const std::vector<HfModelType> types{{"baichuan", read_llama},
                                                {"bloom", read_bloom},
                                                {"cohere", read_cohere},
                                                {"dclm", read_openlm},
                                                {"exaone", read_llama},
                                                {"exaone4", read_exaone4},
                                                {"gemma", read_gemma},
                                                {"gemma2", read_gemma2},
                                                {"gemma3", read_gemma3},
                                                {"gemma3_text", read_gemma3},
                                                {"gpt2", read_gpt2},
                                                {"gpt_neox", read_gpt_neox},
                                                {"granite", read_llama},
                                                {"granitemoe", read_granite_moe},
                                                {"llama", read_llama},
                                                {"llama4_text", read_llama4_text},
                                                {"minicpm", read_minicpm},
                                                {"mistral", read_mistral},
                                                {"mixtral", read_mistral},
                                                {"mobilellm", read_mobilellm},
                                                {"mobillama", read_mobillama},
                                                {"nemotron", read_nemotron},
                                                {"olmo", read_olmo},
                                                {"olmo2", read_olmo2},
                                                {"olmoe", read_olmoe},
                                                {"openelm", read_openelm},
                                                {"openlm", read_openlm},
                                                {"opt", read_opt},
                                                {"phi", read_phi},
                                                {"phi-msft", read_phi},
                                                {"phi3", read_phi3},
                                                {"qwen", read_qwen},
                                                {"qwen2", read_qwen2},
                                                {"qwen3", read_qwen3},
                                                {"qwen3_moe", read_qwen3},
                                                {"smollm3", read_smollm3},
                                                {"stablelm", read_stablelm},
                                                {"stablelm_epoch", read_stablelm}};
    return types;
}

}  // namespace slimline
