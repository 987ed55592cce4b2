#include "explorer/candidate_evaluator.h"

#include <algorithm>
#include <cmath>

#include "archspace/quality/loss.h"
#include "base/numbers.h"
#include "explorer/law_box.h"

namespace slimline {

namespace {

using enum DesignMetric;

/// The measured row of a format first, so that it is found at once.
void put_format_first(Law& law, const std::string& format)
{
    const auto row = std::ranges::find(law.formats, format, &FormatRow::format);
    if (row != law.formats.end()) {
        std::iter_swap(law.formats.begin(), row);
    }
    for (Law& added : law.adds) {
        put_format_first(added, format);
    }
}

bool is_cost(Share share)
{
    return std::size_t(share) < first_size;
}

}  // namespace

bool asks(const SearchQuestion& q, std::initializer_list<DesignMetric> wanted)
{
    const auto one = [&](DesignMetric m) { return std::ranges::find(wanted, m) != wanted.end(); };
    return std::ranges::any_of(q.objectives, one) ||
           std::ranges::any_of(q.limits, [&](const Limit& l) { return one(l.metric); });
}

bool wants_loss(const SearchQuestion& question)
{
    return asks(question, {loss, loss_per_character});
}

bool SizeParts::owns(SizeGroup group) const
{
    return group == SizeGroup::attention ? attention : group == SizeGroup::ffn ? ffn : vocabulary;
}

/// `same_format`: an evaluator of the same question and formats on other hardware, whose law is taken over.
CandidateEvaluator::CandidateEvaluator(const SearchQuestion& q, std::size_t weights, std::size_t kv_cache,
                                       std::size_t hardware, const CandidateEvaluator* same_format)
    : question_(q), precision_{q.space.weights[weights], q.space.kv_cache[kv_cache]}
{
    const auto add = [&](const Scenario& run, double weight) {
        const Scenario s = q.hardware.empty() ? run : on_hardware(run, q.hardware, hardware);
        const Backend& backend = *find_backend(s.device, s.backend);
        const BatchEvaluator* same = same_format == nullptr ? nullptr : &same_format->runs_[runs_.size()].evaluator;
        runs_.push_back({BatchEvaluator(s.device, backend, precision_, s.workload, s.engine, s.calibration, same),
                         weight, double(s.workload.generated_tokens), memory_for(s.device, backend).value});
        additive_ = additive_ && runs_.back().evaluator.tables().roofs.cache_points.empty();
    };
    double total = 0;
    for (const WeightedRun& each : q.fleet) {
        total += each.weight;
    }
    for (const WeightedRun& each : q.fleet) {
        add(each.run, each.weight / total);
    }
    if (q.fleet.empty()) {
        add(q.run, 1);
    }
    wants_loss_ = wants_loss(q);
    if (wants_loss_) {
        law_ = same_format != nullptr ? same_format->law_ : law_of_format();
    } else {
        law_ = std::make_shared<const FormatLaw>();
    }
    const auto known = [](double value) { return value > 0 ? value : not_known; };
    price_ = q.hardware.empty() ? known(q.run.device.price_usd) : q.hardware.value(hardware, "price_USD");
    power_ = q.hardware.empty() ? known(busy_power(q.run)) : q.hardware.value(hardware, "power_W");
    const FormatInfo& format = info(precision_.weights.base);
    const bool quantised = format.bits_per_element() < 16;
    reads_bits_ = wants_loss_ && quantised && direction(q.law, LawInput::post_bits) != Direction::none;
    blank_.values.fill(infinite);
    blank_.format = precision_.weights.name;
    blank_.importance_matrix = precision_.weights.importance_matrix;
    blank_.format_bits = format.bits_per_element();
    blank_[LawInput::group] = format.block_elements;
    blank_[LawInput::tokens] = q.tokens;
    least_weight_bytes_ = infinite;
    const BatchTables& tables = runs_.front().evaluator.tables();
    for (const BatchTables::Variant& variant : tables.variants) {
        for (const auto& formats : variant) {
            for (const Format each : formats) {
                least_weight_bytes_ = std::min(least_weight_bytes_, tables.rates[std::size_t(each)].bytes);
            }
        }
    }
    choose_columns();
    classify();
}

double CandidateEvaluator::least_streamed_bytes(const UniformDesign& design, SizeParts parts) const
{
    const Sizes s = sizes(design, parts);
    const auto of = [&](Share share) { return s[std::size_t(share)]; };
    return (of(Share::attention) + of(Share::mlp) + of(Share::vocabulary) * design.d_model) * least_weight_bytes_;
}

double CandidateEvaluator::caches_at(double streamed_bytes) const
{
    double sum = 0;
    for (const Run& run : runs_) {
        sum += std::log(least_cache_factor(run.evaluator.tables().roofs, streamed_bytes));
    }
    return sum;
}

CandidateEvaluator CandidateEvaluator::at_best_of_caches(double streamed_bytes) const
{
    CandidateEvaluator lower = *this;
    for (Run& run : lower.runs_) {
        run.evaluator = run.evaluator.with_cache_factor(least_cache_factor(run.evaluator.tables().roofs, streamed_bytes));
    }
    lower.additive_ = true;
    return lower;
}

std::shared_ptr<const CandidateEvaluator::FormatLaw> CandidateEvaluator::law_of_format() const
{
    auto law = std::make_shared<FormatLaw>();
    law->whole = question_.law;
    put_format_first(law->whole, precision_.weights.name);
    law->parts = take_apart(law->whole);
    return law;
}

/// Only what objectives, limits and the law read; the compute buffers last.
void CandidateEvaluator::choose_columns()
{
    const bool needs_memory = question_.must_fit || asks(question_, {memory, memory_share});
    const bool character = question_.text_rate.has_value();
    std::vector<Share> costs;
    if (asks(question_, {ttft, total})) {
        costs.push_back(Share::ttft);
    }
    if (asks(question_, {tpot, total, tpot_per_character})) {
        costs.push_back(Share::tpot);
    }
    if (asks(question_, {energy})) {
        costs.push_back(Share::energy);
    }
    if (needs_memory) {
        costs.push_back(Share::stored);
    }
    for (std::size_t run = 0; run < runs_.size(); ++run) {
        for (const Share share : costs) {
            columns_.columns.push_back({share, run});
        }
    }
    columns_.costs = columns_.columns.size();
    std::vector<bool> sizes(share_count);
    const auto read = [&](Share share) { sizes[std::size_t(share)] = true; };
    if (asks(question_, {parameters})) {
        read(Share::parameters);
    }
    if (asks(question_, {active_parameters})) {
        read(Share::active);
    }
    if (wants_loss_) {
        read(law().by_count ? Share::counted : Share::active);
        if (!law().by_count) {
            for (std::size_t s = std::size_t(Share::embedding); s < std::size_t(Share::loss); ++s) {
                sizes[s] = true;
            }
        }
        if (!law().apart.empty()) {
            read(Share::loss);
        }
    }
    if (character) {
        read(Share::vocabulary);
    }
    for (std::size_t s = first_size; s < share_count; ++s) {
        if (sizes[s]) {
            columns_.columns.push_back({Share(s), 0});
        }
    }
    columns_.sums = columns_.columns.size();
    for (std::size_t run = 0; run < runs_.size() && needs_memory; ++run) {
        columns_.columns.push_back({Share::compute, run});
    }
}

void CandidateEvaluator::evaluate(std::span<const UniformDesign> designs, std::vector<Measures>& results) const
{
    std::vector<std::vector<Objectives>> costs_of(runs_.size(), std::vector<Objectives>(designs.size()));
    for (std::size_t r = 0; r < runs_.size(); ++r) {
        runs_[r].evaluator.evaluate(designs, costs_of[r]);
    }
    results.resize(designs.size());
    LawInputs in = blank_;
    for (std::size_t i = 0; i < designs.size(); ++i) {
        const Sizes s = sizes(designs[i], {});
        Measures& m = results[i];
        m.fill(not_known);
        const auto set = [&](DesignMetric metric, double value) { m[std::size_t(metric)] = value; };
        const double rate = question_.text_rate ? tokens_per_character(*question_.text_rate, designs[i].vocabulary) : 0;
        double loss_of = not_known;
        if (wants_loss_) {
            fill(in, s, designs[i], costs_of[0][i].weight_bytes);
            loss_of = loss_terms(law_->whole, in).sum();
        }
        const auto over_runs = [&](auto&& of) {
            return across([&](std::size_t r) { return of(costs_of[r][i], runs_[r]); });
        };
        double held = 0;
        double share = 0;
        for (std::size_t r = 0; r < runs_.size(); ++r) {
            const double bytes = costs_of[r][i].memory_bytes();
            held = std::max(held, bytes);
            share = std::max(share, runs_[r].memory > 0 ? bytes / runs_[r].memory : 0);
        }
        const double tpot_of = over_runs([](const Objectives& o, const Run&) { return o.tpot_s; });
        set(ttft, over_runs([](const Objectives& o, const Run&) { return o.ttft_s; }));
        set(tpot, tpot_of);
        set(total,
            over_runs([](const Objectives& o, const Run& run) { return o.ttft_s + (run.generated - 1) * o.tpot_s; }));
        set(energy, over_runs([](const Objectives& o, const Run&) { return o.energy_j_per_token; }));
        set(memory, held);
        set(memory_share, share);
        set(price, price_);
        set(power, power_);
        set(loss, loss_of);
        set(parameters, s[std::size_t(Share::parameters)]);
        set(active_parameters, s[std::size_t(Share::active)]);
        set(tpot_per_character, tpot_of * rate);
        set(loss_per_character, loss_of * rate);
    }
}

void CandidateEvaluator::costs(std::span<const UniformDesign> designs, std::vector<double>& results) const
{
    const std::size_t width = cost_count();
    results.resize(designs.size() * width);
    std::vector<Objectives> of_run(designs.size());
    for (std::size_t r = 0; r < runs_.size() && width > 0; ++r) {
        runs_[r].evaluator.evaluate(designs, of_run);
        for (std::size_t c = 0, at = 0; c < columns_.size(); ++c) {
            const ShareColumn& column = columns_.columns[c];
            if (!is_cost(column.share)) {
                continue;
            }
            if (column.run == r) {
                for (std::size_t i = 0; i < designs.size(); ++i) {
                    const Objectives& o = of_run[i];
                    results[i * width + at] = column.share == Share::ttft     ? o.ttft_s
                                              : column.share == Share::tpot   ? o.tpot_s
                                              : column.share == Share::energy ? o.energy_j_per_token
                                              : column.share == Share::stored ? o.memory_bytes() - o.compute_bytes
                                                                              : o.compute_bytes;
                }
            }
            ++at;
        }
    }
}

Sizes CandidateEvaluator::sizes(const UniformDesign& u, SizeParts parts)
{
    const double d = u.d_model;
    const double layers = u.layers;
    Sizes s{};
    const auto add = [&](Share share, double value) { s[std::size_t(share)] += value; };
    const auto add_weights = [&](double stored, double used) {
        add(Share::parameters, stored);
        add(Share::active, used);
    };
    if (parts.base) {
        const double norms = (2 * layers + 1) * d;
        add_weights(norms, norms);
    }
    if (parts.attention) {
        const double query = double(u.heads) * u.head_dim;
        const double kv = double(u.kv_heads) * u.head_dim;
        const double weights = layers * d * (2 * query + 2 * kv);
        add_weights(weights, weights);
        add(Share::attention, weights);
        add(Share::query, query);
        add(Share::kv, kv);
    }
    if (parts.ffn) {
        const bool mixture = u.experts > 0;
        const double hidden = double(u.d_ffn) * (mixture ? u.active : 1);
        const double router = mixture ? layers * d * u.experts : 0;
        add_weights(layers * 3 * d * u.d_ffn * (mixture ? u.experts : 1) + router, layers * 3 * d * hidden + router);
        add(Share::mlp, layers * 3 * d * hidden);
        add(Share::ffn, hidden);
        add(Share::experts, mixture ? u.experts : 1);
        add(Share::rate, mixture ? double(u.active) / u.experts : 1);
    }
    if (parts.vocabulary) {
        const double tables = double(u.vocabulary) * d * (u.tied ? 1 : 2);
        add_weights(tables, tables);
        add(Share::embedding, tables);
        add(Share::vocabulary, u.vocabulary);
    }
    return s;
}

Sizes CandidateEvaluator::counted_sizes(const UniformDesign& design, SizeParts parts) const
{
    Sizes s = sizes(design, parts);
    const double embedding = law().counted == LawInput::all_parameters ? 0 : s[std::size_t(Share::embedding)];
    s[std::size_t(Share::counted)] = s[std::size_t(Share::active)] - embedding;
    return s;
}

void CandidateEvaluator::fill(LawInputs& in, const Sizes& s, const UniformDesign& design, double weight_bytes) const
{
    in.values = law_values<double>([&](Share share) { return s[std::size_t(share)]; }, design, blank_);
    if (blank_.format_bits < 16) {
        in[LawInput::post_bits] = 8 * weight_bytes / s[std::size_t(Share::parameters)];
    }
    in[LawInput::parameters] = question_.law.basis == ParameterBasis::all ? in[LawInput::all_parameters]
                                                                          : in[LawInput::non_embedding_parameters];
    in[LawInput::tokens_per_parameter] = question_.tokens / in[LawInput::parameters];
}

double CandidateEvaluator::loss_apart(const UniformDesign& design, SizeParts parts) const
{
    double sum = 0;
    if (law().apart.empty()) {
        return sum;
    }
    LawInputs in = blank_;
    in.values =
        law_values<double>([s = sizes(design, {})](Share share) { return s[std::size_t(share)]; }, design, blank_);
    for (const GroupTerms& each : law().apart) {
        sum += parts.owns(each.group) ? loss_terms(each.law, in).sum() : 0;
    }
    return sum;
}

}  // namespace slimline
