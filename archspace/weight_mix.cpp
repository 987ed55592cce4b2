#include "archspace/weight_mix.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

using M = MixRule;
using F = Format;

struct MixRow {
    std::string_view name;
    MixRule rule;
    Format base;
};

/// What llama-quantize calls its file types (tools/quantize/quantize.cpp) and the base format of each
/// (llama_ftype_get_default_type in src/llama-quant.cpp), then formats of other engines.
constexpr std::array<MixRow, 37> mix_table{{
    {"F32", M::uniform, F::f32},
    {"F16", M::uniform, F::f16},
    {"BF16", M::uniform, F::bf16},
    {"Q8_0", M::q8_0, F::q8_0},
    {"Q4_0", M::q4_0, F::q4_0},
    {"Q4_1", M::q4_1, F::q4_1},
    {"Q5_0", M::q5_0, F::q5_0},
    {"Q5_1", M::q5_1, F::q5_1},
    {"Q2_K", M::q2_k, F::q2_k},
    {"Q2_K_S", M::q2_k_s, F::q2_k},
    {"Q3_K_S", M::q3_k_s, F::q3_k},
    {"Q3_K_M", M::q3_k_m, F::q3_k},
    {"Q3_K_L", M::q3_k_l, F::q3_k},
    {"Q4_K_S", M::q4_k_s, F::q4_k},
    {"Q4_K_M", M::q4_k_m, F::q4_k},
    {"Q5_K_S", M::q5_k_s, F::q5_k},
    {"Q5_K_M", M::q5_k_m, F::q5_k},
    {"Q6_K", M::q6_k, F::q6_k},
    {"IQ2_XXS", M::iq2_xxs, F::iq2_xxs},
    {"IQ2_XS", M::iq2_xs, F::iq2_xs},
    {"IQ2_S", M::iq2_s, F::iq2_xs},
    {"IQ2_M", M::iq2_m, F::iq2_s},
    {"IQ3_XXS", M::iq3_xxs, F::iq3_xxs},
    {"IQ3_XS", M::iq3_xs, F::iq3_s},
    {"IQ3_S", M::iq3_s, F::iq3_s},
    {"IQ3_M", M::iq3_m, F::iq3_s},
    {"IQ4_NL", M::iq4_nl, F::iq4_nl},
    {"IQ4_XS", M::iq4_xs, F::iq4_xs},
    {"MXFP4_MOE", M::mxfp4_moe, F::mxfp4},
    {"NVFP4", M::uniform, F::nvfp4},
    {"MXFP4", M::uniform, F::mxfp4},
    {"AWQ", M::uniform, F::int4_g128},
    {"GPTQ", M::uniform, F::int4_g128},
    {"INT4_G128", M::uniform, F::int4_g128},
    {"MLX_4bit", M::uniform, F::mlx4_g64},
    {"W4A16", M::uniform, F::int4_channel},
    {"W8A8", M::uniform, F::int8_channel},
}};

/// Short names that people and old files use; llama-quantize reads them so too.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> alias_table{{
    {"Q3_K", "Q3_K_M"},
    {"Q4_K", "Q4_K_M"},
    {"Q5_K", "Q5_K_M"},
    {"MLX4", "MLX_4bit"},
    {"FP16", "F16"},
}};

/// How llama-quantize groups tensors, by their names (tensor_get_category).
enum class Category : std::uint8_t { output, token_embedding, qkv, v, k, q, attention_output, up, gate, down, other };

Category category_of(TensorRole role)
{
    switch (role) {
        case TensorRole::output:
            return Category::output;
        case TensorRole::token_embedding:
            return Category::token_embedding;
        case TensorRole::attn_qkv:
            return Category::qkv;
        case TensorRole::attn_v:
            return Category::v;
        case TensorRole::attn_k:
            return Category::k;
        case TensorRole::attn_q:
            return Category::q;
        case TensorRole::attn_output:
            return Category::attention_output;
        case TensorRole::ffn_up:
        case TensorRole::shared_up:
            return Category::up;
        case TensorRole::ffn_gate:
        case TensorRole::shared_gate:
            return Category::gate;
        case TensorRole::ffn_down:
        case TensorRole::shared_down:
            return Category::down;
        default:
            return Category::other;
    }
}

