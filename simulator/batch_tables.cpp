#include "simulator/batch_tables.h"

#include "archspace/weight_mix.h"
#include "simulator/int4_buffer.h"

namespace slimline {

namespace {

constexpr std::array<int, BatchTables::alignments> alignment_of{256, 128, 64, 32, 1};

/// The two formats a role has over the depth of a stack (equal when it has one), and which layers hold the second.
struct Pair {
    int common_at = 0;
    int other_at = 0;
};

constexpr int sample_depth = 64;

Format sample(const WeightMix& mix, MixFacts facts, TensorRole role, int depth, int i)
{
    facts.layers = depth;
    facts.attention_layers = depth;
    return format_of(mix, facts, {role, 256, i});
}

Pair pair_of(const WeightMix& mix, const MixFacts& facts, TensorRole role)
{
    Pair pair;
    for (int i = 1; i < sample_depth; ++i) {
        if (sample(mix, facts, role, sample_depth, i) != sample(mix, facts, role, sample_depth, 0)) {
            pair.other_at = i;
        }
    }
    return pair;
}

using Role = BatchTables::Role;

BatchTables::Rates rates_of(const Roofs& roofs, Format format)
{
    const double bytes = bytes_per_element(format);
    const auto two_flops = [&](KernelClass kernel) {
        return 2 * roofs.seconds_per_flop[std::size_t(kernel)][std::size_t(format)];
    };
    return {bytes, bytes * roofs.seconds_per_weight_byte[std::size_t(format)], two_flops(KernelClass::mat_vec),
            two_flops(KernelClass::mat_mat), roofs.weight_cache_use[std::size_t(format)]};
}

bool is_other(Role role)
{
    return role == Role::v_other || role == Role::gate_other || role == Role::up_other || role == Role::down_other;
}

struct DepthCounts {
    std::array<float, most_uniform_layers + 1> others{};
    std::array<bool, most_uniform_layers + 1> last_is_other{};
};

/// For every depth, the layers that hold the role's other format.
DepthCounts count_others(const WeightMix& mix, const MixFacts& facts, TensorRole role)
{
    DepthCounts counts;
    const Pair pair = pair_of(mix, facts, role);
    if (pair.other_at == 0) {
        return counts;
    }
    const Format other = sample(mix, facts, role, sample_depth, pair.other_at);
    for (int depth = 1; depth <= most_uniform_layers; ++depth) {
        for (int i = 0; i < depth; ++i) {
            const bool here = sample(mix, facts, role, depth, i) == other;
            counts.others[std::size_t(depth)] += here ? 1.0F : 0.0F;
            counts.last_is_other[std::size_t(depth)] = here;
        }
    }
    return counts;
}

BatchTables::Depths depths_of(const WeightMix& mix, int experts)
{
    MixFacts facts;
    facts.experts = experts;
    // Gate and up have one rule, and either may have a format of its own.
    const bool own_up = mix.overrides.contains(TensorRole::ffn_up);
    const DepthCounts in = count_others(mix, facts, own_up ? TensorRole::ffn_gate : TensorRole::ffn_up);
    const DepthCounts down = count_others(mix, facts, TensorRole::ffn_down);
    return {.v = count_others(mix, facts, TensorRole::attn_v).others,
            .ffn_in = in.others,
            .down = down.others,
            .last_in_is_other = in.last_is_other,
            .last_down_is_other = down.last_is_other};
}

/// A row of that alignment and of no larger one.
double sample_columns(std::size_t alignment)
{
    return alignment + 1 == BatchTables::alignments ? 20164.0 : 315.0 * alignment_of[alignment];
}

void fill_formats(BatchTables& tables, const WeightMix& mix, Role role, TensorRole tensor, MixFacts facts)
{
    facts.layers = sample_depth;
    facts.attention_layers = sample_depth;
    const Pair pair = pair_of(mix, facts, tensor);
    const int index = is_other(role) ? pair.other_at : pair.common_at;
    for (const bool wide_groups : {false, true}) {
        for (const bool tied : {false, true}) {
            for (const bool is_70b : {false, true}) {
                facts.gqa = wide_groups ? 4 : 1;
                facts.tied = tied;
                facts.is_70b = is_70b;
                const TensorRole asked = role == Role::head && tied ? TensorRole::token_embedding : tensor;
                auto& formats = tables.variants[variant_index(wide_groups, facts.experts, tied, is_70b)][std::size_t(role)];
                for (std::size_t a = 0; a < BatchTables::alignments; ++a) {
                    formats[a] = format_of(mix, facts, {asked, sample_columns(a), index});
                }
            }
        }
    }
}

/// Which formats tensors have, and in how many layers.
void fill_formats(BatchTables& t, const WeightMix& mix)
{
    t.depths = {depths_of(mix, 0), depths_of(mix, 8)};
    t.variants.resize(BatchTables::variant_count);
    constexpr std::array<std::pair<Role, TensorRole>, BatchTables::role_count> roles{{
        {Role::q, TensorRole::attn_q}, {Role::k, TensorRole::attn_k}, {Role::v, TensorRole::attn_v},
        {Role::v_other, TensorRole::attn_v}, {Role::o, TensorRole::attn_output}, {Role::gate, TensorRole::ffn_gate},
        {Role::gate_other, TensorRole::ffn_gate}, {Role::up, TensorRole::ffn_up}, {Role::up_other, TensorRole::ffn_up},
        {Role::down, TensorRole::ffn_down}, {Role::down_other, TensorRole::ffn_down},
        {Role::table, TensorRole::token_embedding}, {Role::head, TensorRole::output}}};
    for (const int experts : {0, 1, 4, 8}) {
        for (const auto& [role, tensor] : roles) {
            MixFacts facts;
            facts.experts = experts;
            fill_formats(t, mix, role, tensor, facts);
        }
    }
}

}  // namespace

BatchTables make_batch_tables(const Device& device, const Backend& backend, const Precision& precision,
                              const Workload& workload, Engine engine, const Calibration& calibration,
                              const BatchTables* same_formats)
{
    BatchTables t;
    t.roofs = roofs_of(device, backend, calibration, workload.threads);
    t.energy = energy_rates(device, backend);
    t.workload = workload;
    t.llama = engine == Engine::llama_cpp;
    t.int4 = engine == Engine::int4;
    t.rounded_bytes = rounded_bytes(precision.weights.base);
    t.offloaded = backend.kind != BackendKind::cpu;
    t.activation_bytes = precision.activation_bytes;
    t.kv_element_bytes = bytes_per_element(precision.kv_cache);
    t.vector_bytes = bytes_per_element(format_of(precision.weights, MixFacts{}, {TensorRole::attn_norm, 256, 0}));
    t.cache_positions = cache_positions(workload);
    t.prefill = prefill_series(workload, last_layer_of(engine));
    t.decode = decode_series(workload);
    for (std::size_t f = 0; f < format_count; ++f) {
        t.rates[f] = rates_of(t.roofs, Format(f));
    }
    t.router = t.rates[std::size_t(Format::f32)];
    for (int size = 0; size <= largest_head; ++size) {
        t.head_costs.push_back({head_size_factor(t.roofs, KernelClass::attention_vec, size),
                                head_size_factor(t.roofs, KernelClass::attention_mat, size), kv_row_seconds(t.roofs, size)});
    }
    if (same_formats != nullptr) {
        t.depths = same_formats->depths;
        t.variants = same_formats->variants;
    } else {
        fill_formats(t, precision.weights);
    }
    const auto& overrides = precision.weights.overrides;
    t.gate_equals_up = !overrides.contains(TensorRole::ffn_gate) && !overrides.contains(TensorRole::ffn_up);
    return t;
}

}  // namespace slimline
