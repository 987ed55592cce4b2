#include <algorithm>

#include "archspace/quality/loss.h"
#include "base/numbers.h"
#include "explorer/candidate_evaluator.h"
#include "explorer/column_directions.h"
#include "explorer/law_box.h"

namespace slimline {

namespace {

constexpr double rounding = 1e-9;  // relative; sums in another order differ by far less

using enum DesignMetric;

Measures shifted(Measures m, double relative)
{
    for (double& value : m) {
        value += relative * std::abs(value);
    }
    return m;
}

}  // namespace

/// 0 for what is no column: nothing asks for it.
double CandidateEvaluator::share_at(const double* shares, Share share, std::size_t run) const
{
    const std::size_t column = column_of_[std::size_t(share)][run];
    return column == ShareColumns::absent ? 0 : shares[column];
}

/// Measures of sums, all but those per character.
Measures CandidateEvaluator::measures_at(const double* shares, double loss_of) const
{
    Measures m{};
    const auto set = [&](DesignMetric metric, double value) { m[std::size_t(metric)] = value; };
    const auto at = [&](Share share, std::size_t run = 0) { return share_at(shares, share, run); };
    double held = 0;
    double full = 0;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
        const double bytes = at(Share::stored, r) + at(Share::compute, r);
        held = std::max(held, bytes);
        full = std::max(full, runs_[r].memory > 0 ? bytes / runs_[r].memory : 0);
    }
    set(ttft, across([&](std::size_t r) { return at(Share::ttft, r); }));
    set(tpot, across([&](std::size_t r) { return at(Share::tpot, r); }));
    set(total,
        across([&](std::size_t r) { return at(Share::ttft, r) + (runs_[r].generated - 1) * at(Share::tpot, r); }));
    set(energy, across([&](std::size_t r) { return at(Share::energy, r); }));
    set(memory, held);
    set(memory_share, full);
    set(price, price_);
    set(power, power_);
    set(loss, loss_of);
    set(parameters, at(Share::parameters));
    set(active_parameters, at(Share::active));
    return m;
}

Measures CandidateEvaluator::least(const ShareBox& box, double loss_of) const
{
    Measures m = measures_at(box.low.data(), loss_of);
    if (question_.text_rate) {
        const auto rate = [&](const auto& ends) {
            return tokens_per_character(*question_.text_rate, share_at(ends.data(), Share::vocabulary, 0));
        };
        const double least_rate = std::min(rate(box.low), rate(box.high));
        m[std::size_t(tpot_per_character)] = m[std::size_t(tpot)] * least_rate;
        m[std::size_t(loss_per_character)] = loss_of * least_rate;
    }
    return shifted(m, -rounding);
}

Measures CandidateEvaluator::most(const ShareBox& box) const
{
    Measures m = measures_at(box.high.data(), infinite);
    m[std::size_t(tpot_per_character)] = infinite;
    m[std::size_t(loss_per_character)] = infinite;
    return shifted(m, rounding);
}

double CandidateEvaluator::joint_loss(double counted, const UniformDesign& base) const
{
    LawInputs in = blank_;
    in[law().counted] = counted;
    in[LawInput::width] = base.d_model;
    in[LawInput::depth] = base.layers;
    in[LawInput::aspect_ratio] = double(base.d_model) / base.layers;
    return loss_terms(law().joint, in).sum();
}

double CandidateEvaluator::least_loss(const ShareBox& box, const UniformDesign& base) const
{
    if (!wants_loss_) {
        return 0;
    }
    const double apart = share_at(box.low.data(), Share::loss, 0);
    if (law().by_count) {
        const double joint = joint_loss(share_at(box.high.data(), Share::counted, 0), base);
        return std::isnan(joint + apart) ? -infinite : joint + apart;
    }
    const auto of = [&](Share share) {
        return Enclosure{share_at(box.low.data(), share, 0), share_at(box.high.data(), share, 0)};
    };
    LawBox in;
    in.exact = blank_;
    in.values = law_values<Enclosure>(of, base, blank_);
    const bool exact = of(Share::active).low == of(Share::active).high;
    if (exact) {
        in[LawInput::non_embedding_parameters] = of(Share::active).low - of(Share::embedding).low;
    }
    if (blank_.format_bits < 16) {
        in[LawInput::post_bits] = {0.5, 32};
    }
    in[LawInput::parameters] = question_.law.basis == ParameterBasis::all ? in[LawInput::all_parameters]
                                                                          : in[LawInput::non_embedding_parameters];
    in[LawInput::tokens_per_parameter] = Enclosure{question_.tokens} / in[LawInput::parameters];
    const double low = loss_bounds(law().joint, in).low + apart;
    return std::isnan(low) ? -infinite : low;
}

