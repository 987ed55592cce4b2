#include "explorer/column_directions.h"

#include <algorithm>

namespace slimline {

namespace {

Direction both(Direction a, Direction b)
{
    return a == Direction::none ? b : b == Direction::none || a == b ? a : Direction::unknown;
}

Direction opposite(Direction d)
{
    return d == Direction::rises ? Direction::falls : d == Direction::falls ? Direction::rises : d;
}

/// Of the law's joint terms.
Direction law_direction(Share share, const Law& joint)
{
    using enum LawInput;
    const auto of = [&](LawInput input) { return direction(joint, input); };
    switch (share) {
        case Share::active:
            return of(tokens_per_parameter) != Direction::none ? Direction::unknown
                                                               : both(of(all_parameters), of(non_embedding_parameters));
        case Share::embedding:
            return of(tokens_per_parameter) != Direction::none ? Direction::unknown
                                                               : opposite(of(non_embedding_parameters));
        case Share::mlp:
            return of(mlp_attention_ratio);
        case Share::attention:
            return opposite(of(mlp_attention_ratio));
        case Share::query:
            return both(of(query_width), of(gqa));
        case Share::kv:
            return both(of(kv_width), opposite(of(gqa)));
        case Share::ffn:
            return of(ffn_ratio);
        case Share::experts:
            return of(experts);
        case Share::rate:
            return of(activation_rate);
        case Share::vocabulary:
            return both(of(vocabulary), of(vocabulary_parameters));
        default:
            return Direction::none;
    }
}

}  // namespace

bool is_part_of(Share share, DesignMetric metric)
{
    using enum DesignMetric;
    switch (share) {
        case Share::ttft:
            return metric == ttft || metric == total;
        case Share::tpot:
            return metric == tpot || metric == total || metric == tpot_per_character;
        case Share::energy:
            return metric == energy;
        case Share::stored:
        case Share::compute:
            return metric == memory || metric == memory_share;
        case Share::parameters:
            return metric == parameters;
        case Share::active:
            return metric == active_parameters;
        default:
            return false;
    }
}

Direction direction_of(ShareColumn column, const SearchQuestion& question, const CandidateEvaluator& evaluator)
{
    if (std::size_t(column.share) < first_size || column.share == Share::loss) {
        return Direction::rises;
    }
    Direction d = Direction::none;
    if (wants_loss(question)) {
        d = !evaluator.law().by_count           ? law_direction(column.share, evaluator.law().joint)
            : column.share == Share::counted ? Direction::falls
                                                : Direction::none;
    }
    const bool measured = (column.share == Share::parameters && asks(question, {DesignMetric::parameters})) ||
                          (column.share == Share::active && asks(question, {DesignMetric::active_parameters})) ||
                          (column.share == Share::vocabulary && question.text_rate.has_value());
    return measured ? Direction::unknown : d;
}

bool may_drop(const SearchQuestion& question, const CandidateEvaluator& evaluator)
{
    const auto from_below = [](const Limit& l) {
        return l.least > 0 && l.metric != DesignMetric::parameters && l.metric != DesignMetric::active_parameters;
    };
    return !evaluator.reads_bits() && std::ranges::none_of(question.limits, from_below);
}

}  // namespace slimline
