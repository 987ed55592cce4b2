#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "archspace/quality/loss_bound.h"
#include "explorer/law_parts.h"
#include "explorer/search.h"
#include "explorer/shares.h"
#include "simulator/batch_evaluator.h"

namespace slimline {

/// Which sizes of a design a share of it counts: attention, FFN, and vocabulary are told apart.
struct SizeParts {
    bool attention = true;
    bool ffn = true;
    bool vocabulary = true;
    bool base = true;

    bool owns(SizeGroup group) const;
};

/// Answers of one weight format and KV format: measures of designs, and lower ends of measures of boxes of designs.
class CandidateEvaluator {
 public:
    CandidateEvaluator(const SearchQuestion& question, std::size_t weights, std::size_t kv_cache,
                       std::size_t hardware = 0, const CandidateEvaluator* same_format = nullptr);

    void evaluate(std::span<const UniformDesign> designs, std::vector<Measures>& results) const;

    /// What boxes are made of. Costs of a design by column, for all runs: `results` has `columns().costs` numbers and
    /// one compute buffer a run for each design, in the order of the columns.
    const ShareColumns& columns() const { return columns_; }
    void costs(std::span<const UniformDesign> designs, std::vector<double>& results) const;
    std::size_t cost_count() const { return columns_.costs + columns_.size() - columns_.sums; }

    /// All but the counted parameters, which are the law's.
    static Sizes sizes(const UniformDesign& design, SizeParts parts);
    Sizes counted_sizes(const UniformDesign& design, SizeParts parts) const;
    /// The law's terms that the part's own groups decide; NaN where a law is undefined.
    double loss_apart(const UniformDesign& design, SizeParts parts) const;

    /// Lower ends: nothing in the box measures less, but for rounding.
    Measures least(const ShareBox& box, double loss) const;
    /// Upper ends of what the limits speak of; loss is not bounded from above.
    Measures most(const ShareBox& box) const;
    /// At least this is the loss of every design of the box that has this width and depth.
    double least_loss(const ShareBox& box, const UniformDesign& base) const;
    /// The joint terms where the counted parameters alone decide them.
    double joint_loss(double counted, const UniformDesign& base) const;

    bool within_limits(const Measures& measures) const;
    /// Whether some design of the box may be within the limits.
    bool may_be_within(const Measures& least, const ShareBox& box) const;
    /// No limit on a measure that this share is a part of can be broken below these upper ends, nor the memory.
    bool certainly_within(const Measures& most, Share share) const;

    /// Costs are sums of parts: no cache changes the price of a weight.
    bool additive() const { return additive_; }

    /// Bytes of weights that a token streams for these parts of a design, at least.
    double least_streamed_bytes(const UniformDesign& design, SizeParts parts) const;
    /// By how much caches shorten the reading of designs that stream at least so many bytes, at most: as a logarithm over all runs.
    double caches_at(double streamed_bytes) const;
    /// The same evaluator, additive: with caches as they serve designs that stream at least so many bytes, at their best. Its costs are lower
    /// ends of theirs.
    CandidateEvaluator at_best_of_caches(double streamed_bytes) const;
    bool reads_bits() const { return reads_bits_; }
    const LawParts& law() const { return law_->parts; }
    std::size_t loss_column() const { return column_of_[std::size_t(Share::loss)][0]; }
    std::size_t counted_column() const { return column_of_[std::size_t(Share::counted)][0]; }

    /// Designs of one class have additive costs: the same formats for their tensors' roles. By attention and by FFN.
    int attention_class(const UniformDesign& design) const;
    int ffn_class(const UniformDesign& design) const;
    /// Costs of designs that differ in depth alone are linear in these.
    std::vector<double> depth_features(int layers) const;

 private:
    struct FormatLaw {
        Law whole;
        LawParts parts;
    };
    struct Run {
        BatchEvaluator evaluator;
        double weight = 1;
        double generated = 1;
        double memory = 0;  // what must hold the model; 0: does not matter
    };
    std::shared_ptr<const FormatLaw> law_of_format() const;
    void choose_columns();
    void classify();
    void fill(LawInputs& in, const Sizes& sizes, const UniformDesign& design, double weight_bytes) const;
    /// The worst or the mean of what each run gives.
    template <class Of>
    double across(Of&& of) const
    {
        double one = 0;
        for (std::size_t r = 0; r < runs_.size(); ++r) {
            const double value = of(r);
            one = runs_.size() == 1                    ? value
                  : question_.across == Across::worst ? std::max(one, value)
                                                      : one + runs_[r].weight * value;
        }
        return one;
    }
    double share_at(const double* shares, Share share, std::size_t run) const;
    Measures measures_at(const double* shares, double loss) const;

    const SearchQuestion& question_;
    Precision precision_;
    std::vector<Run> runs_;
    ShareColumns columns_;
    std::shared_ptr<const FormatLaw> law_;
    double price_ = 0;
    double power_ = 0;
    LawInputs blank_;  // what all designs share
    std::array<std::array<std::size_t, ShareColumns::most>, share_count> column_of_{};
    std::array<int, 4> attention_classes_{};
    std::array<int, 4> ffn_classes_{};
    bool additive_ = true;
    double least_weight_bytes_ = 0;  // of all formats that a design's matrices may have
    bool wants_loss_ = false;
    bool reads_bits_ = false;
};

bool wants_loss(const SearchQuestion& question);
/// An objective, or limited.
bool asks(const SearchQuestion& question, std::initializer_list<DesignMetric> wanted);

}  // namespace slimline