bool is_among(MixRule rule, std::initializer_list<MixRule> rules)
{
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

bool is_iq2(MixRule rule)
{
    return is_among(rule, {M::iq2_xxs, M::iq2_xs, M::iq2_s, M::iq2_m});
}

/// llama.cpp's use_more_bits: the first and last eighth and every third layer between them.
bool more(int i, int n)
{
    return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
}

bool fits(Format format, double columns)
{
    const double block = info(format).block_elements;
    return columns / block == double(std::int64_t(columns / block));
}

/// llama-quantize's answer to rows that are not whole blocks (tensor_type_fallback); last resort F16.
Format fallback(Format wanted, double columns)
{
    if (fits(wanted, columns)) {
        return wanted;
    }
    Format smaller = F::f16;
    switch (wanted) {
        case F::iq1_s:
        case F::iq1_m:
        case F::iq2_xxs:
        case F::iq2_xs:
        case F::iq2_s:
        case F::iq3_xxs:
        case F::iq3_s:
        case F::iq4_xs:
            smaller = F::iq4_nl;
            break;
        case F::q2_k:
        case F::q3_k:
        case F::tq1_0:
        case F::tq2_0:
            smaller = F::q4_0;
            break;
        case F::q4_k:
            smaller = F::q5_0;
            break;
        case F::q5_k:
            smaller = F::q5_1;
            break;
        case F::q6_k:
            smaller = F::q8_0;
            break;
        default:
            break;
    }
    return fits(smaller, columns) ? smaller : F::f16;
}

Format head_format(const WeightMix& mix, double columns)
{
    if (mix.rule == M::mxfp4_moe || !fits(mix.base, columns)) {
        return F::q8_0;
    }
    if (is_iq2(mix.rule) || mix.rule == M::iq3_xxs) {
        return F::q5_k;
    }
    return mix.base == F::q8_0 ? F::q8_0 : F::q6_k;
}

Format token_table_format(const WeightMix& mix)
{
    switch (mix.rule) {
        case M::mxfp4_moe:
            return F::q8_0;
        case M::iq2_xxs:
        case M::iq2_xs:
            return F::q2_k;
        case M::iq2_s:
        case M::iq2_m:
        case M::iq3_xxs:
            return F::iq3_s;
        default:
            return mix.base;
    }
}

Format value_format(const WeightMix& mix, const MixFacts& facts, int i)
{
    const bool wide_groups = facts.gqa >= 4;
    Format chosen = mix.base;
    switch (mix.rule) {
        case M::q2_k:
            chosen = wide_groups ? F::q4_k : F::q3_k;
            break;
        case M::q2_k_s:
            chosen = wide_groups ? F::q4_k : chosen;
            break;
        case M::iq3_xxs:
            chosen = wide_groups ? F::q4_k : mix.importance_matrix ? F::iq3_xxs : F::iq3_s;
            break;
        case M::iq3_xs:
        case M::iq3_s:
            chosen = wide_groups ? F::q4_k : chosen;
            break;
        case M::iq3_m:
            chosen = F::q4_k;
            break;
        case M::q3_k_m:
            chosen = i < 2 ? F::q5_k : F::q4_k;
            break;
        case M::q3_k_l:
            chosen = F::q5_k;
            break;
        case M::iq4_nl:
        case M::iq4_xs:
            chosen = wide_groups ? F::q5_k : chosen;
            break;
        case M::q4_k_m:
        case M::q5_k_m:
            chosen = more(i, facts.attention_layers) ? F::q6_k : chosen;
            break;
        case M::q4_k_s:
            chosen = i < 4 ? F::q5_k : chosen;
            break;
        default:
            break;
    }
    if (facts.is_70b && (chosen == F::q3_k || chosen == F::q4_k)) {
        chosen = F::q5_k;
    }
    return facts.experts == 8 ? F::q8_0 : chosen;
}

Format fused_format(const WeightMix& mix)
{
    switch (mix.rule) {
        case M::q3_k_m:
        case M::q3_k_l:
        case M::iq3_m:
            return F::q4_k;
        case M::q4_k_m:
            return F::q5_k;
        case M::q5_k_m:
            return F::q6_k;
        default:
            return mix.base;
    }
}

Format query_or_key_format(const WeightMix& mix, const MixFacts& facts, bool key)
{
    if (key && facts.experts == 8) {
        return F::q8_0;
    }
    return mix.rule == M::iq3_xs ? F::iq3_xxs : mix.rule == M::iq3_xxs ? F::iq2_s : mix.base;
}

Format down_format(const WeightMix& mix, const MixFacts& facts, int i)
{
    const int n = facts.layers;
    const bool first_eighth = i < n / 8;
    switch (mix.rule) {
        case M::q2_k:
            return F::q3_k;
        case M::q2_k_s:
            return first_eighth ? F::q4_k : mix.base;
        case M::iq3_xxs:
            return mix.importance_matrix ? mix.base : first_eighth ? F::q4_k : F::q3_k;
        case M::q3_k_m:
            return i < n / 16 ? F::q5_k : F::q4_k;
        case M::iq3_m:
            return first_eighth || (facts.experts == 8 && more(i, n)) ? F::q4_k : mix.base;
        case M::q3_k_l:
            return F::q5_k;
        case M::q4_k_m:
        case M::q5_k_m:
            return more(i, n) ? F::q6_k : mix.base;
        case M::iq4_nl:
        case M::iq4_xs:
            return first_eighth && !mix.importance_matrix ? F::q5_k : mix.base;
        case M::q4_k_s:
            return first_eighth ? F::q5_k : mix.base;
        case M::q4_0:
            return first_eighth && mix.importance_matrix ? F::q4_1 : mix.base;
        case M::q5_0:
            return first_eighth && mix.importance_matrix ? F::q5_1 : mix.base;
        default:
            return mix.base;
    }
}

Format attention_output_format(const WeightMix& mix, const MixFacts& facts)
{
    if (facts.experts == 8) {
        return is_among(mix.rule, {M::q2_k, M::iq3_xs, M::iq3_xxs, M::q3_k_s, M::q3_k_m, M::iq4_nl, M::q4_k_s,
                                   M::q4_k_m, M::iq3_s, M::iq3_m, M::iq4_xs})
                   ? F::q5_k
                   : mix.base;
    }
    switch (mix.rule) {
        case M::q2_k:
            return F::q3_k;
        case M::iq3_xxs:
            return F::iq3_s;
        case M::q3_k_m:
        case M::iq3_m:
            return F::q4_k;
        case M::q3_k_l:
            return F::q5_k;
        default:
            return mix.base;
    }
}

Format up_or_gate_format(const WeightMix& mix, const MixFacts& facts, int i)
{
    const int n = facts.layers;
    return mix.rule == M::iq3_xs && i >= n / 8 && i < 7 * n / 8 ? F::iq3_xxs : mix.base;
}

/// The 2-bit rules stand apart from all others in llama.cpp.
Format iq2_format(const WeightMix& mix, const MixFacts& facts, Category category, int i)
{
    const bool larger = mix.rule == M::iq2_s || mix.rule == M::iq2_m;
    const Format better = larger ? F::iq3_s : F::q2_k;
    if (category == Category::v || category == Category::qkv) {
        return facts.gqa >= 4 || facts.experts >= 4 ? F::q4_k : better;
    }
    if (category == Category::k && facts.experts == 8) {
        return F::q4_k;
    }
    if (category == Category::down) {
        return i < facts.layers / 8 ? better : mix.base;
    }
    if (category == Category::attention_output) {
        return facts.experts == 8 ? F::q5_k : larger ? F::iq3_s : mix.base;
    }
    return mix.base;
}

Format rule_format(const WeightMix& mix, const MixFacts& facts, const TensorPlace& place)
{
    const Category category = category_of(place.role);
    if (category == Category::output || (facts.tied && category == Category::token_embedding)) {
        return head_format(mix, place.columns);
    }
    if (mix.rule == M::mxfp4_moe) {
        const bool expert =
            facts.experts > 0 && (place.role == TensorRole::ffn_gate || place.role == TensorRole::ffn_up ||
                                  place.role == TensorRole::ffn_down);
        return expert ? F::mxfp4 : F::q8_0;
    }
    if (category == Category::token_embedding) {
        return token_table_format(mix);
    }
    if (is_iq2(mix.rule)) {
        return iq2_format(mix, facts, category, place.index);
    }
    switch (category) {
        case Category::qkv:
            return fused_format(mix);
        case Category::v:
            return value_format(mix, facts, place.index);
        case Category::k:
            return query_or_key_format(mix, facts, true);
        case Category::q:
            return query_or_key_format(mix, facts, false);
        case Category::down:
            return down_format(mix, facts, place.index);
        case Category::attention_output:
            return attention_output_format(mix, facts);
        case Category::up:
        case Category::gate:
            return up_or_gate_format(mix, facts, place.index);
        default:
            return mix.base;
    }
}

bool is_table_or_head(TensorRole role)
{
    return role == TensorRole::token_embedding || role == TensorRole::output;
}

/// One format for all matrices. AWQ, GPTQ and NPU files keep the token table and the head in 16 bit, MLX does not.
Format uniform_format(const WeightMix& mix, const TensorPlace& place)
{
    const bool wide_table = mix.base == F::int4_g128 || mix.base == F::int4_channel || mix.base == F::int8_channel ||
                            mix.base == F::nvfp4 || mix.base == F::mxfp4;
    return wide_table && is_table_or_head(place.role) ? F::f16 : mix.base;
}

const Attention* first_attention(const Architecture& arch)
{
    return arch.layers.empty() ? nullptr : std::get_if<Attention>(&arch.block_of(0).mixer);
}

bool has_values(const Mixer& mixer)
{
    return std::holds_alternative<Attention>(mixer) || std::holds_alternative<LatentAttention>(mixer) ||
           std::holds_alternative<GatedDeltaNet>(mixer);
}

bool is_gguf(const WeightMix& mix)
{
    return info(mix.base).ggml_type >= 0;
}

/// As GGUF calls its tensors, but for ".weight": "attn_q", "attn_q.bias".
std::string class_name(TensorRole role)
{
    std::string_view name = info(role).suffix;
    if (constexpr std::string_view end = ".weight"; name.ends_with(end)) {
        name.remove_suffix(end.size());
    }
    return std::string(name);
}

WeightMix rules_named(std::string_view name)
{
    std::string wanted = lower_case(name);
    for (const auto& [alias, meaning] : alias_table) {
        if (lower_case(alias) == wanted) {
            wanted = lower_case(meaning);
        }
    }
    for (const MixRow& row : mix_table) {
        if (lower_case(row.name) == wanted) {
            return {.name = std::string(row.name), .rule = row.rule, .base = row.base};
        }
    }
    const std::vector<std::string> names = mix_names();
    throw InputError("", "no weight mix '" + printable(name) + "'", did_you_mean(name, names));
}

/// "token_embd=Q8_0".
std::pair<TensorRole, Format> override_named(std::string_view text)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        throw InputError("", "'" + printable(text) + "' is no class of tensors with a format", "write token_embd=Q8_0");
    }
    const std::string wanted = lower_case(text.substr(0, equals));
    std::optional<TensorRole> role;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < tensor_role_count; ++i) {
        if (info(TensorRole(i)).quantised) {
            names.push_back(class_name(TensorRole(i)));
            role = names.back() == wanted ? TensorRole(i) : role;
        }
    }
    if (!role) {
        throw InputError("", "no class of tensors '" + printable(wanted) + "'", did_you_mean(wanted, names));
    }
    const std::string_view named = text.substr(equals + 1);
    const std::optional<Format> format = format_named(named);
    if (!format) {
        throw InputError("", "no format '" + printable(named) + "'", did_you_mean(named, format_names()));
    }
    return {*role, *format};
}

}  // namespace

