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

constexpr std::size_t longest_piece = 256;  // rows that are measured together: they stay in the first cache

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
        tbb::parallel_for(tbb::blocked_range<std::size_t>(0, designs.size(), longest_piece), [&](const auto& range) {
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

LiveRun::LiveRun(const SearchQuestion& q, const Scenario& run, const LiveRun* before) : run_(run)
{
    const Backend& backend = require_backend(run.device, run.backend);
    for (const WeightMix& weights : q.space.weights) {
        for (const Format kv_cache : q.space.kv_cache) {
            evaluators_.emplace_back(run.device, backend, Precision{weights, kv_cache}, run.workload, run.engine,
                                     run.calibration, before == nullptr ? nullptr : &before->evaluators_[evaluators_.size()]);
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

namespace {

/// Where metrics of rows go: number k of row i to first[k][i * step].
struct Places {
    std::span<double* const> first;
    std::size_t step = 1;
};

/// Rows of one format, side by side.
struct Piece {
    std::span<const UniformDesign> designs;
    std::span<const double> losses;
    std::span<const double> text_rates;
};

double value(DesignMetric metric, const Piece& piece, std::size_t i, const Objectives& costs, const LiveRun& run)
{
    const auto known = [](double x) { return x > 0 ? x : std::numeric_limits<double>::quiet_NaN(); };
    const auto size = [&](Share share) { return CandidateEvaluator::sizes(piece.designs[i], {})[std::size_t(share)]; };
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
            return piece.losses[i];
        case DesignMetric::parameters:
            return size(Share::parameters);
        case DesignMetric::active_parameters:
            return size(Share::active);
        case DesignMetric::tpot_per_character:
            return costs.tpot_s * piece.text_rates[i];
        case DesignMetric::loss_per_character:
            return piece.losses[i] * piece.text_rates[i];
        case DesignMetric::memory_share:
            return costs.memory_bytes() / run.installed();
        case DesignMetric::price:
            return known(run.scenario().device.price_usd);
        case DesignMetric::power:
            return known(busy_power(run.scenario()));
    }
    return std::numeric_limits<double>::quiet_NaN();
}

void measure_piece(const LiveRun& run, std::size_t format, const Piece& piece, std::span<const DesignMetric> metrics,
                   const Places& places, std::size_t first)
{
    std::array<Objectives, longest_piece> costs;
    run[format].evaluate(piece.designs, std::span(costs).first(piece.designs.size()));
    for (std::size_t k = 0; k < metrics.size(); ++k) {
        double* const column = places.first[k] + first * places.step;
        for (std::size_t i = 0; i < piece.designs.size(); ++i) {
            column[i * places.step] = value(metrics[k], piece, i, costs[i], run);
        }
    }
}

}  // namespace

std::size_t LiveSpace::end_of_format(std::span<const std::uint32_t> rows) const
{
    const std::size_t begin = format_of(rows[0]) * table_->designs.size();
    const std::size_t end = begin + table_->designs.size();
    return std::size_t(std::ranges::find_if(rows, [&](std::uint32_t row) { return row < begin || row >= end; }) - rows.begin());
}

void LiveSpace::measure(const LiveRun& run, std::span<const std::uint32_t> rows, std::span<const DesignMetric> metrics,
                        std::span<double> values) const
{
    std::array<double*, metric_count> columns{};
    for (std::size_t k = 0; k < metrics.size(); ++k) {
        columns[k] = values.data() + k;
    }
    const Places places{columns, metrics.size()};
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, rows.size(), 4 * longest_piece), [&](const auto& range) {
        GatheredRows some;
        for (std::size_t first = range.begin(), last = 0; first < range.end(); first = last) {
            const auto left = rows.subspan(first, std::min(longest_piece, range.end() - first));
            last = first + end_of_format(left);
            gather(rows.subspan(first, last - first), some);
            measure_piece(run, format_of(rows[first]), {some.designs, some.losses, some.text_rates}, metrics, places, first);
        }
    });
}

void LiveSpace::measure(const LiveRun& run, const GatheredRows& all, std::span<const DesignMetric> metrics,
                        std::span<double* const> columns) const
{
    const std::span<const std::uint32_t> rows = all.rows;
    const Places places{columns};
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, rows.size(), 4 * longest_piece), [&](const auto& range) {
        for (std::size_t first = range.begin(), last = 0; first < range.end(); first = last) {
            const std::size_t count = end_of_format(rows.subspan(first, std::min(longest_piece, range.end() - first)));
            last = first + count;
            const auto part = [&](const auto& whole) { return std::span(whole).subspan(first, count); };
            measure_piece(run, format_of(rows[first]), {part(all.designs), part(all.losses), part(all.text_rates)}, metrics,
                          places, first);
        }
    });
}

void LiveSpace::gather(std::span<const std::uint32_t> rows, GatheredRows& into) const
{
    const std::size_t count = table_->designs.size();
    into.designs.resize(rows.size());
    into.losses.resize(rows.size());
    into.text_rates.resize(rows.size());
    std::size_t begin = 0;  // of the row's format
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] - begin >= count) {
            begin = format_of(rows[i]) * count;
        }
        const std::size_t place = rows[i] - begin;
        into.designs[i] = table_->designs[place];
        into.losses[i] = table_->losses[rows[i]];
        into.text_rates[i] = table_->text_rates[place];
    }
}

GatheredRows LiveSpace::gathered(Rows rows) const
{
    GatheredRows all;
    gather(rows, all);
    all.rows = std::move(rows);
    return all;
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
