#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/uniform_design.h"
#include "archspace/weight_mix.h"
#include "base/expression.h"
#include "base/json.h"

namespace slimline {

/// The dimensions of a UniformDesign, in the order in which designs are enumerated and compared.
enum class Dimension : std::uint8_t {
    layers,
    d_model,
    heads,
    kv_heads,
    head_dim,
    d_ffn,
    vocabulary,
    experts,
    active,
    tied,
};
inline constexpr std::size_t dimension_count = std::size_t(Dimension::tied) + 1;

std::string_view word(Dimension dimension);
double value_of(const UniformDesign& design, Dimension dimension);
/// False, and nothing set, for a value that the dimension cannot have.
bool set_dimension(UniformDesign& design, Dimension dimension, double value);

/// A dimension, or a helper that formulas may read: every value of a list, or what a formula of others gives.
struct SpaceVariable {
    std::string name;
    std::vector<double> values;  // ascending; empty when there is a formula
    std::optional<Expression> formula;
};

/// The set of candidate models. An assignment of the variables that is no architecture (a width that is no whole
/// number, query heads that are no multiple of the KV heads, more active experts than experts) is left out, and so is
/// one that breaks a constraint.
struct Space {
    std::vector<SpaceVariable> variables;  // the dimensions in their order, then the helpers
    std::vector<Expression> constraints;   // over the variables; 0 or NaN: left out
    std::vector<WeightMix> weights{WeightMix{}};
    std::vector<Format> kv_cache{Format::f16};

    std::vector<std::string> names() const;
};

/// A value, a list, a range, or a formula of the names.
SpaceVariable read_space_variable(const std::string& name, const JsonPlace& place, std::span<const std::string> names);
/// Throws InputError at the place when a variable depends on itself.
void refuse_cycles(const std::vector<SpaceVariable>& variables, const JsonPlace& place);

/// A weight mix, and a format that a KV cache can have, by name.
WeightMix read_mix(const JsonPlace& place);
Format read_kv_format(const JsonPlace& place);

/// Reads the members `space` (dimensions, `weights`, `kv_cache`), `helpers` and `constraints` of a search/1 document.
Space read_space(JsonObject& question);

/// Which dimensions a part of a design sets.
using DimensionSet = std::uint16_t;
constexpr DimensionSet set_of(Dimension dimension)
{
    return DimensionSet(1U << unsigned(dimension));
}

/// A space as a product: for every base (width and depth, with what they were made from) the designs are all
/// combinations of one part of each group. Dimensions that formulas or constraints tie together are one group.
struct ProductSpace {
    using Parts = std::vector<UniformDesign>;  // only the group's dimensions are set

    struct Base {
        UniformDesign design;                              // width and depth
        std::vector<std::shared_ptr<const Parts>> groups;  // none of them empty
        double designs() const;
    };

    std::vector<DimensionSet> groups;  // dimensions of each group
    std::vector<Base> bases;
    double designs() const;
};

/// Groups hold at most `most_parts` parts in all; throws InputError where more are tied together.
ProductSpace product_of(const Space& space, std::size_t most_parts = std::size_t{40} << 20);

/// `design` with the dimensions of `set` taken from `part`.
UniformDesign with_part(UniformDesign design, const UniformDesign& part, DimensionSet set);

/// Every design of a product, in the canonical order of bases and parts; for tests and small spaces.
std::vector<UniformDesign> all_designs(const ProductSpace& product);

}  // namespace slimline
