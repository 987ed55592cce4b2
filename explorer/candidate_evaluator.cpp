#include "explorer/candidate_evaluator.h"

#include <algorithm>

#include "archspace/quality/loss.h"

namespace slimline {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double rounding = 1e-9;  // relative; sums in another order differ by far less

bool asks(const SearchQuestion& q, std::initializer_list<DesignMetric> wanted)
{
    const auto one = [&](DesignMetric m) { return std::ranges::find(wanted, m) != wanted.end(); };
    return std::ranges::any_of(q.objectives, one) ||
           std::ranges::any_of(q.limits, [&](const Limit& l) { return one(l.metric); });
}

}  // namespace

bool wants_loss(const SearchQuestion& question)
{
    return asks(question, {DesignMetric::loss, DesignMetric::loss_per_character});
}

ShareBox operator+(const ShareBox& a, const ShareBox& b)
{
    ShareBox sum;
    for (std::size_t i = 0; i < share_count; ++i) {
        sum.sums[i] = {a.sums[i].low + b.sums[i].low, a.sums[i].high + b.sums[i].high};
    }
    sum.compute_bytes = std::max(a.compute_bytes, b.compute_bytes);
    return sum;
}

ShareBox hull(const ShareBox& a, const ShareBox& b)
{
    ShareBox both;
    for (std::size_t i = 0; i < share_count; ++i) {
        both.sums[i] = hull(a.sums[i], b.sums[i]);
    }
    both.compute_bytes = std::min(a.compute_bytes, b.compute_bytes);
    return both;
}

CandidateEvaluator::CandidateEvaluator(const SearchQuestion& q, std::size_t weights, std::size_t kv_cache)
    : question_(q),
      precision_{q.space.weights[weights], q.space.kv_cache[kv_cache]},
      evaluator_(q.run.device, *find_backend(q.run.device, q.run.backend), precision_, q.run.workload, q.run.engine,
                 q.run.calibration)
{
    const Backend& backend = *find_backend(q.run.device, q.run.backend);
    additive_ = roofs_of(q.run.device, backend, q.run.calibration, q.run.workload.threads).cache_points.empty();
    wants_loss_ = wants_loss(q);
    const bool quantised = info(precision_.weights.base).bits_per_element() < 16;
    reads_bits_ = wants_loss_ && quantised && direction(q.law, LawInput::post_bits) != Direction::none;
    memory_ = q.must_fit ? memory_for(q.run.device, backend).value : 0;
}

double CandidateEvaluator::text_rate(double vocabulary) const
{
    return question_.text_rate ? tokens_per_character(*question_.text_rate, vocabulary) : 0;
}

void CandidateEvaluator::costs(std::span<const UniformDesign> designs, std::vector<Objectives>& results) const
{
    results.resize(designs.size());
    evaluator_.evaluate(designs, results);
}

ShareBox CandidateEvaluator::sizes(const UniformDesign& u, SizeParts parts)
{
    const double d = u.d_model;
    const double layers = u.layers;
    ShareBox box;
    const auto add = [&](Share share, double value) { box[share] = {box[share].low + value, box[share].high + value}; };
    if (parts.base) {
        const double norms = (2 * layers + 1) * d;
        add(Share::parameters, norms);
        add(Share::active, norms);
    }
    if (parts.attention) {
        const double query = double(u.heads) * u.head_dim;
        const double kv = double(u.kv_heads) * u.head_dim;
        const double weights = layers * d * (2 * query + 2 * kv);
        add(Share::parameters, weights);
        add(Share::active, weights);
        add(Share::attention, weights);
        add(Share::query, query);
        add(Share::kv, kv);
    }
    if (parts.ffn) {
        const bool mixture = u.experts > 0;
        const double hidden = double(u.d_ffn) * (mixture ? u.active : 1);
        const double router = mixture ? layers * d * u.experts : 0;
        add(Share::parameters, layers * 3 * d * u.d_ffn * (mixture ? u.experts : 1) + router);
        add(Share::active, layers * 3 * d * hidden + router);
        add(Share::mlp, layers * 3 * d * hidden);
        add(Share::ffn, hidden);
        add(Share::experts, mixture ? u.experts : 1);
        add(Share::rate, mixture ? double(u.active) / u.experts : 1);
    }
    if (parts.vocabulary) {
        const double tables = double(u.vocabulary) * d * (u.tied ? 1 : 2);
        add(Share::parameters, tables);
        add(Share::active, tables);
        add(Share::embedding, tables);
        add(Share::vocabulary, u.vocabulary);
    }
    return box;
}

