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
    std::span<const DesignBlock> blocks;
};

/// What the evaluator says of a piece.
using Costs = ObjectivesByColumn<longest_piece>;

/// Calls put(i, value) for each row of a piece.
template <class Put>
void put_metric(DesignMetric metric, const Piece& piece, const Costs& costs, const LiveRun& run, Put&& put)
{
    const auto known = [](double x) { return x > 0 ? x : std::numeric_limits<double>::quiet_NaN(); };
    const auto size = [&](std::size_t i, Share share) { return CandidateEvaluator::sizes(piece.designs[i], {})[std::size_t(share)]; };
    const auto each = [&](auto&& value) {
        for (std::size_t i = 0; i < piece.designs.size(); ++i) {
            put(i, value(i));
        }
    };
    const double further = run.scenario().workload.generated_tokens - 1;
    switch (metric) {
        case DesignMetric::ttft:
            return each([&](std::size_t i) { return costs.ttft_s[i]; });
        case DesignMetric::tpot:
            return each([&](std::size_t i) { return costs.tpot_s[i]; });
        case DesignMetric::total:
            return each([&](std::size_t i) { return costs.ttft_s[i] + further * costs.tpot_s[i]; });
        case DesignMetric::energy:
            return each([&](std::size_t i) { return costs.energy_j_per_token[i]; });
        case DesignMetric::memory:
            return each([&](std::size_t i) { return costs[i].memory_bytes(); });
        case DesignMetric::loss:
            return each([&](std::size_t i) { return piece.losses[i]; });
        case DesignMetric::parameters:
            return each([&](std::size_t i) { return size(i, Share::parameters); });
        case DesignMetric::active_parameters:
            return each([&](std::size_t i) { return size(i, Share::active); });
        case DesignMetric::tpot_per_character:
            return each([&](std::size_t i) { return costs.tpot_s[i] * piece.text_rates[i]; });
        case DesignMetric::loss_per_character:
            return each([&](std::size_t i) { return piece.losses[i] * piece.text_rates[i]; });
        case DesignMetric::memory_share:
            return each([&](std::size_t i) { return costs[i].memory_bytes() / run.installed(); });
        case DesignMetric::price:
            return each([price = known(run.scenario().device.price_usd)](std::size_t) { return price; });
        case DesignMetric::power:
            return each([power = known(busy_power(run.scenario()))](std::size_t) { return power; });
    }
}

void measure_piece(const LiveRun& run, std::size_t format, const Piece& piece, std::span<const DesignMetric> metrics,
                   const Places& places, std::size_t first)
{
    Costs costs;  // filled below
    run[format].evaluate(piece.blocks, costs.columns());
    for (std::size_t k = 0; k < metrics.size(); ++k) {
        double* const column = places.first[k] + first * places.step;
        if (places.step == 1) {
            put_metric(metrics[k], piece, costs, run, [column](std::size_t i, double value) { column[i] = value; });
        } else {
            put_metric(metrics[k], piece, costs, run, [column, step = places.step](std::size_t i, double value) { column[i * step] = value; });
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
            const std::vector<DesignBlock> blocks = packed(some.designs);
            measure_piece(run, format_of(rows[first]), {some.designs, some.losses, some.text_rates, blocks}, metrics, places, first);
        }
    });
}

void LiveSpace::measure(const LiveRun& run, const GatheredRows& all, std::span<const DesignMetric> metrics,
                        std::span<double* const> columns) const
{
    const Places places{columns};
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, all.pieces.size(), 4), [&](const auto& range) {
        for (std::size_t p = range.begin(); p < range.end(); ++p) {
            const GatheredRows::Piece& piece = all.pieces[p];
            const auto part = [&](const auto& whole) { return std::span(whole).subspan(piece.first, piece.count); };
            const auto blocks = std::span(all.blocks).subspan(piece.first_block, (piece.count + DesignBlock::size - 1) / DesignBlock::size);
            measure_piece(run, piece.format, {part(all.designs), part(all.losses), part(all.text_rates), blocks}, metrics, places,
                          piece.first);
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
    for (std::size_t first = 0; first < rows.size(); first += all.pieces.back().count) {
        const std::span<const std::uint32_t> left(rows.data() + first, std::min(longest_piece, rows.size() - first));
        const std::size_t count = end_of_format(left);
        all.pieces.push_back({first, count, format_of(rows[first]), all.blocks.size()});
        const std::vector<DesignBlock> blocks = packed(std::span(all.designs).subspan(first, count));
        all.blocks.insert(all.blocks.end(), blocks.begin(), blocks.end());
    }
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
