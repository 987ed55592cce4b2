#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "explorer/search.h"
#include "simulator/batch_evaluator.h"

namespace slimline {

using Rows = std::vector<std::uint32_t>;  // of a live space, ascending

/// The evaluators of a space's formats on one device and workload.
class LiveRun {
 public:
    /// `before`: another run of the question on the same engine, whose tables of formats are taken over.
    LiveRun(const SearchQuestion& question, const Scenario& run, const LiveRun* before = nullptr);

    const BatchEvaluator& operator[](std::size_t format) const { return evaluators_[format]; }
    double memory() const { return memory_; }  // bytes that a design may take; infinite where it need not fit
    double installed() const { return installed_; }  // bytes of memory that the device has for models
    const Scenario& scenario() const { return run_; }

 private:
    Scenario run_;
    std::vector<BatchEvaluator> evaluators_;
    double memory_ = 0;
    double installed_ = 0;
};

inline constexpr double most_live_designs = 4e6;

/// Designs of a space and formats together.
double design_count(const SearchQuestion& question, const ProductSpace& product);

/// `count` designs from all over a space (fewer where some fall together), the same at every call.
std::vector<UniformDesign> sample_designs(const ProductSpace& product, std::size_t count);

/// Rows of a space with what is known of them side by side: what is asked for every frame is not looked up again.
struct GatheredRows {
    /// Rows of one format, few enough to stay in the first cache.
    struct Piece {
        std::size_t first = 0;
        std::size_t count = 0;
        std::size_t format = 0;
        std::size_t first_block = 0;
    };
    Rows rows;
    std::vector<Piece> pieces;
    std::vector<DesignBlock> blocks;  // of the pieces, which begin with a new one each
    std::vector<UniformDesign> designs;
    std::vector<double> losses;
    std::vector<double> text_rates;  // tokens per character
};

/// Every design of a question, in every format, as a table. What no device changes (the loss) is computed once; times,
/// memory and energy are asked again for every device, millions a second.
class LiveSpace {
 public:
    /// Throws InputError where the space has more than `most` designs, before anything is allocated.
    explicit LiveSpace(SearchQuestion question, double most = most_live_designs);

    /// Some designs of a space that is too large, in every format.
    LiveSpace(SearchQuestion question, std::vector<UniformDesign> some);

    /// The same designs under other objectives and limits; what is known of them is shared.
    LiveSpace asked_for(std::vector<DesignMetric> objectives, std::vector<Limit> limits) const;

    std::size_t size() const { return table_->losses.size(); }
    const SearchQuestion& question() const { return question_; }
    Candidate candidate(std::uint32_t row) const;
    /// Whether every design of the question is in it.
    bool complete() const { return complete_; }
    /// The row of a design; size() when the space does not hold it.
    std::uint32_t row_of(const Candidate& candidate) const;
    Rows all_rows() const;

    /// values[i * metrics.size() + k] is metric k of rows[i], as search() measures it.
    void measure(const LiveRun& run, std::span<const std::uint32_t> rows, std::span<const DesignMetric> metrics,
                 std::span<double> values) const;
    GatheredRows gathered(Rows rows) const;
    /// The same column by column: columns[k][i] is metric k of the i-th row.
    void measure(const LiveRun& run, const GatheredRows& rows, std::span<const DesignMetric> metrics,
                 std::span<double* const> columns) const;
    /// Everything of one design.
    Measures measures(const LiveRun& run, std::uint32_t row) const;

 private:
    std::size_t format_of(std::uint32_t row) const { return row / table_->designs.size(); }
    const UniformDesign& design_of(std::uint32_t row) const { return table_->designs[row % table_->designs.size()]; }
    void gather(std::span<const std::uint32_t> rows, GatheredRows& into) const;  // designs, losses and text rates
    /// Where rows of another format than the first one's begin.
    std::size_t end_of_format(std::span<const std::uint32_t> rows) const;

    struct Table {
        std::vector<UniformDesign> designs;  // ascending; row = format * designs + design
        std::vector<double> losses;          // by row
        std::vector<double> text_rates;      // by design; tokens per character
    };
    static std::shared_ptr<const Table> table_of(const SearchQuestion& question, std::vector<UniformDesign> designs);

    SearchQuestion question_;
    bool complete_ = true;
    std::shared_ptr<const Table> table_;
};

/// Whether a metric depends on the device and the workload.
bool is_measured(DesignMetric metric);

}  // namespace slimline