bool CandidateEvaluator::within_limits(const Measures& m) const
{
    if (question_.must_fit && !(m[std::size_t(memory_share)] <= 1)) {
        return false;
    }
    if (wants_loss_ && std::isnan(m[std::size_t(loss)])) {
        return false;
    }
    return std::ranges::all_of(question_.limits, [&](const Limit& l) {
        const double value = m[std::size_t(l.metric)];
        return value >= l.least && value <= l.most;
    });
}

bool CandidateEvaluator::may_be_within(const Measures& low, const ShareBox& box) const
{
    if (question_.must_fit && low[std::size_t(memory_share)] > 1) {
        return false;
    }
    return std::ranges::all_of(question_.limits, [&](const Limit& l) {
        const bool counted = l.metric == parameters || l.metric == active_parameters;
        const Share share = l.metric == parameters ? Share::parameters : Share::active;
        return low[std::size_t(l.metric)] <= l.most &&
               (!counted || share_at(box.high.data(), share, 0) * (1 + rounding) >= l.least);
    });
}

bool CandidateEvaluator::certainly_within(const Measures& high, Share share) const
{
    const bool is_memory = share == Share::stored || share == Share::compute;
    if (is_memory && question_.must_fit && high[std::size_t(memory_share)] > 1) {
        return false;
    }
    return std::ranges::none_of(question_.limits, [&](const Limit& l) {
        return is_part_of(share, l.metric) && !(high[std::size_t(l.metric)] <= l.most && l.least <= 0);
    });
}

namespace {

/// Which of the four kinds of a dimension have the same tables as an earlier one.
template <class Same>
std::array<int, 4> first_same(Same&& same)
{
    std::array<int, 4> first{0, 1, 2, 3};
    for (int i = 1; i < 4; ++i) {
        for (int j = i - 1; j >= 0; --j) {
            first[std::size_t(i)] = same(i, j) ? j : first[std::size_t(i)];
        }
    }
    return first;
}

constexpr std::array<int, 4> experts_of_kind{0, 1, 4, 8};

bool equal(const BatchTables::Depths& a, const BatchTables::Depths& b)
{
    return a.v == b.v && a.ffn_in == b.ffn_in && a.down == b.down && a.last_in_is_other == b.last_in_is_other &&
           a.last_down_is_other == b.last_down_is_other;
}

}  // namespace

/// Formats are the same for all runs. Attention kinds: 2 x groups of four and more, + 80 layers in groups of eight.
void CandidateEvaluator::classify()
{
    for (auto& of_runs : column_of_) {
        of_runs.fill(ShareColumns::absent);
    }
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        column_of_[std::size_t(columns_.columns[c].share)][columns_.columns[c].run] = c;
    }
    const BatchTables& t = runs_.front().evaluator.tables();
    const auto variant = [&](int attention, int ffn, int tied) -> const BatchTables::Variant& {
        return t.variants[variant_index((attention & 2) != 0, experts_of_kind[std::size_t(ffn)], tied != 0,
                                        (attention & 1) != 0)];
    };
    const auto all = [](auto&& same) {
        for (int i = 0; i < 4; ++i) {
            if (!same(i, 0) || !same(i, 1)) {
                return false;
            }
        }
        return true;
    };
    attention_classes_ = first_same([&](int a, int b) {
        return all([&](int ffn, int tied) { return variant(a, ffn, tied) == variant(b, ffn, tied); });
    });
    ffn_classes_ = first_same([&](int a, int b) {
        const bool eight = a == 3 || b == 3;
        return (!eight || equal(t.depths[0], t.depths[1])) &&
               all([&](int attention, int tied) { return variant(attention, a, tied) == variant(attention, b, tied); });
    });
}

int CandidateEvaluator::attention_class(const UniformDesign& u) const
{
    const bool wide = u.heads >= 4 * u.kv_heads;
    const bool eighty = u.layers == 80 && u.heads / u.kv_heads == 8;
    return attention_classes_[std::size_t(wide) * 2 + std::size_t(eighty)];
}

int CandidateEvaluator::ffn_class(const UniformDesign& u) const
{
    const std::size_t kind = u.experts == 0 ? 0 : u.experts == 8 ? 3 : u.experts >= 4 ? 2 : 1;
    return ffn_classes_[kind];
}

std::vector<double> CandidateEvaluator::depth_features(int layers) const
{
    std::vector<double> features{1, double(layers)};
    for (const BatchTables::Depths& of : runs_.front().evaluator.tables().depths) {
        const std::size_t depth = std::size_t(std::min(layers, most_uniform_layers));
        features.insert(features.end(), {of.v[depth], of.ffn_in[depth], of.down[depth],
                                         double(of.last_in_is_other[depth]), double(of.last_down_is_other[depth])});
    }
    return features;
}

}  // namespace slimline