namespace {

/// The law's view of a box of designs of one width and depth.
LawBox law_box(const ShareBox& s, const UniformDesign& base, double tokens, const WeightMix& mix)
{
    const FormatInfo& format = info(mix.base);
    LawBox box;
    box.values.fill(Enclosure{infinite});
    box[LawInput::all_parameters] = s[Share::active];
    const Enclosure plain{s[Share::active].low - s[Share::embedding].high,
                          s[Share::active].high - s[Share::embedding].low};
    const bool exact = s[Share::active].low == s[Share::active].high;
    box[LawInput::non_embedding_parameters] = exact ? Enclosure{s[Share::active].low - s[Share::embedding].low} : plain;
    box[LawInput::tokens] = tokens;
    box[LawInput::width] = double(base.d_model);
    box[LawInput::depth] = double(base.layers);
    box[LawInput::aspect_ratio] = double(base.d_model) / base.layers;
    box[LawInput::ffn_ratio] = s[Share::ffn] / double(base.d_model);
    box[LawInput::mlp_attention_ratio] = s[Share::mlp] / s[Share::attention];
    box[LawInput::query_width] = s[Share::query];
    box[LawInput::kv_width] = s[Share::kv];
    box[LawInput::gqa] = s[Share::query] / s[Share::kv];
    box[LawInput::vocabulary] = s[Share::vocabulary];
    box[LawInput::vocabulary_parameters] = s[Share::vocabulary] * double(base.d_model);
    box[LawInput::experts] = s[Share::experts];
    box[LawInput::activation_rate] = s[Share::rate];
    box[LawInput::group] = format.block_elements;
    if (format.bits_per_element() < 16) {
        box[LawInput::post_bits] = {0.5, 32};
    }
    box.exact.format = mix.name;
    box.exact.importance_matrix = mix.importance_matrix;
    box.exact.format_bits = format.bits_per_element();
    return box;
}

}  // namespace

LawInputs CandidateEvaluator::inputs(const UniformDesign& design, double weight_bytes) const
{
    const ShareBox s = sizes(design, {});
    const LawBox box = law_box(s, design, question_.tokens, precision_.weights);
    LawInputs in = box.exact;
    for (std::size_t i = 0; i < law_input_count; ++i) {
        in.values[i] = box.values[i].low;
    }
    if (in.format_bits < 16) {
        in[LawInput::post_bits] = 8 * weight_bytes / s[Share::parameters].low;
    }
    in[LawInput::parameters] = question_.law.basis == ParameterBasis::all ? in[LawInput::all_parameters]
                                                                          : in[LawInput::non_embedding_parameters];
    in[LawInput::tokens_per_parameter] = question_.tokens / in[LawInput::parameters];
    return in;
}

