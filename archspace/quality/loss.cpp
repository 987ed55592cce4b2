#include "archspace/quality/loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "archspace/quality/format_loss.h"
#include "base/errors.h"
#include "base/units.h"

namespace slimline {

namespace {

using enum LawInput;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_coefficients = 16;

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

LawInput counted(const Law& law)
{
    return law.basis == ParameterBasis::all ? all_parameters : non_embedding_parameters;
}

double parameters_of(const Law& law, const LawInputs& in)
{
    return in[counted(law)];
}

// Hoffmann 2022, arXiv 2203.15556, equation 2.
void chinchilla(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [E, A, B, alpha, beta] = take<5>(law);
    terms.add("irreducible", E);
    terms.add("parameters", A / std::pow(parameters_of(law, in), alpha));
    terms.add("tokens", B / std::pow(in[tokens], beta));
}

// Kaplan 2020, arXiv 2001.08361, equation 1.5; what is left with infinite data first.
void kaplan(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [N_c, D_c, alpha_N, alpha_D] = take<4>(law);
    const double by_model = std::pow(N_c / parameters_of(law, in), alpha_N / alpha_D);
    const double both = std::pow(by_model + D_c / in[tokens], alpha_D);
    const double endless = std::pow(by_model, alpha_D);
    terms.add("parameters", endless);
    terms.add("tokens", both - endless);
}

double text_rate(double f2, double f1, double f0, double most_vocabulary, double size)
{
    const double log_size = std::log(std::min(size, most_vocabulary));
    return f2 * log_size * log_size + f1 * log_size + f0;
}

// Tao 2024, arXiv 2407.13623, approach 3. Their fit turns characters into tokens with the vocabulary in thousands
// (f(V/1000), not f(V)); the coefficients hold only with that, so it is kept: R2 0.97 on their runs, 0.04 without.
void vocabulary_loss(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [E, A1, A2, B, alpha1, alpha2, beta, f2, f1, f0, most] = take<11>(law);
    const double size = in[vocabulary];
    const double characters = in[tokens] / text_rate(f2, f1, f0, most, size);
    const double fitted_tokens = characters * text_rate(f2, f1, f0, most, size / kilo);
    terms.add("irreducible", -E);
    terms.add("parameters", A1 / std::pow(parameters_of(law, in) / mega, alpha1));
    terms.add("vocabulary", A2 / std::pow(in[vocabulary_parameters] / mega, alpha2));
    terms.add("tokens", B / std::pow(fitted_tokens / giga, beta));
}

// Tao 2024, approach 1: both optima are powers of the training FLOPs; the FLOPs drop out.
void vocabulary_isoflop(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [log_n, exponent_n, log_v, exponent_v] = take<4>(law);
    const double log_flops = (std::log(parameters_of(law, in)) - log_n) / exponent_n;
    terms.add("vocabulary parameters", std::exp(log_v + exponent_v * log_flops));
}

void vocabulary_derivative(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [N_v0, N_0, gamma] = take<3>(law);
    terms.add("vocabulary parameters", N_v0 * std::pow(parameters_of(law, in) / N_0, gamma));
}

void text_rate_of(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [f2, f1, f0, most] = take<4>(law);
    terms.add("tokens per character", text_rate(f2, f1, f0, most, in[vocabulary]));
}

// Bian 2025, arXiv 2501.18107: one exponent for all where gamma is 0.
void aspect_ratio_loss(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [E, A, B, alpha, epsilon, gamma] = take<6>(law);
    const double ratio = in[width] / in[depth];
    terms.add("irreducible", E);
    terms.add("parameters", A / std::pow(parameters_of(law, in), alpha));
    terms.add("tokens", B / std::pow(in[tokens], alpha));
    terms.add("aspect ratio", terms.sum() * epsilon * std::pow(ratio, gamma == 0 ? alpha : gamma));
}

// Bian 2025, arXiv 2510.18245: a multiplier of the best loss at these parameters and tokens.
double shape_multiplier(const Law& law, const LawInputs& in)
{
    const auto [a0, a1, a2, b0, b1, b2] = take<6>(law);
    const double x = in[width] / std::sqrt(in[non_embedding_parameters]);
    const double r = in[mlp_attention_ratio];
    return (a0 + a1 * std::log(x) + a2 / x) * (b0 + b1 * std::log(r) + b2 / r);
}

void conditional(const Law& law, const LawInputs& in, LossTerms& terms)
{
    terms = loss_terms(law.base.front(), in);
    terms.add("shape", terms.sum() * (shape_multiplier(law, in) - 1));
}

// McLeish 2025 (Gemstones), arXiv 2502.06857.
void shape(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [epsilon, A, a, B, b, C, c, F, f] = take<9>(law);
    terms.add("irreducible", epsilon);
    terms.add("width", A / std::pow(in[width], a));
    terms.add("depth", B / std::pow(in[depth], b));
    terms.add("parameters", C / std::pow(parameters_of(law, in), c));
    terms.add("tokens", F / std::pow(in[tokens], f));
}

// Levine 2020, arXiv 2006.12467: below this width more layers help less than more width.
void depth_width(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [a, b] = take<2>(law);
    terms.add("width", std::exp(a + b * in[depth]));
}

// Sun 2026, arXiv 2602.10377, equation 15 and table 6.
void plas(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [kappa_l, alpha_l, kappa_rho, alpha_rho, alpha_r, beta_1, kappa_d, beta_2, kappa_m, alpha_m, E] =
        take<11>(law);
    const double by_ratio = std::pow(in[ffn_ratio], alpha_r);
    terms.add("irreducible", E);
    terms.add("depth", kappa_l / std::pow(in[depth], alpha_l));
    terms.add("experts",
              kappa_rho * std::pow(in[activation_rate], alpha_rho) / (by_ratio * std::pow(in[width], beta_1)));
    terms.add("width", kappa_d / (by_ratio * std::pow(in[width], beta_2)));
    terms.add("kv width", kappa_m / std::pow(in[kv_width], alpha_m));
}

/// What shared keys and values cost, against as many KV heads as query heads.
void plas_kv(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [kappa_m, alpha_m] = take<2>(law);
    const bool shared = in[kv_width] < in[query_width];  // not where there is no attention at all
    terms.add("kv width",
              shared ? kappa_m * (std::pow(in[kv_width], -alpha_m) - std::pow(in[query_width], -alpha_m)) : 0);
}

/// What experts gain, against a dense FFN of the width that one token uses.
void plas_moe(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [kappa_rho, alpha_rho, alpha_r, beta_1] = take<4>(law);
    const double rate = in[activation_rate];
    const double scale = kappa_rho / (std::pow(in[ffn_ratio], alpha_r) * std::pow(in[width], beta_1));
    terms.add("experts", rate < 1 ? scale * (std::pow(rate, alpha_rho) - 1) : 0);
}

// Kumar 2024, arXiv 2411.04330: fewer bits in training act like fewer parameters; fewer after it cost more the longer
// the model was trained.
void precision(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [E, A, B, alpha, gamma_w, gamma_a, gamma_kv, C_T, gamma_D, gamma_N, gamma_post, b] = take<12>(law);
    const auto kept = [](double bits, double gamma) { return -std::expm1(-bits / gamma); };
    const double N = parameters_of(law, in);
    const double effective =
        N * kept(in[weight_bits], gamma_w) * kept(in[activation_bits], gamma_a) * kept(in[kv_bits], gamma_kv);
    terms.add("irreducible", E);
    terms.add("parameters", A / std::pow(effective, alpha));
    terms.add("tokens", B / std::pow(in[tokens], alpha));
    terms.add("post-training",
              C_T * std::pow(in[tokens], gamma_D) / std::pow(N, gamma_N) * std::exp(b - in[post_bits] / gamma_post));
}

// Ouyang 2024, arXiv 2411.17691.
void post_training(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [k, alpha, beta, gamma] = take<4>(law);
    terms.add("post-training", k * std::pow(in[tokens], beta) /
                                   (std::pow(parameters_of(law, in), alpha) * std::pow(in[post_bits], gamma)));
}

/// Measured on one model, carried to others with Ouyang's exponents of parameters and tokens.
void post_training_table(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [N_reference, D_reference, alpha, beta] = take<4>(law);
    const double rise = reference_rise(law, in).log_perplexity;
    const double carried =
        std::pow(in[tokens] / D_reference, beta) * std::pow(N_reference / parameters_of(law, in), alpha);
    terms.add("post-training", rise == 0 ? 0 : rise * carried);
}

// Chen 2025, arXiv 2505.14302: four-bit weights and activations, G numbers a scale.
void quantisation_aware(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [k, gamma_N, gamma_D, gamma_G] = take<4>(law);
    terms.add("quantised training", k * std::pow(in[tokens], gamma_D) * std::pow(std::log2(in[group]), gamma_G) /
                                        std::pow(parameters_of(law, in), gamma_N));
}

/// Which share of the tokens is best spent training with quantised weights.
void quantisation_aware_share(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [a] = take<1>(law);
    const double log_tokens_a_byte = std::log(in[tokens] / (parameters_of(law, in) * in[weight_bits] / 8));
    terms.add("share", std::exp(-a / log_tokens_a_byte));
}

// Gadre 2024, arXiv 2403.08540: one exponent for parameters and tokens; eta is negative.
void overtraining(const Law& law, const LawInputs& in, LossTerms& terms)
{
    const auto [E, a, b, eta] = take<4>(law);
    terms.add("irreducible", E);
    terms.add("parameters", a * std::pow(parameters_of(law, in), eta));
    terms.add("tokens", b * std::pow(6, eta / 2) * std::pow(in[tokens], eta));
}

void own_expression(const Law& law, const LawInputs& in, LossTerms& terms)
{
    std::array<double, law_input_count + most_coefficients> values{};
    std::copy(in.values.begin(), in.values.end(), values.begin());
    values[std::size_t(parameters)] = parameters_of(law, in);
    for (std::size_t i = 0; i < law.coefficients.size(); ++i) {
        values[law_input_count + i] = law.coefficients[i].value;
    }
    terms.add("formula", law.formula(values));
}

using Formula = void (*)(const Law&, const LawInputs&, LossTerms&);

/// In the order of LawKind.
constexpr std::array<Formula, law_kind_count> formulas{chinchilla,
                                                       kaplan,
                                                       vocabulary_loss,
                                                       vocabulary_isoflop,
                                                       vocabulary_derivative,
                                                       text_rate_of,
                                                       aspect_ratio_loss,
                                                       conditional,
                                                       shape,
                                                       depth_width,
                                                       plas,
                                                       plas_kv,
                                                       plas_moe,
                                                       precision,
                                                       post_training,
                                                       post_training_table,
                                                       quantisation_aware,
                                                       quantisation_aware_share,
                                                       overtraining,
                                                       own_expression};

void add_outside(const Law& law, const LawInputs& in, std::vector<OutOfRange>& outside)
{
    std::vector<LawInput> reads = info(law.kind).reads;
    for (const int name : law.formula.reads()) {
        if (std::size_t(name) < law_input_count) {
            reads.push_back(LawInput(name));
        }
    }
    for (const LawInput input : reads) {
        const LawInput meant = input == parameters ? counted(law) : input;
        if (std::isnan(in[meant])) {
            outside.push_back({law.id, std::string(word(meant)), nan, nan, nan});
        }
    }
    for (const FittedRange& range : law.range) {
        const double value = range.input == parameters ? parameters_of(law, in) : in[range.input];
        if (value < range.least || value > range.most) {
            outside.push_back({law.id, std::string(word(range.input)), value, range.least, range.most});
        }
    }
    if (law.kind == LawKind::post_training_table && !reference_rise(law, in).measured) {
        outside.push_back({law.id, "format " + in.format, in.format_bits, nan, nan});
    }
}

std::vector<OutOfRange> outside_of(const Law& law, const LawInputs& in)
{
    std::vector<OutOfRange> outside;
    add_outside(law, in, outside);
    for (const Law& base : law.base) {
        add_outside(base, in, outside);
    }
    for (const Law& added : law.adds) {
        if (loss_terms(added, in).sum() != 0) {  // what changes nothing need not hold here
            add_outside(added, in, outside);
        }
    }
    return outside;
}

}  // namespace

double LossTerms::sum() const
{
    double total = 0;
    for (const LossTerm& term : span()) {
        total += term.value;
    }
    return total;
}

LossTerms loss_terms(const Law& law, const LawInputs& inputs)
{
    LossTerms terms;
    formulas[std::size_t(law.kind)](law, inputs, terms);
    for (const Law& added : law.adds) {
        formulas[std::size_t(added.kind)](added, inputs, terms);
    }
    return terms;
}

double law_value(const Law& law, LawInputs inputs)
{
    derive(inputs, law.basis);
    return loss_terms(law, inputs).sum();
}

Loss evaluate(const Law& law, LawInputs inputs)
{
    derive(inputs, law.basis);
    const LossTerms terms = loss_terms(law, inputs);
    return {.value = terms.sum(), .terms = terms, .outside = outside_of(law, inputs)};
}

Loss predicted_loss(const Law& law, const Architecture& arch, double training_tokens, const WeightMix& mix)
{
    if (law.gives() != LawGives::loss && law.gives() != LawGives::multiplier) {
        throw InputError(law.id, "gives no loss but " + law.unit,
                         "name a law that gives one, as " + std::string(default_law_id));
    }
    return evaluate(law, law_inputs(arch, training_tokens, mix));
}

double part(const Law& law, const LawInputs& inputs, std::string_view of)
{
    const Loss loss = evaluate(law, inputs);
    if (of.empty()) {
        return loss.value;
    }
    if (of == "multiplier" && law.kind == LawKind::conditional) {
        return shape_multiplier(law, inputs);
    }
    for (const LossTerm& term : loss.terms.span()) {
        if (term.name == of) {
            return term.value;
        }
    }
    for (const AccuracyMap& map : law.accuracy) {
        if (map.task == of) {
            return accuracy(map, loss.value);
        }
    }
    return nan;
}

double accuracy(const AccuracyMap& map, double loss)
{
    const std::vector<double>& c = map.coefficients;
    if (map.kind == AccuracyKind::exponential) {  // Gadre 2024: epsilon, k, gamma; above 1 below every real loss
        return std::min(1.0, 1 - (c[0] - c[1] * std::exp(-c[2] * loss)));
    }
    return c[0] / (1 + std::exp(-c[1] * (loss - c[2]))) + c[3];  // Bhagia 2024: a, k, L0, b
}

std::vector<Accuracy> accuracies(const Law& law, double loss)
{
    std::vector<Accuracy> all;
    for (const AccuracyMap& map : law.accuracy) {
        all.push_back({map.task, accuracy(map, loss)});
    }
    return all;
}

double tokens_per_character(const Law& law, double size)
{
    assert(law.kind == LawKind::tokens_per_character);
    LawInputs inputs;
    inputs[vocabulary] = size;
    return loss_terms(law, inputs).sum();
}

double per_character(double loss_per_token, double tokens_a_character)
{
    return loss_per_token * tokens_a_character;
}

}  // namespace slimline
