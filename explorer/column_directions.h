#pragma once

#include "explorer/candidate_evaluator.h"

namespace slimline {

/// How a design gets worse when one column grows and the others stay; none: the question does not care, unknown: it may
/// care in both directions.
Direction direction_of(ShareColumn column, const SearchQuestion& question, const CandidateEvaluator& evaluator);

/// Which measures a column is a part of, costs and counts only.
bool is_part_of(Share share, DesignMetric metric);

/// Parts may be left out for better ones: no limit asks for at least so much of a time or a loss.
bool may_drop(const SearchQuestion& question, const CandidateEvaluator& evaluator);

}  // namespace slimline
