#pragma once

#include <optional>
#include <span>
#include <vector>

#include "archspace/quality/loss_bound.h"
#include "explorer/search.h"
#include "simulator/batch_evaluator.h"

namespace slimline {

/// What costs and laws are made of: each is the sum over the parts of a design, but for the compute buffer.
enum class Share : std::uint8_t {
    ttft,
    tpot,
    energy,
    stored,
    parameters,
    active,
    embedding,
    mlp,
    attention,
    query,
    kv,
    ffn,
    experts,
    rate,
    vocabulary
};
inline constexpr std::size_t share_count = std::size_t(Share::vocabulary) + 1;

/// Designs whose shares lie in intervals.
struct ShareBox {
    std::array<Enclosure, share_count> sums{};
    double compute_bytes = 0;  // at least

    Enclosure& operator[](Share share) { return sums[std::size_t(share)]; }
    Enclosure operator[](Share share) const { return sums[std::size_t(share)]; }
};
ShareBox operator+(const ShareBox& a, const ShareBox& b);
ShareBox hull(const ShareBox& a, const ShareBox& b);

/// Which sizes of a design a share of it counts: attention, FFN, and vocabulary are told apart.
struct SizeParts {
    bool attention = true;
    bool ffn = true;
    bool vocabulary = true;
    bool base = true;
};

/// Answers of one weight format and KV format.
class CandidateEvaluator {
 public:
    CandidateEvaluator(const SearchQuestion& question, std::size_t weights, std::size_t kv_cache);

    void evaluate(std::span<const UniformDesign> designs, std::vector<Measures>& results) const;
    void costs(std::span<const UniformDesign> designs, std::vector<Objectives>& results) const;

    /// Parameters and widths of the parts of a design; the costs stay 0.
    static ShareBox sizes(const UniformDesign& design, SizeParts parts);

    /// Lower ends: nothing in the box measures less, but for rounding. Upper ends are not known for times and loss.
    Measures least(const ShareBox& box, const UniformDesign& base) const;
    Measures least_given_loss(const ShareBox& box, double loss) const;
    double least_loss(const ShareBox& box, const UniformDesign& base) const;

    bool within_limits(const Measures& measures) const;
    /// Whether some design of the box may be within the limits.
    bool may_be_within(const Measures& least, const ShareBox& box) const;

    /// Costs are sums of parts: no cache changes the price of a weight.
    bool additive() const { return additive_; }
    bool reads_bits() const { return reads_bits_; }

 private:
    LawInputs inputs(const UniformDesign& design, double weight_bytes) const;
    double text_rate(double vocabulary) const;

    const SearchQuestion& question_;
    Precision precision_;
    BatchEvaluator evaluator_;
    bool additive_ = true;
    bool wants_loss_ = false;
    bool reads_bits_ = false;
    double memory_ = 0;
};

bool wants_loss(const SearchQuestion& question);

}  // namespace slimline
