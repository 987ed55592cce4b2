#pragma once

#include <limits>

#include "archspace/quality/loss_bound.h"
#include "archspace/uniform_design.h"
#include "explorer/shares.h"

namespace slimline {

/// What a law reads of designs of one width and depth, from their shares: of numbers for one design, of intervals for a
/// box. `blank` holds what all designs of a format share.
template <class Number, class ShareOf>
std::array<Number, law_input_count> law_values(ShareOf&& of, const UniformDesign& base, const LawInputs& blank)
{
    using enum LawInput;
    std::array<Number, law_input_count> values;
    values.fill(Number(std::numeric_limits<double>::infinity()));
    const auto set = [&](LawInput input, Number value) { values[std::size_t(input)] = value; };
    const double width_of = base.d_model;
    set(all_parameters, of(Share::active));
    set(non_embedding_parameters, of(Share::active) - of(Share::embedding));
    set(tokens, blank[tokens]);
    set(width, width_of);
    set(depth, double(base.layers));
    set(aspect_ratio, width_of / base.layers);
    set(ffn_ratio, of(Share::ffn) / Number(width_of));
    set(mlp_attention_ratio, of(Share::mlp) / of(Share::attention));
    set(query_width, of(Share::query));
    set(kv_width, of(Share::kv));
    set(gqa, of(Share::query) / of(Share::kv));
    set(vocabulary, of(Share::vocabulary));
    set(vocabulary_parameters, of(Share::vocabulary) * Number(width_of));
    set(experts, of(Share::experts));
    set(activation_rate, of(Share::rate));
    set(group, blank[group]);
    return values;
}

}  // namespace slimline