void CandidateEvaluator::evaluate(std::span<const UniformDesign> designs, std::vector<Measures>& results) const
{
    std::vector<Objectives> costs_of;
    costs(designs, costs_of);
    results.resize(designs.size());
    for (std::size_t i = 0; i < designs.size(); ++i) {
        const Objectives& o = costs_of[i];
        const ShareBox s = sizes(designs[i], {});
        Measures& m = results[i];
        const auto set = [&](DesignMetric metric, double value) { m[std::size_t(metric)] = value; };
        const double rate = text_rate(designs[i].vocabulary);
        const double loss = wants_loss_ ? loss_terms(question_.law, inputs(designs[i], o.weight_bytes)).sum()
                                        : std::numeric_limits<double>::quiet_NaN();
        set(DesignMetric::ttft, o.ttft_s);
        set(DesignMetric::tpot, o.tpot_s);
        set(DesignMetric::total, o.ttft_s + (question_.run.workload.generated_tokens - 1) * o.tpot_s);
        set(DesignMetric::energy, o.energy_j_per_token);
        set(DesignMetric::memory, o.memory_bytes());
        set(DesignMetric::loss, loss);
        set(DesignMetric::parameters, s[Share::parameters].low);
        set(DesignMetric::active_parameters, s[Share::active].low);
        set(DesignMetric::tpot_per_character, o.tpot_s * rate);
        set(DesignMetric::loss_per_character, loss * rate);
    }
}

double CandidateEvaluator::least_loss(const ShareBox& box, const UniformDesign& base) const
{
    if (!wants_loss_) {
        return 0;
    }
    LawBox law = law_box(box, base, question_.tokens, precision_.weights);
    law[LawInput::parameters] = question_.law.basis == ParameterBasis::all ? law[LawInput::all_parameters]
                                                                           : law[LawInput::non_embedding_parameters];
    law[LawInput::tokens_per_parameter] = Enclosure{question_.tokens} / law[LawInput::parameters];
    const double low = loss_bounds(question_.law, law).low;
    return std::isnan(low) ? -infinite : low;
}

Measures CandidateEvaluator::least_given_loss(const ShareBox& s, double loss) const
{
    Measures m{};
    const auto set = [&](DesignMetric metric, double value) {
        m[std::size_t(metric)] = value - rounding * std::abs(value);
    };
    const double rate =
        question_.text_rate ? std::min(text_rate(s[Share::vocabulary].low), text_rate(s[Share::vocabulary].high)) : 0;
    set(DesignMetric::ttft, s[Share::ttft].low);
    set(DesignMetric::tpot, s[Share::tpot].low);
    set(DesignMetric::total, s[Share::ttft].low + (question_.run.workload.generated_tokens - 1) * s[Share::tpot].low);
    set(DesignMetric::energy, s[Share::energy].low);
    set(DesignMetric::memory, s[Share::stored].low + s.compute_bytes);
    set(DesignMetric::loss, loss);
    set(DesignMetric::parameters, s[Share::parameters].low);
    set(DesignMetric::active_parameters, s[Share::active].low);
    set(DesignMetric::tpot_per_character, s[Share::tpot].low * rate);
    set(DesignMetric::loss_per_character, loss * rate);
    return m;
}

Measures CandidateEvaluator::least(const ShareBox& box, const UniformDesign& base) const
{
    return least_given_loss(box, least_loss(box, base));
}

bool CandidateEvaluator::within_limits(const Measures& m) const
{
    if (memory_ > 0 && !(m[std::size_t(DesignMetric::memory)] <= memory_)) {
        return false;
    }
    if (wants_loss_ && std::isnan(m[std::size_t(DesignMetric::loss)])) {
        return false;
    }
    return std::ranges::all_of(question_.limits, [&](const Limit& l) {
        const double value = m[std::size_t(l.metric)];
        return value >= l.least && value <= l.most;
    });
}

bool CandidateEvaluator::may_be_within(const Measures& low, const ShareBox& box) const
{
    if (memory_ > 0 && low[std::size_t(DesignMetric::memory)] > memory_) {
        return false;
    }
    return std::ranges::all_of(question_.limits, [&](const Limit& l) {
        const bool counted = l.metric == DesignMetric::parameters || l.metric == DesignMetric::active_parameters;
        const Share share = l.metric == DesignMetric::parameters ? Share::parameters : Share::active;
        return low[std::size_t(l.metric)] <= l.most && (!counted || box[share].high * (1 + rounding) >= l.least);
    });
}

}  // namespace slimline
