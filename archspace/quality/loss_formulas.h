#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <span>
#include <type_traits>

#include "archspace/quality/format_loss.h"
#include "archspace/quality/loss.h"
#include "base/enclosure.h"
#include "base/units.h"

namespace slimline {
struct LawBox;
}

/// The formulas of docs/model.md, section 11, written once for numbers and for intervals of numbers.
/// `Inputs` gives the value of a LawInput, `Terms` takes names and values.
namespace slimline::formulas {

using enum LawInput;
using slimline::abs;
using slimline::exp;
using slimline::expm1;
using slimline::log;
using slimline::log2;
using slimline::max;
using slimline::min;
using slimline::pow;
using slimline::sqrt;
using std::exp;
using std::expm1;
using std::log;
using std::log2;
using std::min;
using std::pow;
using std::sqrt;

inline constexpr std::size_t most_coefficients = 16;

template <class Inputs, class Terms>
void add_terms(const Law& law, const Inputs& in, Terms& terms);

double rise_of(const Law& law, const LawBox& box);

inline double rise_of(const Law& law, const LawInputs& in)
{
    return reference_rise(law, in).log_perplexity;
}

/// The coefficients in their declared order, for a structured binding.
template <std::size_t Count>
std::array<double, Count> take(const Law& law)
{
    assert(law.coefficients.size() == Count);
    std::array<double, Count> values{};
    for (std::size_t i = 0; i < Count; ++i) {
        values[i] = law.coefficients[i].value;
    }
    return values;
}

inline LawInput counted(const Law& law)
{
    return law.basis == ParameterBasis::all ? all_parameters : non_embedding_parameters;
}

template <class Inputs>
auto parameters_of(const Law& law, const Inputs& in)
{
    return in[counted(law)];
}

// Hoffmann 2022, arXiv 2203.15556, equation 2.
template <class Inputs, class Terms>
void chinchilla(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [E, A, B, alpha, beta] = take<5>(law);
    terms.add("irreducible", E);
    terms.add("parameters", A / pow(parameters_of(law, in), alpha));
    terms.add("tokens", B / pow(in[tokens], beta));
}

// Kaplan 2020, arXiv 2001.08361, equation 1.5; what is left with infinite data first.
template <class Inputs, class Terms>
void kaplan(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [N_c, D_c, alpha_N, alpha_D] = take<4>(law);
    const auto by_model = pow(N_c / parameters_of(law, in), alpha_N / alpha_D);
    const auto both = pow(by_model + D_c / in[tokens], alpha_D);
    const auto endless = pow(by_model, alpha_D);
    terms.add("parameters", endless);
    terms.add("tokens", both - endless);
}

template <class Number>
Number text_rate(double f2, double f1, double f0, double most_vocabulary, Number size)
{
    const Number log_size = log(min(size, Number(most_vocabulary)));
    return f2 * log_size * log_size + f1 * log_size + f0;
}

// Tao 2024, arXiv 2407.13623, approach 3. Their fit turns characters into tokens with the vocabulary in thousands
// (f(V/1000), not f(V)); the coefficients hold only with that, so it is kept: R2 0.97 on their runs, 0.04 without.
template <class Inputs, class Terms>
void vocabulary_loss(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [E, A1, A2, B, alpha1, alpha2, beta, f2, f1, f0, most] = take<11>(law);
    const auto size = in[vocabulary];
    const auto characters = in[tokens] / text_rate(f2, f1, f0, most, size);
    const auto fitted_tokens = characters * text_rate(f2, f1, f0, most, size / kilo);
    terms.add("irreducible", -E);
    terms.add("parameters", A1 / pow(parameters_of(law, in) / mega, alpha1));
    terms.add("vocabulary", A2 / pow(in[vocabulary_parameters] / mega, alpha2));
    terms.add("tokens", B / pow(fitted_tokens / giga, beta));
}

// Tao 2024, approach 1: both optima are powers of the training FLOPs; the FLOPs drop out.
template <class Inputs, class Terms>
void vocabulary_isoflop(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [log_n, exponent_n, log_v, exponent_v] = take<4>(law);
    const auto log_flops = (log(parameters_of(law, in)) - log_n) / exponent_n;
    terms.add("vocabulary parameters", exp(log_v + exponent_v * log_flops));
}

template <class Inputs, class Terms>
void vocabulary_derivative(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [N_v0, N_0, gamma] = take<3>(law);
    terms.add("vocabulary parameters", N_v0 * pow(parameters_of(law, in) / N_0, gamma));
}

template <class Inputs, class Terms>
void text_rate_of(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [f2, f1, f0, most] = take<4>(law);
    terms.add("tokens per character", text_rate(f2, f1, f0, most, in[vocabulary]));
}

// Bian 2025, arXiv 2501.18107: one exponent for all where gamma is 0.
template <class Inputs, class Terms>
void aspect_ratio_loss(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [E, A, B, alpha, epsilon, gamma] = take<6>(law);
    const auto ratio = in[width] / in[depth];
    terms.add("irreducible", E);
    terms.add("parameters", A / pow(parameters_of(law, in), alpha));
    terms.add("tokens", B / pow(in[tokens], alpha));
    terms.add("aspect ratio", terms.sum() * epsilon * pow(ratio, gamma == 0 ? alpha : gamma));
}

// Bian 2025, arXiv 2510.18245: a multiplier of the best loss at these parameters and tokens.
template <class Inputs>
auto shape_multiplier(const Law& law, const Inputs& in)
{
    const auto [a0, a1, a2, b0, b1, b2] = take<6>(law);
    const auto x = in[width] / sqrt(in[non_embedding_parameters]);
    const auto r = in[mlp_attention_ratio];
    return (a0 + a1 * log(x) + a2 / x) * (b0 + b1 * log(r) + b2 / r);
}

template <class Inputs, class Terms>
void conditional(const Law& law, const Inputs& in, Terms& terms)
{
    add_terms(law.base.front(), in, terms);
    terms.add("shape", terms.sum() * (shape_multiplier(law, in) - 1));
}

// McLeish 2025 (Gemstones), arXiv 2502.06857.
template <class Inputs, class Terms>
void shape(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [epsilon, A, a, B, b, C, c, F, f] = take<9>(law);
    terms.add("irreducible", epsilon);
    terms.add("width", A / pow(in[width], a));
    terms.add("depth", B / pow(in[depth], b));
    terms.add("parameters", C / pow(parameters_of(law, in), c));
    terms.add("tokens", F / pow(in[tokens], f));
}

// Levine 2020, arXiv 2006.12467: below this width more layers help less than more width.
template <class Inputs, class Terms>
void depth_width(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [a, b] = take<2>(law);
    terms.add("width", exp(a + b * in[depth]));
}

// Sun 2026, arXiv 2602.10377, equation 15 and table 6.
template <class Inputs, class Terms>
void plas(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [kappa_l, alpha_l, kappa_rho, alpha_rho, alpha_r, beta_1, kappa_d, beta_2, kappa_m, alpha_m, E] =
        take<11>(law);
    const auto by_ratio = pow(in[ffn_ratio], alpha_r);
    terms.add("irreducible", E);
    terms.add("depth", kappa_l / pow(in[depth], alpha_l));
    terms.add("experts", kappa_rho * pow(in[activation_rate], alpha_rho) / (by_ratio * pow(in[width], beta_1)));
    terms.add("width", kappa_d / (by_ratio * pow(in[width], beta_2)));
    terms.add("kv width", kappa_m / pow(in[kv_width], alpha_m));
}

/// What shared keys and values cost, against as many KV heads as query heads.
template <class Inputs, class Terms>
void plas_kv(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [kappa_m, alpha_m] = take<2>(law);
    terms.add("kv width", where_less(in[kv_width], in[query_width],  // not where there is no attention at all
                                     kappa_m * (pow(in[kv_width], -alpha_m) - pow(in[query_width], -alpha_m))));
}

/// What experts gain, against a dense FFN of the width that one token uses.
template <class Inputs, class Terms>
void plas_moe(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [kappa_rho, alpha_rho, alpha_r, beta_1] = take<4>(law);
    const auto rate = in[activation_rate];
    const auto scale = kappa_rho / (pow(in[ffn_ratio], alpha_r) * pow(in[width], beta_1));
    terms.add("experts", where_less(rate, decltype(rate)(1), scale * (pow(rate, alpha_rho) - 1)));
}

// Kumar 2024, arXiv 2411.04330: fewer bits in training act like fewer parameters; fewer after it cost more the longer
// the model was trained.
template <class Inputs, class Terms>
void precision(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [E, A, B, alpha, gamma_w, gamma_a, gamma_kv, C_T, gamma_D, gamma_N, gamma_post, b] = take<12>(law);
    const auto kept = [](auto bits, double gamma) { return -expm1(-bits / gamma); };
    const auto N = parameters_of(law, in);
    const auto effective =
        N * kept(in[weight_bits], gamma_w) * kept(in[activation_bits], gamma_a) * kept(in[kv_bits], gamma_kv);
    terms.add("irreducible", E);
    terms.add("parameters", A / pow(effective, alpha));
    terms.add("tokens", B / pow(in[tokens], alpha));
    terms.add("post-training", C_T * pow(in[tokens], gamma_D) / pow(N, gamma_N) * exp(b - in[post_bits] / gamma_post));
}

// Ouyang 2024, arXiv 2411.17691.
template <class Inputs, class Terms>
void post_training(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [k, alpha, beta, gamma] = take<4>(law);
    terms.add("post-training",
              k * pow(in[tokens], beta) / (pow(parameters_of(law, in), alpha) * pow(in[post_bits], gamma)));
}

/// Measured on one model, carried to others with Ouyang's exponents of parameters and tokens.
template <class Inputs, class Terms>
void post_training_table(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [N_reference, D_reference, alpha, beta] = take<4>(law);
    const double rise = rise_of(law, in);
    const auto carried = pow(in[tokens] / D_reference, beta) * pow(N_reference / parameters_of(law, in), alpha);
    terms.add("post-training", rise == 0 ? decltype(carried)(0) : rise * carried);
}

// Chen 2025, arXiv 2505.14302: four-bit weights and activations, G numbers a scale.
template <class Inputs, class Terms>
void quantisation_aware(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [k, gamma_N, gamma_D, gamma_G] = take<4>(law);
    terms.add("quantised training",
              k * pow(in[tokens], gamma_D) * pow(log2(in[group]), gamma_G) / pow(parameters_of(law, in), gamma_N));
}

/// Which share of the tokens is best spent training with quantised weights.
template <class Inputs, class Terms>
void quantisation_aware_share(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [a] = take<1>(law);
    const auto log_tokens_a_byte = log(in[tokens] / (parameters_of(law, in) * in[weight_bits] / 8));
    terms.add("share", exp(-a / log_tokens_a_byte));
}

// Gadre 2024, arXiv 2403.08540: one exponent for parameters and tokens; eta is negative.
template <class Inputs, class Terms>
void overtraining(const Law& law, const Inputs& in, Terms& terms)
{
    const auto [E, a, b, eta] = take<4>(law);
    terms.add("irreducible", E);
    terms.add("parameters", a * pow(parameters_of(law, in), eta));
    terms.add("tokens", b * pow(6, eta / 2) * pow(in[tokens], eta));
}

template <class Inputs, class Terms>
void own_expression(const Law& law, const Inputs& in, Terms& terms)
{
    using Number = std::remove_cvref_t<decltype(in[tokens])>;
    std::array<Number, law_input_count + most_coefficients> values{};
    std::copy(in.values.begin(), in.values.end(), values.begin());
    values[std::size_t(parameters)] = parameters_of(law, in);
    for (std::size_t i = 0; i < law.coefficients.size(); ++i) {
        values[law_input_count + i] = law.coefficients[i].value;
    }
    terms.add("formula", law.formula(std::span<const Number>(values)));
}

/// The terms of the law itself.
template <class Inputs, class Terms>
void add_own_terms(const Law& law, const Inputs& in, Terms& terms)
{
    switch (law.kind) {
        case LawKind::chinchilla:
            return chinchilla(law, in, terms);
        case LawKind::kaplan:
            return kaplan(law, in, terms);
        case LawKind::vocabulary:
            return vocabulary_loss(law, in, terms);
        case LawKind::vocabulary_isoflop:
            return vocabulary_isoflop(law, in, terms);
        case LawKind::vocabulary_derivative:
            return vocabulary_derivative(law, in, terms);
        case LawKind::tokens_per_character:
            return text_rate_of(law, in, terms);
        case LawKind::aspect_ratio:
            return aspect_ratio_loss(law, in, terms);
        case LawKind::conditional:
            return conditional(law, in, terms);
        case LawKind::shape:
            return shape(law, in, terms);
        case LawKind::depth_width:
            return depth_width(law, in, terms);
        case LawKind::plas:
            return plas(law, in, terms);
        case LawKind::plas_kv:
            return plas_kv(law, in, terms);
        case LawKind::plas_moe:
            return plas_moe(law, in, terms);
        case LawKind::precision:
            return precision(law, in, terms);
        case LawKind::post_training:
            return post_training(law, in, terms);
        case LawKind::post_training_table:
            return post_training_table(law, in, terms);
        case LawKind::quantisation_aware:
            return quantisation_aware(law, in, terms);
        case LawKind::quantisation_aware_share:
            return quantisation_aware_share(law, in, terms);
        case LawKind::overtraining:
            return overtraining(law, in, terms);
        case LawKind::expression:
            return own_expression(law, in, terms);
    }
}

/// Those of the law and of the differences that it adds.
template <class Inputs, class Terms>
void add_terms(const Law& law, const Inputs& in, Terms& terms)
{
    add_own_terms(law, in, terms);
    for (const Law& added : law.adds) {
        add_own_terms(added, in, terms);
    }
}

}  // namespace slimline::formulas
