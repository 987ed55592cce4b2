#pragma once

#include <vector>

#include "explorer/dominance_tree.h"
#include "explorer/part_tree.h"

namespace slimline {

/// What a block of one width, depth and format has found: designs that nothing known dominates.
struct Found {
    std::vector<FoundDesign> designs;
    double evaluated = 0;
};

/// A lower bound of the law's joint terms for the designs of a block.
class BlockLoss {
 public:
    void prepare(const CandidateEvaluator& evaluator, const UniformDesign& base, double least_counted,
                 double most_counted);
    double least(double most_counted) const;

 private:
    static constexpr std::size_t steps = 96;
    double start_ = 0;
    double steps_a_doubling_ = 0;
    std::vector<double> values_;  // at the upper end of each step
};

/// Finds in one block after the other, of one format, what is not dominated by what is known or was found before.
class BlockSearch {
 public:
    BlockSearch(const SearchQuestion& question, const ProductSpace& product, const CandidateEvaluator& evaluator,
                const DominanceTree& known, Candidate formats);

    /// All blocks of bases that differ in depth alone.
    void run(std::span<const ProductSpace::Base* const> bases);

    Found take();

 private:
    void run_additive(std::span<const ProductSpace::Base* const> bases, const CandidateEvaluator& costs);
    double least_streamed_bytes(const ProductSpace::Base& base) const;
    void block();
    void propose_all(const UniformDesign& design, const ProductSpace::Base& base, std::size_t group);
    void merge_smallest();
    void visit(std::size_t a, std::size_t b);
    bool hopeless(const ShareBox& box, double loss);
    double least_loss(const ShareBox& box, bool one_design) const;
    void choose_columns(const ShareBox& all);
    void drop_beaten(PartList& list) const;
    void drop_hopeless(std::size_t group);
    ShareBox hull_of_all(std::size_t but) const;
    void propose(const UniformDesign& design);
    void flush();

    const SearchQuestion& question_;
    const ProductSpace& product_;
    const CandidateEvaluator& evaluator_;
    const DominanceTree& known_;
    Candidate formats_;
    Found found_;
    DominanceTree own_;

    std::vector<SizeParts> owners_;
    bool exact_ = true;  // tables hold costs, not lower ends of them
    UniformDesign base_;
    std::vector<PartList> lists_;
    std::vector<char> better_low_;   // by column: less of it is better, and matters here
    std::vector<char> better_high_;  // more of it is
    std::vector<char> objective_cost_;  // a better part's must be smaller, so that the design is better
    std::vector<double> slack_;      // of costs: how much smaller a better part's must be
    std::vector<double> scale_;
    BlockLoss loss_;
    PartTree trees_[2];
    std::size_t hint_ = 0;
    std::size_t own_hint_ = 0;
    std::vector<UniformDesign> waiting_;
    std::vector<Measures> measures_;
    std::vector<double> point_;
};

std::vector<double> objective_values(const std::vector<FoundDesign>& designs,
                                     const std::vector<DesignMetric>& objectives);

}  // namespace slimline
