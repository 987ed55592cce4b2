#include "archspace/hf_readers.h"

#include "archspace/limits.h"

namespace slimline {

void read_hf_stem(const HfFields& f, Architecture& arch, bool tied_by_default)
{
    arch.d_model = f.size({"hidden_size", "n_embd", "n_embed", "model_dim", "d_model"}, limits::width);
    arch.vocabulary = f.size({"vocab_size", "padded_vocab_size"}, limits::vocabulary);
    arch.max_context =
        f.size_or({"max_position_embeddings", "n_positions", "max_context_length", "seq_length", "model_max_length"},
                  2048, limits::context, 1);
    arch.tied_embeddings = f.flag_or({"tie_word_embeddings"}, tied_by_default);
}

int hf_layer_count(const HfFields& f)
{
    return f.size({"num_hidden_layers", "n_layer", "num_layers", "n_layers", "num_transformer_layers"}, limits::layers);
}

Attention hf_attention(const HfFields& f, const Architecture& arch)
{
    Attention a;
    a.heads = f.size({"num_attention_heads", "n_head", "n_heads"}, limits::heads);
    a.kv_heads = f.size_or({"num_key_value_heads", "n_head_kv", "multi_query_group_num"}, a.heads, limits::heads, 1);
    const int quotient = arch.d_model / a.heads;
    if (!f.has({"head_dim", "kv_channels", "attention_head_dim"}) && (quotient == 0 || arch.d_model % a.heads != 0)) {
        f.place().fail("hidden_size " + std::to_string(arch.d_model) + " is not a multiple of " +
                           std::to_string(a.heads) + " heads",
                       "give 'head_dim'");
    }
    a.head_dim = f.size_or({"head_dim", "kv_channels", "attention_head_dim"}, quotient, limits::head_dim, 1);
    a.rope_fraction = f.number_or({"partial_rotary_factor", "rotary_pct", "rope_pct"}, 1, Range::share());
    if (const auto rope = f.find({"rope_parameters", "rope_scaling"}); rope && rope->is_object()) {
        a.rope_fraction = HfFields(*rope).number_or({"partial_rotary_factor"}, a.rope_fraction, Range::share());
    }
    return a;
}

Ffn hf_gated_ffn(const HfFields& f)
{
    Ffn ffn;
    ffn.width = f.size({"intermediate_size", "ffn_dim", "n_inner"}, limits::ffn_width);
    ffn.activation = f.activation({"hidden_act", "activation_function", "hidden_activation"}, Activation::silu);
    return ffn;
}

void fill_layers(Architecture& arch, const Block& block, int layers)
{
    arch.blocks = {block};
    arch.layers.assign(std::size_t(layers), 0);
}

std::vector<std::string> hf_layer_types(const HfFields& f, std::initializer_list<std::string_view> names, int layers)
{
    std::vector<std::string> words;
    if (const auto list = f.list(names, std::size_t(layers))) {
        for (const JsonPlace& item : *list) {
            words.push_back(item.text());
        }
    }
    return words;
}

}  // namespace slimline