Format format_of(const WeightMix& mix, const MixFacts& facts, const TensorPlace& place)
{
    if (const auto chosen = mix.overrides.find(place.role); chosen != mix.overrides.end()) {
        return fallback(chosen->second, place.columns);
    }
    if (!info(place.role).quantised) {
        return is_gguf(mix) ? F::f32 : F::f16;  // safetensors files keep vectors in the model's 16 bit
    }
    return fallback(mix.rule == M::uniform ? uniform_format(mix, place) : rule_format(mix, facts, place),
                    place.columns);
}

MixFacts mix_facts(const Architecture& arch)
{
    MixFacts facts;
    facts.tied = arch.tied_embeddings && !arch.untied_in_gguf;
    const Attention* attention = first_attention(arch);
    // llama.cpp asks the first layer; where that is not attention its answer is 0.
    facts.gqa = attention == nullptr ? 0 : attention->heads / std::max(1, attention->kv_heads);
    for (std::size_t i = 0; i < arch.layers.size(); ++i) {
        const Block& block = arch.block_of(i);
        facts.experts = std::max(facts.experts, block.ffn ? block.ffn->experts : 0);
        facts.layers += block.ffn ? 1 : 0;
        facts.attention_layers += has_values(block.mixer) ? 1 : 0;
    }
    facts.is_70b = arch.layers.size() == 80 && facts.gqa == 8;
    return facts;
}

