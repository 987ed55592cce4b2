#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "archspace/quality/law.h"
#include "explorer/scenario.h"

namespace slimline {

/// A number of a prediction that a question asks for, named as in prediction/1. Seconds, joules, bytes, tokens a second;
/// loss in the law's unit.
enum class Figure : std::uint8_t {
    ttft,
    tpot,
    prefill_rate,
    decode_rate,
    total,
    energy,
    memory,
    loss,
};
inline constexpr std::size_t figure_count = std::size_t(Figure::loss) + 1;

std::string_view word(Figure figure);
/// Throws InputError that names the nearest.
Figure figure_named(std::string_view name);
std::string display(Figure figure, double value);

/// Which loss is meant: of this law, after training on so many tokens.
struct QualityBasis {
    Law law{};
    double tokens = 1e12;
};

/// NaN: a loss without a basis, or one that the law cannot give.
double figure(Figure figure, const Scenario& scenario, const Prediction& prediction,
              const QualityBasis* quality = nullptr);

/// "decode_tokens_per_s>=30": what an answer must have. Both ends in the figure's unit.
struct FigureTarget {
    Figure figure{};
    bool at_least = true;
    double value = 0;

    bool met_by(double found) const { return at_least ? found >= value : found <= value; }
};

/// Reads a figure, ">=" or "<=", and a number; throws InputError.
FigureTarget read_target(std::string_view text);
std::string text_of(const FigureTarget& target);

}  // namespace slimline
