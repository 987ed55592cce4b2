#include "explorer/live_space.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

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

/// Of every design in every format: the question's law, whether it compares by loss or not.
std::vector<double> losses_of(SearchQuestion q, std::span<const UniformDesign> designs)
{
    if (!wants_loss(q)) {
        q.objectives.push_back(DesignMetric::loss);
    }
    const std::size_t formats = q.space.weights.size() * q.space.kv_cache.size();
    std::vector<double> losses(designs.size() * formats);
    for (std::size_t format = 0; format < formats; ++format) {
        const CandidateEvaluator evaluator(q, format / q.space.kv_cache.size(), format % q.space.kv_cache.size());
        tbb::parallel_for(tbb::blocked_range<std::size_t>(0, designs.size(), piece), [&](const auto& range) {
            std::vector<Measures> measures;
            evaluator.evaluate(designs.subspan(range.begin(), range.size()), measures);
            for (std::size_t i = 0; i < range.size(); ++i) {
                losses[format * designs.size() + range.begin() + i] = measures[i][std::size_t(DesignMetric::loss)];
            }
        });
    }
    return losses;
}

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
    installed_ = memory_for(run.device, backend).value;
    memory_ = q.must_fit ? installed_ : std::numeric_limits<double>::infinity();
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

double design_count(const SearchQuestion& q, const ProductSpace& product)
{
    return product.designs() * double(q.space.weights.size() * q.space.kv_cache.size());
}

std::vector<UniformDesign> sample_designs(const ProductSpace& product, std::size_t count)
{
    std::vector<double> below;  // designs in this base and those before it
    double sum = 0;
    for (const ProductSpace::Base& base : product.bases) {
        below.push_back(sum += base.designs());
    }
    std::mt19937_64 random(1);
    std::vector<UniformDesign> designs;
    for (std::size_t i = 0; i < count && sum > 0; ++i) {
        const double at = (double(i) + 0.5) / double(count) * sum;
        const auto found = std::min(std::ranges::upper_bound(below, at), below.end() - 1);
        const ProductSpace::Base& base = product.bases[std::size_t(found - below.begin())];
        UniformDesign design = base.design;
        for (std::size_t g = 0; g < product.groups.size(); ++g) {
            design = with_part(design, (*base.groups[g])[random() % base.groups[g]->size()], product.groups[g]);
        }
        designs.push_back(design);
    }
    return designs;
}

namespace {

/// A live view shows one device under one workload at a time.
void refuse_several(const SearchQuestion& q)
{
    using enum DesignMetric;
    if (!q.fleet.empty() || !q.hardware.empty() || asks(q, {memory_share, price, power})) {
        throw InputError(q.name.empty() ? "search" : q.name, "asks about more than one device or workload",
                         "answer it by slimline search");
    }
}

}  // namespace

LiveSpace::LiveSpace(SearchQuestion question, double most) : question_(std::move(question))
{
    refuse_several(question_);
    const ProductSpace product = product_of(question_.space);
    const double designs = design_count(question_, product);
    if (designs > most) {
        throw InputError("space", fmt::format("has {} designs; the window shows at most {} live", display_count(designs),
                                              display_count(most)),
                         "use fewer values; a search without the live view takes any number");
    }
    table_ = table_of(question_, all_designs(product));
}

LiveSpace::LiveSpace(SearchQuestion question, std::vector<UniformDesign> some)
    : question_(std::move(question)), complete_(false), table_(table_of(question_, std::move(some)))
{
    refuse_several(question_);
}

std::shared_ptr<const LiveSpace::Table> LiveSpace::table_of(const SearchQuestion& q, std::vector<UniformDesign> designs)
{
    std::ranges::sort(designs);
    designs.erase(std::unique(designs.begin(), designs.end()), designs.end());
    auto table = std::make_shared<Table>();
    table->losses = losses_of(q, designs);
    const Law text_rate = q.text_rate ? *q.text_rate : load_law("vocabulary-tokens");
    for (const UniformDesign& design : designs) {
        table->text_rates.push_back(tokens_per_character(text_rate, design.vocabulary));
    }
    table->designs = std::move(designs);
    return table;
}

LiveSpace LiveSpace::asked_for(std::vector<DesignMetric> objectives, std::vector<Limit> limits) const
{
    LiveSpace other = *this;
    other.question_.objectives = std::move(objectives);
    other.question_.limits = std::move(limits);
    return other;
}

Candidate LiveSpace::candidate(std::uint32_t row) const
{
    const std::size_t kv_caches = question_.space.kv_cache.size();
    return {format_of(row) / kv_caches, format_of(row) % kv_caches, design_of(row)};
}

std::uint32_t LiveSpace::row_of(const Candidate& candidate) const
{
    const auto found = std::ranges::lower_bound(table_->designs, candidate.design);
    if (found == table_->designs.end() || *found != candidate.design) {
        return std::uint32_t(size());
    }
    const std::size_t format = candidate.weights * question_.space.kv_cache.size() + candidate.kv_cache;
    return std::uint32_t(format * table_->designs.size() + std::size_t(found - table_->designs.begin()));
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
            const std::size_t begin = format * table_->designs.size();
            const std::size_t end = begin + table_->designs.size();
            std::size_t last = first;
            while (last < range.end() && last - first < piece && rows[last] >= begin && rows[last] < end) {
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
    const auto first = std::uint32_t(format * table_->designs.size());
    std::vector<UniformDesign> designs(rows.size());
    std::vector<Objectives> costs(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        designs[i] = table_->designs[rows[i] - first];
    }
    run[format].evaluate(designs, costs);
    for (std::size_t k = 0; k < metrics.size(); ++k) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            values[i * metrics.size() + k] = value(metrics[k], rows[i], rows[i] - first, costs[i], run);
        }
    }
}

double LiveSpace::value(DesignMetric metric, std::uint32_t row, std::uint32_t place, const Objectives& costs,
                        const LiveRun& run) const
{
    const auto rate = [&] { return table_->text_rates[place]; };
    const auto known = [](double x) { return x > 0 ? x : std::numeric_limits<double>::quiet_NaN(); };
    const auto size = [&](Share share) {
        return CandidateEvaluator::sizes(table_->designs[place], {})[std::size_t(share)];
    };
    switch (metric) {
        case DesignMetric::ttft:
            return costs.ttft_s;
        case DesignMetric::tpot:
            return costs.tpot_s;
        case DesignMetric::total:
            return costs.ttft_s + (run.scenario().workload.generated_tokens - 1) * costs.tpot_s;
        case DesignMetric::energy:
            return costs.energy_j_per_token;
        case DesignMetric::memory:
            return costs.memory_bytes();
        case DesignMetric::loss:
            return table_->losses[row];
        case DesignMetric::parameters:
            return size(Share::parameters);
        case DesignMetric::active_parameters:
            return size(Share::active);
        case DesignMetric::tpot_per_character:
            return costs.tpot_s * rate();
        case DesignMetric::loss_per_character:
            return table_->losses[row] * rate();
        case DesignMetric::memory_share:
            return costs.memory_bytes() / run.installed();
        case DesignMetric::price:
            return known(run.scenario().device.price_usd);
        case DesignMetric::power:
            return known(busy_power(run.scenario()));
    }
    return std::numeric_limits<double>::quiet_NaN();
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