WeightMix with_overrides(WeightMix mix, const std::map<TensorRole, Format>& overrides)
{
    for (const auto& [role, format] : overrides) {
        mix.overrides[role] = format;
    }
    mix.name = mix.rule_name();
    for (const auto& [role, format] : mix.overrides) {
        mix.name += "," + class_name(role) + "=" + std::string(info(format).name);
    }
    return mix;
}

WeightMix mix_named(std::string_view name)
{
    const std::size_t comma = name.find(',');
    WeightMix mix = rules_named(name.substr(0, comma));
    if (comma == std::string_view::npos) {
        return mix;
    }
    std::map<TensorRole, Format> overrides;
    for (const std::string& each : split(name.substr(comma + 1), ',')) {
        const auto [role, format] = override_named(each);
        if (!overrides.emplace(role, format).second) {
            throw InputError("", "'" + class_name(role) + "' has two formats", "give one");
        }
    }
    return with_overrides(std::move(mix), overrides);
}

std::vector<std::string> mix_names()
{
    std::vector<std::string> names;
    for (const MixRow& row : mix_table) {
        names.emplace_back(row.name);
    }
    return names;
}

std::vector<StoredTensor> stored_tensors(const Architecture& arch, const WeightMix& mix)
{
    const bool twice = arch.tied_embeddings && arch.untied_in_gguf && is_gguf(mix);
    MixFacts facts = mix_facts(arch);
    facts.tied = arch.tied_embeddings && !twice;
    std::array<int, tensor_role_count> seen{};
    std::vector<StoredTensor> stored;
    for (Tensor& tensor : tensors(arch)) {
        const int index = seen[std::size_t(tensor.role)]++;
        const Format format = format_of(mix, facts, {tensor.role, tensor.columns, index});
        stored.push_back({std::move(tensor), format});
    }
    if (twice) {
        Tensor head{std::string(info(TensorRole::output).suffix),
                    TensorRole::output,
                    -1,
                    double(arch.head_input_width()),
                    double(arch.vocabulary),
                    1};
        stored.push_back({head, format_of(mix, facts, {head.role, head.columns, 0})});
    }
    return stored;
}

double weight_bytes(const Architecture& arch, const WeightMix& mix)
{
    double bytes = 0;
    for (const StoredTensor& each : stored_tensors(arch, mix)) {
        bytes += each.bytes();
    }
    return bytes;
}

double bits_per_weight(const Architecture& arch, const WeightMix& mix)
{
    double bytes = 0;
    double elements = 0;
    for (const StoredTensor& each : stored_tensors(arch, mix)) {
        bytes += each.bytes();
        elements += each.tensor.elements();
    }
    return elements == 0 ? 0 : 8 * bytes / elements;
}

}  // namespace slimline
