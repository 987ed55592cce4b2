#pragma once

#include <array>

#include "archspace/quality/law.h"
#include "base/enclosure.h"

namespace slimline {

/// Designs as a law sees them, each quantity in an interval; the weight format is one.
struct LawBox {
    std::array<Enclosure, law_input_count> values{};
    LawInputs exact;  // format, and the quantities that all designs share

    Enclosure& operator[](LawInput input) { return values[std::size_t(input)]; }
    Enclosure operator[](LawInput input) const { return values[std::size_t(input)]; }
};

/// A box of one design. `inputs` must be derived for the law's basis.
LawBox box_of(const LawInputs& inputs);

/// What the law gives for every design of the box lies in it, but for rounding: formulas in interval arithmetic.
Enclosure loss_bounds(const Law& law, const LawBox& box);

/// How the law changes when one quantity grows and the others stay.
enum class Direction : std::uint8_t { none, falls, rises, unknown };

/// For coefficients of the usual signs; unknown for others.
Direction direction(const Law& law, LawInput input);

}  // namespace slimline
