#include "explorer/live_space.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "archspace/quality/loss.h"
#include "base/errors.h"
#include "base/text.h"
#include "explorer/candidate_evaluator.h"

namespace slimline {

namespace {

constexpr std::size_t piece = 512;  // rows that are measured together: they stay in the first cache

}  // namespace

LiveRun::LiveRun(const SearchQuestion& q, const Scenario& run) : run_(run)
{
    const Backend& backend = require_backend(run.device, run.backend);
    for (const WeightMix& weights : q.space.weights) {
        for (const Format kv_cache : q.space.kv_cache) {
            evaluators_.emplace_back(run.device, backend, Precision{weights, kv_cache}, run.workload, run.engine,
                                     run.calibration);
        }
    }
    memory_ = q.must_fit ? memory_for(run.device, backend).value : std::numeric_limits<double>::infinity();
}

bool is_measured(DesignMetric metric)
{
    switch (metric) {
        case DesignMetric::loss:
        case DesignMetric::parameters:
        case DesignMetric::active_parameters:
        case DesignMetric::loss_per_character:
            return false;
        default:
            return true;
    }
}

LiveSpace::LiveSpace(SearchQuestion question, double most) : question_(std::move(question))
{
    const ProductSpace product = product_of(question_.space);
    const std::size_t formats = question_.space.weights.size() * question_.space.kv_cache.size();
    const double designs = product.designs() * double(formats);
    if (designs > most) {
        throw InputError("space", fmt::format("has {} designs; the window shows at most {} live", display_count(designs),
                                              display_count(most)),
                         "use fewer values; a search without the live view takes any number");
    }
    designs_ = all_designs(product);
    SearchQuestion with_loss = question_;
    if (!wants_loss(question_)) {
        with_loss.objectives.push_back(DesignMetric::loss);  // a view may show it
    }
    losses_.resize(designs_.size() * formats);
    for (std::size_t format = 0; format < formats; ++format) {
        const CandidateEvaluator evaluator(with_loss, format / question_.space.kv_cache.size(),
                                           format % question_.space.kv_cache.size());
        tbb::parallel_for(tbb::blocked_range<std::size_t>(0, designs_.size(), piece), [&](const auto& range) {
            std::vector<Measures> measures;
            evaluator.evaluate(std::span(designs_).subspan(range.begin(), range.size()), measures);
            for (std::size_t i = 0; i < range.size(); ++i) {
                losses_[format * designs_.size() + range.begin() + i] = measures[i][std::size_t(DesignMetric::loss)];
            }
        });
    }
    if (question_.text_rate) {
        text_rates_.resize(designs_.size());
        std::ranges::transform(designs_, text_rates_.begin(), [&](const UniformDesign& design) {
            return tokens_per_character(*question_.text_rate, design.vocabulary);
        });
    }
}

Candidate LiveSpace::candidate(std::uint32_t row) const
{
    const std::size_t kv_caches = question_.space.kv_cache.size();
    return {format_of(row) / kv_caches, format_of(row) % kv_caches, design_of(row)};
}

std::uint32_t LiveSpace::row_of(const Candidate& candidate) const
{
    const auto found = std::ranges::lower_bound(designs_, candidate.design);
    if (found == designs_.end() || *found != candidate.design) {
        return std::uint32_t(size());
    }
    const std::size_t format = candidate.weights * question_.space.kv_cache.size() + candidate.kv_cache;
    return std::uint32_t(format * designs_.size() + std::size_t(found - designs_.begin()));
}

Rows LiveSpace::all_rows() const
{
    Rows rows(size());
    std::iota(rows.begin(), rows.end(), 0U);
    return rows;
}

void LiveSpace::measure(const LiveRun& run, std::span<const std::uint32_t> rows, std::span<const DesignMetric> metrics,
                        std::span<double> values) const
{
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, rows.size(), 4 * piece), [&](const auto& range) {
        for (std::size_t first = range.begin(); first < range.end();) {
            const std::size_t format = format_of(rows[first]);
            std::size_t last = first;
            while (last < range.end() && last - first < piece && format_of(rows[last]) == format) {
                ++last;
            }
            measure_piece(run, format, rows.subspan(first, last - first), metrics, &values[first * metrics.size()]);
            first = last;
        }
    });
}

void LiveSpace::measure_piece(const LiveRun& run, std::size_t format, std::span<const std::uint32_t> rows,
                              std::span<const DesignMetric> metrics, double* values) const
{
    UniformDesign designs[piece];
    Objectives costs[piece];
    for (std::size_t i = 0; i < rows.size(); ++i) {
        designs[i] = design_of(rows[i]);
    }
    run[format].evaluate({designs, rows.size()}, {costs, rows.size()});
    const double steps = run.scenario().workload.generated_tokens - 1;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (const DesignMetric metric : metrics) {
            *values++ = value(metric, rows[i], designs[i], costs[i], steps);
        }
    }
}

double LiveSpace::value(DesignMetric metric, std::uint32_t row, const UniformDesign& design, const Objectives& costs,
                        double steps) const
{
    const auto rate = [&] { return text_rates_.empty() ? 0 : text_rates_[row % designs_.size()]; };
    const auto size = [&](Share share) { return CandidateEvaluator::sizes(design, {})[share].low; };
    switch (metric) {
        case DesignMetric::ttft:
            return costs.ttft_s;
        case DesignMetric::tpot:
            return costs.tpot_s;
        case DesignMetric::total:
            return costs.ttft_s + steps * costs.tpot_s;
        case DesignMetric::energy:
            return costs.energy_j_per_token;
        case DesignMetric::memory:
            return costs.memory_bytes();
        case DesignMetric::loss:
            return losses_[row];
        case DesignMetric::parameters:
            return size(Share::parameters);
        case DesignMetric::active_parameters:
            return size(Share::active);
        case DesignMetric::tpot_per_character:
            return costs.tpot_s * rate();
        case DesignMetric::loss_per_character:
            return losses_[row] * rate();
    }
    return 0;
}

Measures LiveSpace::measures(const LiveRun& run, std::uint32_t row) const
{
    std::array<DesignMetric, metric_count> all{};
    for (std::size_t m = 0; m < metric_count; ++m) {
        all[m] = DesignMetric(m);
    }
    Measures measures{};
    measure(run, {&row, 1}, all, measures);
    return measures;
}

}  // namespace slimline
