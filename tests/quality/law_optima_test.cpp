// Optima that follow from the laws; expected values from docs/model.md's sources, recomputed.

#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/quality/law_optima.h"
#include "archspace/quality/loss.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

struct Split {
    const char* law;
    double parameters;
    double tokens;
};

/// Chinchilla-13B's quality, served for `use` tokens.
struct Life {
    const char* law;
    double trained_on;
    double loss;
    double use;
    double parameters;
    double tokens;
    double saved;
};

}  // namespace

TEST_CASE("the best split of Gopher's 5.76e23 FLOPs is that of each published fit", "[quality][optima]")
{
    const Split s = GENERATE(values<Split>({{"chinchilla-hoffmann", 3.219e10, 2.982e12},
                                            {"chinchilla-hoffmann-unrounded", 4.036e10, 2.379e12},
                                            {"chinchilla-besiroglu", 7.225e10, 1.329e12}}));
    const ModelAndTokens best = training_optimum(load_law(s.law), 5.76e23);
    CHECK(best.parameters == Approx(s.parameters).epsilon(5e-4));
    CHECK(best.tokens == Approx(s.tokens).epsilon(5e-4));
    CHECK(6 * best.parameters * best.tokens == Approx(5.76e23));
}

TEST_CASE("no split near the best one has a lower loss", "[quality][optima][property]")
{
    const Law law = load_law("chinchilla-besiroglu");
    const ModelAndTokens best = training_optimum(law, 1e22);
    for (const double factor : {0.5, 0.9, 1.1, 2.0}) {
        LawInputs in;
        in[LawInput::parameters] = best.parameters * factor;
        in[LawInput::tokens] = best.tokens / factor;
        CHECK(law_value(law, in) > best.loss);
    }
    CHECK(optimal_tokens(law, best.parameters) == Approx(best.tokens));
    CHECK(tokens_for_loss(law, best.parameters, best.loss) == Approx(best.tokens));
}

TEST_CASE("a model of Chinchilla-13B's quality that is used much is smaller and trained longer", "[quality][optima]")
{
    const Life life =
        GENERATE(values<Life>({{"chinchilla-hoffmann-unrounded", 6.174e11, 2.02385, 2e12, 7.12e9, 1.295e12, 0.163},
                               {"chinchilla-hoffmann-unrounded", 6.174e11, 2.02385, 1e13, 4.65e9, 2.81e12, 0.444},
                               {"chinchilla-besiroglu", 2.601e11, 2.10272, 2e12, 6.10e9, 7.37e11, 0.290}}));
    const Law law = load_law(life.law);
    const double own_tokens = optimal_tokens(law, 13e9);
    CHECK(own_tokens == Approx(life.trained_on).epsilon(5e-4));
    LawInputs in;
    in[LawInput::parameters] = 13e9;
    in[LawInput::tokens] = own_tokens;
    const double loss = law_value(law, in);
    CHECK(loss == Approx(life.loss).margin(1e-5));

    const ModelAndTokens best = deployment_optimum(law, loss, LifeCost::flops(life.use));
    CHECK(best.parameters == Approx(life.parameters).epsilon(2e-3));
    CHECK(best.tokens == Approx(life.tokens).epsilon(2e-3));
    const double as_trained = 6 * 13e9 * own_tokens + 2 * 13e9 * life.use;
    CHECK(1 - best.cost / as_trained == Approx(life.saved).margin(6e-4));
}

TEST_CASE("a model that is never used is best at its training optimum", "[quality][optima]")
{
    const Law law = load_law("chinchilla-besiroglu");
    const ModelAndTokens trained = training_optimum(law, 1e22);
    const ModelAndTokens best = deployment_optimum(law, trained.loss, LifeCost::flops(0));
    CHECK(best.parameters == Approx(trained.parameters).epsilon(1e-4));
    CHECK(best.cost == Approx(1e22).epsilon(1e-8));
}

TEST_CASE("seconds on a device in place of FLOPs: more use or a slower memory makes the best model smaller",
          "[quality][optima][property]")
{
    const Law law = load_law("chinchilla-besiroglu");
    // 4.5 bits a parameter; trained at 4e14 FLOP/s, a second of which weighs a thousand of the device's.
    const auto best = [&](double use, double bandwidth) {
        return deployment_optimum(law, 2.3, LifeCost::device_seconds(use, 4.5 / 8, {bandwidth}, {4e14}, 1000))
            .parameters;
    };
    CHECK(best(1e12, 60e9) < best(1e11, 60e9));
    CHECK(best(1e12, 30e9) < best(1e12, 60e9));
    CHECK(best(1e12, 30e9) == Approx(best(2e12, 60e9)).epsilon(1e-6));

    // 1e9 parameters at half a byte: 0.5 GB a token at 50 GB/s is 10 ms, a hundred tokens a second.
    const LifeCost cost = LifeCost::device_seconds(100, 0.5, {50e9}, {6e9}, 1);
    CHECK(cost.use(1e9) == Approx(1));
    CHECK(cost.training(1, 1e9) == Approx(1));
}

TEST_CASE("PLAS' best share of active experts under a memory budget falls as the width grows", "[quality][optima]")
{
    const Law law = load_law("plas");  // the paper's prose says about 0.25 and 0.15 for the first two
    CHECK(memory_bound_activation_rate(law, 1024) == Approx(0.395491).margin(1e-6));
    CHECK(memory_bound_activation_rate(law, 2048) == Approx(0.173026).margin(1e-6));
    CHECK(memory_bound_activation_rate(law, 3072) == Approx(0.106683).margin(1e-6));
}

TEST_CASE("Levine's depth-efficient models grow with the square of the width", "[quality][optima]")
{
    const Law law = load_law("levine");
    CHECK(depth_efficient_parameters(law, 24) == Approx(9.844e7).epsilon(1e-4));
    CHECK(depth_efficient_parameters(law, 48) == Approx(2.826e9).epsilon(2e-4));
}

TEST_CASE("at the critical number of tokens more training neither helps nor harms the quantised model",
          "[quality][optima]")
{
    const Law law = load_law("precision");
    const double tokens = critical_tokens(law, 1.1e9, 4);
    const auto at = [&](double factor) {
        LawInputs in;
        in[LawInput::parameters] = 1.1e9;
        in[LawInput::tokens] = tokens * factor;
        in[LawInput::post_bits] = 4;
        return law_value(law, in);
    };
    CHECK(at(1) < at(1.05));
    CHECK(at(1) < at(0.95));
}

TEST_CASE("a question about a law of another kind is refused, and a loss that nothing reaches too", "[quality][errors]")
{
    CHECK(complaint([] { training_optimum(load_law("kaplan"), 1e22); }) ==
          "kaplan: is a law of kind 'kaplan'; this question takes one of kind 'chinchilla'");
    CHECK_THAT(complaint([] { deployment_optimum(load_law("chinchilla-hoffmann"), 1.69, LifeCost::flops(1)); }),
               Catch::Contains("no model reaches the loss"));
    CHECK(std::isinf(tokens_for_loss(load_law("chinchilla-hoffmann"), 1e6, 1.8)));
}
