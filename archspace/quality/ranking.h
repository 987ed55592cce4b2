#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archspace/quality/loss.h"

namespace slimline {

/// A model to be trained on `tokens` and run in a weight format.
struct Design {
    std::string name;
    Architecture arch;
    double tokens = 0;
    WeightMix mix{};
};

struct RankOptions {
    /// Losses that differ by no more, in the law's unit, are one rank: laws are not exact.
    double least_difference = 0;
    /// A law of kind tokens_per_character: losses are compared per character of text, which is fair between
    /// vocabularies. None: per token.
    const Law* text = nullptr;
};

/// The designs under one law; rank 1 is the lowest loss, equal losses share the mean of their ranks. A design that
/// the law cannot judge has the loss and the rank NaN.
struct LawRanking {
    std::string law;
    std::vector<Loss> losses;
    std::vector<double> compared;  // the losses, per character where that was asked for
    std::vector<double> ranks;
};

/// Two designs that one law puts in one order and another law in the other.
struct Dispute {
    std::size_t first = 0;
    std::size_t second = 0;
    std::vector<std::string> for_first;  // laws under which `first` has the lower loss
    std::vector<std::string> for_second;
};

struct Ranking {
    std::vector<LawRanking> laws;
    std::vector<double> median_rank;  // over the laws that know the design
    std::vector<Dispute> disputes;
    std::vector<std::vector<double>> agreement;  // Spearman's rank correlation of each two laws

    bool disputed(std::size_t design) const;
    bool in_range(std::size_t design) const;  // of all laws
};

/// Every pair of designs is compared under every law: meant for the designs that are shown, not for a whole space.
Ranking rank(std::span<const Design> designs, std::span<const Law> laws, const RankOptions& options = {});

/// Correlation of two rankings over the entries that both have; NaN when fewer than two or when one is all ties.
double spearman(std::span<const double> ranks, std::span<const double> other);

/// Ranks of values, 1 for the least, ties at the mean; values closer than `least_difference` to their predecessor
/// are ties of it.
std::vector<double> ranks_of(std::span<const double> values, double least_difference = 0);

}  // namespace slimline
