#pragma once

#include <cstdint>

#include "explorer/layer_question.h"
#include "explorer/measures.h"

namespace slimline {

Prediction predicted(const LayerQuestion& question, const LayerStack& stack);

/// A stack as the question's law sees it.
LawInputs inputs_of(const LayerQuestion& question, const LayerStack& stack);

/// The sum of a question's scores, which it must have.
double score_of(const LayerQuestion& question, const LayerStack& stack);

/// What the whole prediction and the law or the scores say of a stack; metrics that no stack changes are NaN.
Measures layer_measures(const LayerQuestion& question, const LayerStack& stack);

/// Within the limits, and into the memory where it must fit.
bool within_limits(const LayerQuestion& question, const Measures& measures);

/// A stack of allowed kinds by position; counts and order not regarded. The same for the same seed.
LayerStack random_stack(const LayerQuestion& question, std::uint64_t seed);

}  // namespace slimline
