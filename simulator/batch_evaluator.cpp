#include "simulator/batch_evaluator.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "simulator/series_sum.h"

namespace slimline {

namespace {

constexpr int largest_head = 1024;
constexpr std::array<int, 5> alignment_of{256, 128, 64, 32, 1};

std::size_t alignment_class(int columns)
{
    const int zeros = std::min(8, std::countr_zero(unsigned(columns)));
    return zeros >= 5 ? std::size_t(8 - zeros) : 4;
}

std::size_t expert_class(int experts) { return experts == 8 ? 3 : experts >= 4 ? 2 : experts > 0 ? 1 : 0; }

std::size_t variant_index(bool wide_groups, int experts, bool tied, bool is_70b)
{
    return ((std::size_t(wide_groups) * 4 + expert_class(experts)) * 2 + std::size_t(tied)) * 2 + std::size_t(is_70b);
}

/// n / tile rounded up, times tile, over n: tile_padding() without a division by the tile.
double fast_padding(double n, double tile)
{
    return tile <= 1 ? 1.0 : double(std::int64_t((n + tile - 1) / tile)) * tile / n;
}

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

}  // namespace

/// Rows of a pass and which kernels they run on.
struct BatchEvaluator::Rows {
    double tokens = 1;
    bool few = true;
    double padding = 1;
};

/// A design's widths and the rates of its formats, looked up once.
struct BatchEvaluator::Shape {
    double layers, d, q, kv, f, vocabulary, experts, active;
    double heads, head_factor;
    double other_v, other_in, other_down;
    double last_in_other, last_down_other;
    double weight_factor = 1;
    const Rates *rq, *rk, *rv, *rv_other, *ro, *rgate, *rgate_other, *rup, *rup_other, *rdown, *rdown_other, *rtable, *rhead;
};

struct BatchEvaluator::Sum {
    double seconds = 0;
    double flops = 0;
    double bytes = 0;
    double weight_factor = 1;
};

BatchEvaluator::BatchEvaluator(const Device& device, const Backend& backend, const Precision& precision,
                               const Workload& workload, Engine engine, const Calibration& calibration)
    : roofs_(roofs_of(device, backend, calibration, workload.threads)),
      energy_(energy_rates(device, backend)),
      workload_(workload),
      llama_(engine == Engine::llama_cpp),
      offloaded_(backend.kind != BackendKind::cpu),
      activation_bytes_(precision.activation_bytes),
      kv_element_bytes_(bytes_per_element(precision.kv_cache)),
      cache_positions_(cache_positions(workload)),
      prefill_(prefill_series(workload, engine == Engine::llama_cpp)),
      decode_(decode_series(workload)),
      variants_(variant_count),
      head_size_factor_(largest_head + 1)
{
    for (int size = 0; size <= largest_head; ++size) {
        head_size_factor_[std::size_t(size)] = slimline::head_size_factor(roofs_, size);
    }
    make_formats(precision);
}

BatchEvaluator::Rates BatchEvaluator::rates_of(Format format) const
{
    const double bytes = bytes_per_element(format);
    const auto two_flops = [&](KernelClass kernel) {
        return 2 * roofs_.seconds_per_flop[std::size_t(kernel)][std::size_t(format)];
    };
    return {bytes, bytes * roofs_.seconds_per_weight_byte, two_flops(KernelClass::mat_vec), two_flops(KernelClass::mat_mat)};
}

void BatchEvaluator::make_formats(const Precision& precision)
{
    const WeightMix& mix = precision.weights;
    MixFacts facts;
    vector_bytes_ = bytes_per_element(format_of(mix, facts, {TensorRole::attn_norm, 256, 0}));

    constexpr std::array<std::pair<Role, TensorRole>, role_count> roles{{
        {q, TensorRole::attn_q}, {k, TensorRole::attn_k}, {v, TensorRole::attn_v}, {v_other, TensorRole::attn_v},
        {o, TensorRole::attn_output}, {gate, TensorRole::ffn_gate}, {gate_other, TensorRole::ffn_gate},
        {up, TensorRole::ffn_up}, {up_other, TensorRole::ffn_up}, {down, TensorRole::ffn_down},
        {down_other, TensorRole::ffn_down}, {table, TensorRole::token_embedding}, {head, TensorRole::output}}};
    const auto is_other = [](Role role) {
        return role == v_other || role == gate_other || role == up_other || role == down_other;
    };
    for (const int experts : {0, 1, 4, 8}) {
        facts.experts = experts;
        facts.gqa = 1;
        facts.is_70b = false;
        facts.tied = true;
        Depths& depths = depths_[experts == 8 ? 1 : 0];
        for (const auto& [role, tensor] : {std::pair{v_other, TensorRole::attn_v}, std::pair{up_other, TensorRole::ffn_up},
                                           std::pair{down_other, TensorRole::ffn_down}}) {
            if (experts != 0 && experts != 8) {
                continue;
            }
            const Pair pair = pair_of(mix, facts, tensor);
            if (pair.other_at == 0) {
                continue;
            }
            const Format other = sample(mix, facts, tensor, sample_depth, pair.other_at);
            for (int depth = 1; depth <= most_uniform_layers; ++depth) {
                int count = 0;
                bool last = false;
                for (int i = 0; i < depth; ++i) {
                    last = sample(mix, facts, tensor, depth, i) == other;
                    count += last ? 1 : 0;
                }
                auto& counts = role == v_other ? depths.v : role == up_other ? depths.ffn_in : depths.down;
                counts[std::size_t(depth)] = float(count);
                if (role == up_other) {
                    depths.last_in_is_other[std::size_t(depth)] = last;
                } else if (role == down_other) {
                    depths.last_down_is_other[std::size_t(depth)] = last;
                }
            }
        }
        for (const auto& [role, tensor] : roles) {
            facts.gqa = 1;
            facts.is_70b = false;
            const Pair pair = pair_of(mix, facts, tensor);
            for (std::size_t bits = 0; bits < 8; ++bits) {
                facts.gqa = (bits & 1) != 0 ? 4 : 1;
                facts.tied = (bits & 2) != 0;
                facts.is_70b = (bits & 4) != 0;
                facts.layers = sample_depth;
                facts.attention_layers = sample_depth;
                Variant& variant = variants_[variant_index(facts.gqa >= 4, experts, facts.tied, facts.is_70b)];
                for (std::size_t a = 0; a < alignments; ++a) {
                    const int index = is_other(role) ? pair.other_at : pair.common_at;
                    const TensorRole asked = role == head && facts.tied ? TensorRole::token_embedding : tensor;
                    // 20160 = 32 * 630 stands for rows that are multiples of 32 but of nothing larger, and so on.
                    const double columns = a == 4 ? 20164.0 : 630.0 / 2 * alignment_of[a];
                    variant[role][a] = rates_of(format_of(mix, facts, {asked, columns, index}));
                }
            }
        }
    }
}

BatchEvaluator::Rows BatchEvaluator::rows(double sequences, double new_tokens) const
{
    const double tokens = sequences * new_tokens;
    const bool few = tokens <= roofs_.mat_vec_most_rows;
    return {tokens, few, few ? 1.0 : tile_padding(tokens, roofs_.tile_rows)};
}

// One product for `count` layers: traffic and arithmetic overlap, then a launch.
inline void BatchEvaluator::add_product(Sum& sum, const Rates& rates, double in, double out, double tokens, const Rows& rows,
                                        double count) const
{
    const double weights = in * out;
    const double activations = tokens * (in + out) * activation_bytes_;
    const double memory = weights * rates.traffic_s * sum.weight_factor + activations * roofs_.seconds_per_activation_byte;
    const double each = rows.few ? rates.mat_vec_s : rates.mat_mat_s * rows.padding * fast_padding(out, roofs_.tile_columns);
    sum.seconds += count * (overlapped(memory, weights * tokens * each, roofs_.serial_share) + roofs_.seconds_per_launch);
    sum.flops += count * 2 * weights * tokens;
    sum.bytes += count * (weights * rates.bytes + activations);
}

// The same matrix of all experts that a pass hits, each meeting an even share of the rows.
inline void BatchEvaluator::add_experts(Sum& sum, const Rates& rates, const Shape& s, double in, double out, const Rows& rows,
                                        double count) const
{
    const double hits = expert_hits(s.experts, s.active, rows.tokens);
    const double routed = rows.tokens * s.active;
    const bool few = routed / hits <= roofs_.mat_vec_most_rows;
    const double weights = in * out;
    const double activations = routed * (in + out) * activation_bytes_;
    const double memory =
        weights * hits * rates.traffic_s * sum.weight_factor + activations * roofs_.seconds_per_activation_byte;
    const double each = few ? rates.mat_vec_s
                            : rates.mat_mat_s * tile_padding(routed / hits, roofs_.tile_rows) *
                                  fast_padding(out, roofs_.tile_columns);
    sum.seconds += count * (overlapped(memory, weights * routed * each, roofs_.serial_share) + roofs_.seconds_per_launch);
    sum.flops += count * 2 * weights * routed;
    sum.bytes += count * (weights * hits * rates.bytes + activations);
}

void BatchEvaluator::add_ffn(Sum& sum, const Shape& s, const Rows& rows, double layers, double other_in,
                             double other_down) const
{
    const auto add = [&](const Rates& rates, double in, double out, double count) {
        if (s.experts > 0) {
            add_experts(sum, rates, s, in, out, rows, count);
        } else {
            add_product(sum, rates, in, out, rows.tokens, rows, count);
        }
    };
    const double routed = s.experts > 0 ? rows.tokens * s.active : rows.tokens;
    if (s.experts > 0) {
        static const Rates none;
        Rates router = none;
        router.bytes = 4;
        router.traffic_s = 4 * roofs_.seconds_per_weight_byte;
        router.mat_vec_s = 2 * roofs_.seconds_per_flop[std::size_t(KernelClass::mat_vec)][std::size_t(Format::f32)];
        router.mat_mat_s = 2 * roofs_.seconds_per_flop[std::size_t(KernelClass::mat_mat)][std::size_t(Format::f32)];
        add_product(sum, router, s.d, s.experts, rows.tokens, rows, layers);
    }
    add(*s.rgate, s.d, s.f, layers - other_in);
    add(*s.rup, s.d, s.f, layers - other_in);
    if (other_in > 0) {
        add(*s.rgate_other, s.d, s.f, other_in);
        add(*s.rup_other, s.d, s.f, other_in);
    }
    add(*s.rdown, s.f, s.d, layers - other_down);
    if (other_down > 0) {
        add(*s.rdown_other, s.f, s.d, other_down);
    }
    // Norm, activation and residual: elementwise kernels have no arithmetic worth counting, so they add up in one go.
    const double activations = (5 * rows.tokens * s.d + 3 * routed * s.f) * activation_bytes_;
    sum.seconds += layers * (s.d * 4 * roofs_.seconds_per_weight_byte * sum.weight_factor +
                             activations * roofs_.seconds_per_activation_byte + 3 * roofs_.seconds_per_launch);
    sum.flops += layers * (5 * rows.tokens * s.d + 4 * routed * s.f);
    sum.bytes += layers * (s.d * 4 + activations);
}

void BatchEvaluator::add_attention(Sum& sum, const Shape& s, const PassSeries& series) const
{
    struct Cost {
        double flops, kv, activations;
    };
    const PassShape& first = series.first;
    const double tokens = first.tokens();
    const bool few = first.new_tokens <= roofs_.mat_vec_most_rows;
    const double flop_s = s.head_factor * roofs_.seconds_per_flop[std::size_t(
                              few ? KernelClass::attention_vec : KernelClass::attention_mat)][std::size_t(Format::f32)];
    const double last_past = first.past + (series.passes - 1) * series.stride;
    const auto attended = [&](double past) { return first.sequences * attended_positions(past, first.new_tokens, 0); };
    const auto read = [&](double past) { return first.sequences * (past + first.new_tokens) * kv_element_bytes_; };
    const auto add = [&](const Cost& a, const Cost& b, double compute_s) {
        const auto memory = [&](const Cost& c) {
            return c.kv * roofs_.seconds_per_kv_byte + c.activations * roofs_.seconds_per_activation_byte;
        };
        sum.seconds += s.layers * (progression_sum(memory(a), a.flops * compute_s, memory(b), b.flops * compute_s,
                                                   series.passes, roofs_.serial_share) +
                                   series.passes * roofs_.seconds_per_launch);
        sum.flops += s.layers * series.passes * (a.flops + b.flops) / 2;
        sum.bytes += s.layers * series.passes * (a.kv + a.activations + b.kv + b.activations) / 2;
    };
    if (workload_.flash_attention) {
        const double in_out = 2 * tokens * s.q * activation_bytes_;
        const auto at = [&](double past) {
            return Cost{attended(past) * (4 * s.q + 5 * s.heads), 2 * read(past) * s.kv, in_out};
        };
        add(at(first.past), at(last_past), flop_s);
        return;
    }
    const auto half = [&](double past) {
        const double matrix = s.heads * tokens * (past + first.new_tokens) * 4;
        return Cost{attended(past) * 2 * s.q, read(past) * s.kv, tokens * s.q * activation_bytes_ + matrix};
    };
    const auto softmax = [&](double past) {
        return Cost{attended(past) * 5 * s.heads, 0, 2 * s.heads * tokens * (past + first.new_tokens) * 4};
    };
    add(half(first.past), half(last_past), flop_s);
    add(half(first.past), half(last_past), flop_s);
    add(softmax(first.past), softmax(last_past), 0);
}

void BatchEvaluator::add_pass(Sum& sum, const Shape& s, const PassSeries& series) const
{
    if (series.passes <= 0) {
        return;
    }
    const PassShape& pass = series.first;
    const Rows all = rows(pass.sequences, pass.new_tokens);
    const double t = all.tokens;
    Sum once;
    once.weight_factor = sum.weight_factor;

    // Embedding rows.
    const double row_bytes = t * s.d * s.rtable->bytes;
    once.seconds += t * s.d * s.rtable->traffic_s * sum.weight_factor +
                    t * s.d * activation_bytes_ * roofs_.seconds_per_activation_byte + roofs_.seconds_per_launch;
    once.bytes += row_bytes + t * s.d * activation_bytes_;

    // Attention's products, then its elementwise kernels: norm, rotation, KV write, residual.
    add_product(once, *s.rq, s.d, s.q, t, all, s.layers);
    add_product(once, *s.rk, s.d, s.kv, t, all, s.layers);
    add_product(once, *s.rv, s.d, s.kv, t, all, s.layers - s.other_v);
    if (s.other_v > 0) {
        add_product(once, *s.rv_other, s.d, s.kv, t, all, s.other_v);
    }
    add_product(once, *s.ro, s.q, s.d, t, all, s.layers);
    const double activations = t * (5 * s.d + 2 * (s.q + s.kv) + 2 * s.kv) * activation_bytes_;
    const double kv_written = t * 2 * s.kv * kv_element_bytes_;
    once.seconds += s.layers * (s.d * 4 * roofs_.seconds_per_weight_byte * sum.weight_factor +
                                activations * roofs_.seconds_per_activation_byte + kv_written * roofs_.seconds_per_kv_byte +
                                6 * roofs_.seconds_per_launch);
    once.flops += s.layers * t * (5 * s.d + 3 * (s.q + s.kv));
    once.bytes += s.layers * (s.d * 4 + activations + kv_written);

    if (pass.last_ffn_outputs_only) {
        add_ffn(once, s, all, s.layers - 1, s.other_in - s.last_in_other, s.other_down - s.last_down_other);
        if (pass.output_rows > 0) {
            add_ffn(once, s, rows(pass.output_rows, 1), 1, s.last_in_other, s.last_down_other);
        }
    } else {
        add_ffn(once, s, all, s.layers, s.other_in, s.other_down);
    }

    if (pass.output_rows > 0) {
        const Rows out = rows(pass.output_rows, 1);
        const double norm_bytes = 2 * out.tokens * s.d * activation_bytes_;
        once.seconds += s.d * 4 * roofs_.seconds_per_weight_byte * sum.weight_factor +
                        norm_bytes * roofs_.seconds_per_activation_byte + roofs_.seconds_per_launch;
        once.flops += 4 * out.tokens * s.d;
        once.bytes += s.d * 4 + norm_bytes;
        // Logits are float32 whatever the activations are.
        const double weights = s.d * s.vocabulary;
        const double moved = out.tokens * (s.d * activation_bytes_ + s.vocabulary * 4);
        const double each = out.few ? s.rhead->mat_vec_s
                                    : s.rhead->mat_mat_s * out.padding * fast_padding(s.vocabulary, roofs_.tile_columns);
        once.seconds += overlapped(weights * s.rhead->traffic_s * sum.weight_factor + moved * roofs_.seconds_per_activation_byte,
                                   weights * out.tokens * each, roofs_.serial_share) +
                        roofs_.seconds_per_launch;
        once.flops += 2 * weights * out.tokens;
        once.bytes += weights * s.rhead->bytes + moved;
    }

    sum.seconds += series.passes * (once.seconds + roofs_.seconds_per_pass);
    sum.flops += series.passes * once.flops;
    sum.bytes += series.passes * once.bytes;
    add_attention(sum, s, series);
}

Objectives BatchEvaluator::evaluate(const UniformDesign& design) const
{
    const int gqa = design.heads / design.kv_heads;
    const Variant& formats = variants_[variant_index(gqa >= 4, design.experts, design.tied, design.layers == 80 && gqa == 8)];
    const std::size_t by_d = alignment_class(design.d_model);
    const std::size_t by_q = alignment_class(design.heads * design.head_dim);
    const std::size_t by_f = alignment_class(design.d_ffn);
    const std::size_t depth = std::size_t(std::min(design.layers, most_uniform_layers));
    const Depths& depths = depths_[design.experts == 8 ? 1 : 0];

    Shape s{};
    s.layers = design.layers;
    s.d = design.d_model;
    s.heads = design.heads;
    s.q = double(design.heads) * design.head_dim;
    s.kv = double(design.kv_heads) * design.head_dim;
    s.f = design.d_ffn;
    s.vocabulary = design.vocabulary;
    s.experts = design.experts;
    s.active = design.active;
    s.head_factor = head_size_factor_[std::size_t(std::min(design.head_dim, largest_head))];
    s.other_v = depths.v[depth];
    s.other_in = depths.ffn_in[depth];
    s.other_down = depths.down[depth];
    s.last_in_other = depths.last_in_is_other[depth] ? 1 : 0;
    s.last_down_other = depths.last_down_is_other[depth] ? 1 : 0;
    s.rq = &formats[q][by_d];
    s.rk = &formats[k][by_d];
    s.rv = &formats[v][by_d];
    s.rv_other = &formats[v_other][by_d];
    s.ro = &formats[o][by_q];
    s.rgate = &formats[gate][by_d];
    s.rgate_other = &formats[gate_other][by_d];
    s.rup = &formats[up][by_d];
    s.rup_other = &formats[up_other][by_d];
    s.rdown = &formats[down][by_f];
    s.rdown_other = &formats[down_other][by_f];
    s.rtable = &formats[table][by_d];
    s.rhead = &formats[head][by_d];

    // Weights: the stack, its norms and routers, the table, an untied head, the final norm.
    const double each_expert = s.d * s.f;
    const double experts = s.experts > 0 ? s.experts : 1;
    const double attention_bytes = s.d * (s.q * s.rq->bytes + s.kv * s.rk->bytes) * s.layers + s.q * s.d * s.ro->bytes * s.layers +
                                   s.d * s.kv * (s.rv->bytes * (s.layers - s.other_v) + s.rv_other->bytes * s.other_v);
    const double ffn_bytes =
        each_expert * ((s.rgate->bytes + s.rup->bytes) * (s.layers - s.other_in) +
                       (s.rgate_other->bytes + s.rup_other->bytes) * s.other_in +
                       s.rdown->bytes * (s.layers - s.other_down) + s.rdown_other->bytes * s.other_down);
    const double vectors = (2 * s.layers + 1) * s.d * vector_bytes_ + s.layers * s.d * s.experts * vector_bytes_;
    const double table_bytes = s.d * s.vocabulary * s.rtable->bytes;
    const double head_bytes = s.d * s.vocabulary * s.rhead->bytes;

    Objectives result;
    result.weight_bytes = attention_bytes + ffn_bytes * experts + vectors + table_bytes + (design.tied ? 0 : head_bytes);
    result.kv_bytes = workload_.batch * s.layers * 2 * s.kv * kv_element_bytes_ * cache_positions_;

    Sum prefill;
    Sum decode;
    if (!roofs_.cache_points.empty()) {
        const double hits = s.experts > 0 ? expert_hits(s.experts, s.active, workload_.batch) : 1;
        const double streamed = attention_bytes + ffn_bytes * hits + (2 * s.layers + 1) * s.d * 4 + s.layers * s.d * s.experts * 4 +
                                head_bytes + workload_.batch * s.d * s.rtable->bytes;
        prefill.weight_factor = decode.weight_factor = cache_factor(roofs_, streamed);
    }
    for (const PassSeries& series : prefill_) {
        add_pass(prefill, s, series);
    }
    add_pass(decode, s, decode_);
    result.ttft_s = prefill.seconds + (workload_.prompt_tokens > 0 ? roofs_.seconds_per_prompt : 0.0);
    result.tpot_s = decode.seconds / decode_.passes;
    result.energy_j_per_token = energy_of(Seconds{decode.seconds}, Bytes{decode.bytes}, Flops{decode.flops}, energy_).value /
                                (decode_.passes * workload_.batch);

    // The widest phase of the graph in float32 numbers a token: logits beside the last norm, or the FFN's hidden layers
    // beside stream and input, or Q, K and V beside them; scores too where attention is not fused.
    const double hidden = s.experts > 0 ? s.f * s.active : s.f;
    const double scores = workload_.flash_attention ? 0.0 : s.heads * cache_positions_;
    const double widest = std::max({s.vocabulary + s.d, 2 * s.d + 2 * hidden, 2 * s.d + s.q + 2 * s.kv + scores});
    result.compute_bytes = widest * workload_.ubatch * 4;
    if (llama_ && offloaded_) {
        result.host_bytes = (design.tied ? table_bytes : 0) + cache_positions_ * workload_.ubatch * 4 + s.d * workload_.ubatch * 4 +
                            s.vocabulary * 4;
    }
    return result;
}

void BatchEvaluator::evaluate(std::span<const UniformDesign> designs, std::span<Objectives> results) const
{
    for (std::size_t i = 0; i < designs.size(); ++i) {
        results[i] = evaluate(designs[i]);
    }
}

}  // namespace slimline
