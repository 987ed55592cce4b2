#include "archspace/quality/law_inputs.h"
#include "base/numbers.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

constexpr std::pair<std::string_view, LawInput> input_words[] = {
    {"parameters", LawInput::parameters},
    {"all_parameters", LawInput::all_parameters},
    {"non_embedding_parameters", LawInput::non_embedding_parameters},
    {"tokens", LawInput::tokens},
    {"tokens_per_parameter", LawInput::tokens_per_parameter},
    {"width", LawInput::width},
    {"depth", LawInput::depth},
    {"aspect_ratio", LawInput::aspect_ratio},
    {"ffn_ratio", LawInput::ffn_ratio},
    {"mlp_attention_ratio", LawInput::mlp_attention_ratio},
    {"query_width", LawInput::query_width},
    {"kv_width", LawInput::kv_width},
    {"gqa", LawInput::gqa},
    {"vocabulary", LawInput::vocabulary},
    {"vocabulary_parameters", LawInput::vocabulary_parameters},
    {"experts", LawInput::experts},
    {"activation_rate", LawInput::activation_rate},
    {"weight_bits", LawInput::weight_bits},
    {"activation_bits", LawInput::activation_bits},
    {"kv_bits", LawInput::kv_bits},
    {"post_bits", LawInput::post_bits},
    {"group", LawInput::group},
};
static_assert(std::size(input_words) == law_input_count);

/// The sums over layers that the means and ratios are made of.
struct LayerSums {
    double runs = 0;
    double attention_runs = 0;
    double query_width = 0;
    double kv_width = 0;
    double ffn_runs = 0;
    double ffn_width = 0;
    double activation_rate = 0;
    double experts = 1;
    double mlp_parameters = 0;
    double attention_parameters = 0;
};

bool is_attention_matrix(TensorRole role)
{
    return role == TensorRole::attn_q || role == TensorRole::attn_k || role == TensorRole::attn_v ||
           role == TensorRole::attn_qkv || role == TensorRole::attn_output || role == TensorRole::latent_q_a ||
           role == TensorRole::latent_q_b || role == TensorRole::latent_kv_a || role == TensorRole::latent_kv_b;
}

bool is_mlp_matrix(TensorRole role)
{
    return role == TensorRole::ffn_gate || role == TensorRole::ffn_up || role == TensorRole::ffn_down ||
           role == TensorRole::shared_gate || role == TensorRole::shared_up || role == TensorRole::shared_down;
}

void add_attention(const Architecture& arch, const Block& block, LayerSums& sums)
{
    const auto* attention = std::get_if<Attention>(&block.mixer);
    const auto* latent = std::get_if<LatentAttention>(&block.mixer);
    if (attention == nullptr && latent == nullptr) {
        return;
    }
    sums.attention_runs += block.runs;
    sums.query_width +=
        block.runs * double(attention != nullptr ? attention->query_width() : latent->heads * latent->v_dim);
    sums.kv_width += block.runs * double(attention != nullptr ? attention->kv_width() : latent->kv_rank);
    for_each_mixer_tensor(block, arch.norm, arch.d_model, [&](TensorRole role, double in, double out, double count) {
        sums.attention_parameters += is_attention_matrix(role) ? in * out * count : 0;
    });
}

void add_ffn(const Architecture& arch, const Block& block, LayerSums& sums)
{
    if (!block.ffn) {
        return;
    }
    const Ffn& ffn = *block.ffn;
    const double rate = ffn.experts > 0 ? double(ffn.active) / ffn.experts : 1;
    sums.ffn_runs += block.runs;
    sums.ffn_width += block.runs * (ffn.width * (ffn.experts > 0 ? double(ffn.active) : 1.0) + ffn.shared_width);
    sums.activation_rate += block.runs * rate;
    sums.experts = std::max(sums.experts, double(ffn.experts));
    for_each_ffn_tensor(block, arch.norm, arch.d_model, [&](TensorRole role, double in, double out, double count) {
        const bool shared =
            role == TensorRole::shared_gate || role == TensorRole::shared_up || role == TensorRole::shared_down;
        sums.mlp_parameters += is_mlp_matrix(role) ? in * out * count * (shared ? 1 : rate) : 0;
    });
}

