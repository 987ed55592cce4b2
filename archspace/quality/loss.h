#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/quality/law.h"

namespace slimline {

struct LossTerm {
    std::string_view name;
    double value = 0;
};

/// The terms that a law adds up; of fixed size, so that a search evaluates laws without allocation.
struct LossTerms {
    std::array<LossTerm, 16> items{};
    std::size_t count = 0;

    void add(std::string_view name, double value) { items[count++] = {name, value}; }
    std::span<const LossTerm> span() const { return {items.data(), count}; }
    double sum() const;
};

/// Where a design leaves what a law was fitted on; NaN: the design has no such quantity.
struct OutOfRange {
    std::string law;  // that was left: the law itself, or one that it adds or stands on
    std::string quantity;
    double value = 0;
    double least = 0;
    double most = 0;
};

/// A law's answer and what it is made of.
struct Loss {
    double value = 0;
    LossTerms terms;
    std::vector<OutOfRange> outside;

    bool in_range() const { return outside.empty(); }
};

/// The terms of the law and of the differences it adds. `inputs` must be derived for the law's basis.
LossTerms loss_terms(const Law& law, const LawInputs& inputs);

/// Only the number: what a search calls.
double law_value(const Law& law, LawInputs inputs);

Loss evaluate(const Law& law, LawInputs inputs);

/// Nats per token (or the law's unit) before training. Throws InputError when the law gives no loss.
Loss predicted_loss(const Law& law, const Architecture& arch, double tokens, const WeightMix& mix);

/// What a term, a task's accuracy or ("") the whole is; NaN when the law has no such part.
double part(const Law& law, const LawInputs& inputs, std::string_view of);

/// Share of right answers that a loss of this law means on a task.
double accuracy(const AccuracyMap& map, double loss);

struct BenchmarkAccuracy {
    std::string task;
    double value = 0;
};
std::vector<BenchmarkAccuracy> accuracies(const Law& law, double loss);

/// Losses per token of different vocabularies are comparable only per character of text (Tao 2024):
/// a token of a larger vocabulary says more. `law` is of kind tokens_per_character.
double tokens_per_character(const Law& law, double vocabulary);
double per_character(double loss_per_token, double tokens_a_character);

}  // namespace slimline
