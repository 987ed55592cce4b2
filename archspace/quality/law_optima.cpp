#include "archspace/quality/law_optima.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/errors.h"
#include "base/numbers.h"

namespace slimline {

namespace {

double coefficient(const Law& law, std::string_view name)
{
    for (const LawCoefficient& each : law.coefficients) {
        if (each.name == name) {
            return each.value;
        }
    }
    assert(false && "the kind of the law has this coefficient");
    return 0;
}

void expect_kind(const Law& law, LawKind kind)
{
    if (law.kind != kind) {
        throw InputError(law.id, "is a law of kind '" + std::string(info(law.kind).word) + "'",
                         "this question takes one of kind '" + std::string(info(kind).word) + "'");
    }
}

struct Chinchilla {
    double E, A, B, alpha, beta;
};

Chinchilla chinchilla_of(const Law& law)
{
    expect_kind(law, LawKind::chinchilla);
    return {coefficient(law, "E"), coefficient(law, "A"), coefficient(law, "B"), coefficient(law, "alpha"),
            coefficient(law, "beta")};
}

double loss_at(const Chinchilla& c, double parameters, double tokens)
{
    return c.E + c.A / std::pow(parameters, c.alpha) + c.B / std::pow(tokens, c.beta);
}

double split_constant(const Chinchilla& c)
{
    return std::pow(c.alpha * c.A / (c.beta * c.B), 1 / (c.alpha + c.beta));
}

/// Where a function of one hill upside down is least, between two logarithms.
double least_at(const std::function<double(double)>& of, double low, double high)
{
    constexpr double golden = 0.6180339887498949;
    for (int step = 0; step < 200 && high - low > 1e-12; ++step) {
        const double left = high - golden * (high - low);
        const double right = low + golden * (high - low);
        (of(left) <= of(right) ? high : low) = of(left) <= of(right) ? right : left;
    }
    return (low + high) / 2;
}

}  // namespace

ModelAndTokens training_optimum(const Law& law, double training_flops)
{
    const Chinchilla c = chinchilla_of(law);
    const double split = split_constant(c);
    const double product = training_flops / 6;
    const double parameters = split * std::pow(product, c.beta / (c.alpha + c.beta));
    const double tokens = std::pow(product, c.alpha / (c.alpha + c.beta)) / split;
    return {parameters, tokens, training_flops, loss_at(c, parameters, tokens)};
}

double optimal_tokens(const Law& law, double parameters)
{
    const Chinchilla c = chinchilla_of(law);
    return std::pow(parameters / split_constant(c), (c.alpha + c.beta) / c.beta) / parameters;
}

double tokens_for_loss(const Law& law, double parameters, double loss)
{
    const Chinchilla c = chinchilla_of(law);
    const double left = loss - c.E - c.A / std::pow(parameters, c.alpha);
    return left > 0 ? std::pow(c.B / left, 1 / c.beta) : infinite;
}

LifeCost LifeCost::flops(double tokens_of_use)
{
    return {.training = [](double parameters, double tokens) { return 6 * parameters * tokens; },
            .use = [=](double parameters) { return 2 * parameters * tokens_of_use; }};
}

LifeCost LifeCost::device_seconds(double tokens_of_use, double bytes_a_parameter, BytesPerSecond bandwidth,
                                  FlopsPerSecond training_rate, double training_weight)
{
    return {.training =
                [=](double parameters, double tokens) {
                    return training_weight * (Flops{6 * parameters * tokens} / training_rate).value;
                },
            .use =
                [=](double parameters) {
                    return tokens_of_use * (Bytes{bytes_a_parameter * parameters} / bandwidth).value;
                }};
}

ModelAndTokens deployment_optimum(const Law& law, double loss, const LifeCost& cost)
{
    const Chinchilla c = chinchilla_of(law);
    if (!(loss > c.E)) {
        throw InputError(law.id, "no model reaches the loss " + std::to_string(loss),
                         "ask for more than the irreducible " + std::to_string(c.E));
    }
    const auto life_cost = [&](double log_parameters) {
        const double parameters = std::exp(log_parameters);
        const double tokens = tokens_for_loss(law, parameters, loss);
        return std::isinf(tokens) ? infinite : cost.training(parameters, tokens) + cost.use(parameters);
    };
    // The smallest model that can reach the loss with endless data, and one far beyond every real one.
    const double smallest = std::log(c.A / (loss - c.E)) / c.alpha;
    const double parameters = std::exp(least_at(life_cost, smallest + 1e-9, smallest + 12));
    const double tokens = tokens_for_loss(law, parameters, loss);
    return {parameters, tokens, life_cost(std::log(parameters)), loss};
}

double memory_bound_activation_rate(const Law& law, double width)
{
    expect_kind(law, LawKind::plas);
    const double alpha_r = coefficient(law, "alpha_r");
    const double alpha_rho = coefficient(law, "alpha_rho");
    const double scale =
        alpha_r * coefficient(law, "kappa_d") / ((alpha_rho - alpha_r) * coefficient(law, "kappa_rho"));
    return std::pow(scale, 1 / alpha_rho) *
           std::pow(width, (coefficient(law, "beta_1") - coefficient(law, "beta_2")) / alpha_rho);
}

double depth_efficient_parameters(const Law& law, double depth)
{
    expect_kind(law, LawKind::depth_width);
    const double width = std::exp(coefficient(law, "a") + coefficient(law, "b") * depth);
    return 12 * depth * width * width;
}

double critical_tokens(const Law& law, double parameters, double post_bits)
{
    expect_kind(law, LawKind::precision);
    const double beta = coefficient(law, "alpha");  // tied
    const double gamma_D = coefficient(law, "gamma_D");
    const double gain = beta * coefficient(law, "B") * std::pow(parameters, coefficient(law, "gamma_N"));
    const double harm = gamma_D * coefficient(law, "C_T") *
                        std::exp(coefficient(law, "b") - post_bits / coefficient(law, "gamma_post"));
    return std::pow(gain / harm, 1 / (gamma_D + beta));
}

}  // namespace slimline
