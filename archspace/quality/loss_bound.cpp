#include "archspace/quality/loss_bound.h"

#include <algorithm>

#include "archspace/quality/loss_formulas.h"

namespace slimline {

namespace formulas {

double rise_of(const Law& law, const LawBox& box)
{
    return reference_rise(law, box.exact).log_perplexity;
}

}  // namespace formulas

namespace {

struct Bounds {
    Enclosure total{};

    void add(std::string_view, Enclosure value) { total = total + value; }
    Enclosure sum() const { return total; }
};

Direction both(Direction a, Direction b)
{
    return a == Direction::none ? b : b == Direction::none || a == b ? a : Direction::unknown;
}

/// Every coefficient has the sign that its formula is usually fitted with.
bool usual_signs(const Law& law)
{
    return std::ranges::all_of(law.coefficients, [&](const LawCoefficient& c) {
        if (c.name == "beta_1" || c.name == "f1") {
            return true;  // of the width alone; of the tokens per character
        }
        return c.name == "eta" ? c.value <= 0 : c.value >= 0;
    });
}

bool reads(const Law& law, LawInput input)
{
    if (law.kind == LawKind::expression) {
        return std::ranges::find(law.formula.reads(), int(input)) != law.formula.reads().end();
    }
    const std::vector<LawInput>& all = info(law.kind).reads;
    return std::ranges::find(all, input) != all.end();
}

Direction own_direction(const Law& law, LawInput input)
{
    const bool is_counted = input == formulas::counted(law) && reads(law, LawInput::parameters);
    if (!reads(law, input) && !is_counted) {
        return Direction::none;
    }
    if (!usual_signs(law)) {
        return Direction::unknown;
    }
    switch (law.kind) {
        case LawKind::chinchilla:
        case LawKind::kaplan:
        case LawKind::overtraining:
            return Direction::falls;
        case LawKind::vocabulary:
            return input == LawInput::vocabulary ? Direction::unknown : Direction::falls;
        case LawKind::aspect_ratio:
            return input == LawInput::width ? Direction::rises : Direction::falls;
        case LawKind::shape:
            return Direction::falls;
        case LawKind::plas:
            return input == LawInput::activation_rate ? Direction::rises
                   : input == LawInput::width         ? Direction::unknown
                                                      : Direction::falls;
        case LawKind::plas_kv:
            return input == LawInput::kv_width ? Direction::falls : Direction::rises;
        case LawKind::plas_moe:
            return input == LawInput::width ? Direction::unknown : Direction::rises;
        case LawKind::precision:
            return input == LawInput::tokens ? Direction::unknown : Direction::falls;
        case LawKind::post_training:
        case LawKind::post_training_table:
            return input == LawInput::tokens ? Direction::rises : Direction::falls;
        case LawKind::quantisation_aware:
            return input == LawInput::parameters || is_counted ? Direction::falls : Direction::rises;
        default:
            return Direction::unknown;
    }
}

}  // namespace

LawBox box_of(const LawInputs& inputs)
{
    LawBox box;
    box.exact = inputs;
    for (std::size_t i = 0; i < law_input_count; ++i) {
        box.values[i] = inputs.values[i];
    }
    return box;
}

Enclosure loss_bounds(const Law& law, const LawBox& box)
{
    Bounds bounds;
    formulas::add_terms(law, box, bounds);
    return bounds.total;
}

Direction direction(const Law& law, LawInput input)
{
    Direction result = own_direction(law, input);
    for (const Law& base : law.base) {
        result = both(result, direction(base, input));
    }
    for (const Law& added : law.adds) {
        result = both(result, direction(added, input));
    }
    return result;
}

}  // namespace slimline