LayerSums layer_sums(const Architecture& arch)
{
    LayerSums sums;
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        const Block& block = arch.block_of(layer);
        sums.runs += block.runs;
        add_attention(arch, block, sums);
        add_ffn(arch, block, sums);
    }
    return sums;
}

double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : not_known;
}

void derive_ratio(LawInputs& inputs, LawInput result, LawInput part, LawInput whole)
{
    if (std::isnan(inputs[result])) {
        inputs[result] = inputs[part] / inputs[whole];
    }
}

}  // namespace

std::string_view word(LawInput input)
{
    return input_words[std::size_t(input)].first;
}

std::span<const std::pair<std::string_view, LawInput>> law_input_words()
{
    return input_words;
}

const std::vector<std::string>& law_input_names()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, input] : input_words) {
            all.emplace_back(name);
        }
        return all;
    }();
    return names;
}

std::array<double, law_input_count> LawInputs::unknown()
{
    std::array<double, law_input_count> values;
    values.fill(not_known);
    for (const LawInput bits :
         {LawInput::weight_bits, LawInput::activation_bits, LawInput::kv_bits, LawInput::post_bits}) {
        values[std::size_t(bits)] = infinite;
    }
    return values;
}

void derive(LawInputs& inputs, ParameterBasis basis)
{
    const LawInput counted =
        basis == ParameterBasis::all ? LawInput::all_parameters : LawInput::non_embedding_parameters;
    if (std::isnan(inputs[LawInput::parameters])) {
        inputs[LawInput::parameters] = inputs[counted];
    } else if (std::isnan(inputs[counted])) {
        inputs[counted] = inputs[LawInput::parameters];
    }
    derive_ratio(inputs, LawInput::tokens_per_parameter, LawInput::tokens, LawInput::parameters);
    derive_ratio(inputs, LawInput::aspect_ratio, LawInput::width, LawInput::depth);
    derive_ratio(inputs, LawInput::gqa, LawInput::query_width, LawInput::kv_width);
    if (std::isnan(inputs[LawInput::vocabulary_parameters])) {
        inputs[LawInput::vocabulary_parameters] = inputs[LawInput::vocabulary] * inputs[LawInput::width];
    }
}

LawInputs law_inputs(const Architecture& arch, double tokens, const WeightMix& mix)
{
    const ParameterCount count = parameter_count(arch);
    const LayerSums sums = layer_sums(arch);
    const FormatInfo& format = info(mix.base);

    LawInputs in;
    in[LawInput::all_parameters] = count.active;
    in[LawInput::non_embedding_parameters] = count.active - count.embedding;
    in[LawInput::tokens] = tokens;
    in[LawInput::width] = arch.d_model;
    in[LawInput::depth] = sums.runs;
    in[LawInput::ffn_ratio] = ratio(sums.ffn_width, sums.ffn_runs) / arch.d_model;
    in[LawInput::mlp_attention_ratio] = ratio(sums.mlp_parameters, sums.attention_parameters);
    in[LawInput::query_width] = ratio(sums.query_width, sums.attention_runs);
    in[LawInput::kv_width] = ratio(sums.kv_width, sums.attention_runs);
    in[LawInput::vocabulary] = arch.vocabulary;
    in[LawInput::vocabulary_parameters] = double(arch.vocabulary) * arch.head_input_width();
    in[LawInput::experts] = sums.experts;
    in[LawInput::activation_rate] = ratio(sums.activation_rate, sums.ffn_runs);
    in[LawInput::post_bits] = format.bits_per_element() >= 16 ? infinite : bits_per_weight(arch, mix);
    in[LawInput::group] = format.block_elements;
    in.format = mix.name;
    in.importance_matrix = mix.importance_matrix;
    in.format_bits = format.bits_per_element();
    return in;
}

}  // namespace slimline
