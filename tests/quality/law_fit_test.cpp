#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/quality/law_fit.h"
#include "archspace/quality/loss.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

/// Runs on a grid whose losses are those of a law, with a noise of known size and changing sign.
std::vector<LossObservation> grid(const Law& law, double noise = 0)
{
    std::vector<LossObservation> runs;
    for (const double parameters : {3e7, 1e8, 3e8, 1e9, 3e9}) {
        for (const double tokens : {1e9, 4e9, 1.6e10, 6.4e10, 2.56e11}) {
            LossObservation run;
            run.inputs[LawInput::parameters] = parameters;
            run.inputs[LawInput::tokens] = tokens;
            run.loss = law_value(law, run.inputs) * std::exp(runs.size() % 2 == 0 ? noise : -noise);
            runs.push_back(run);
        }
    }
    return runs;
}

Law changed(Law law, double factor)
{
    for (LawCoefficient& each : law.coefficients) {
        each.value *= factor;
    }
    return law;
}

struct BrokenTable {
    const char* text;
    const char* fact;
};

}  // namespace

TEST_CASE("a fit recovers the coefficients that made the losses", "[quality][fit]")
{
    const Law law = load_law("chinchilla-besiroglu");
    const LawFit fit = fit_law(changed(law, 1.15), grid(law));
    for (std::size_t i = 0; i < law.coefficients.size(); ++i) {
        CAPTURE(law.coefficients[i].name);
        CHECK(fit.law.coefficients[i].value == Approx(law.coefficients[i].value).epsilon(1e-3));
    }
    CHECK(fit.mean_absolute_error < 1e-6);
    CHECK(fit.r_squared == Approx(1));
    CHECK(fit.observations == 25);
}

TEST_CASE("a fit of a person's own formula recovers its coefficients", "[quality][fit]")
{
    const JsonDocument document = parse_json("own.json", R"json({"format": "law/1", "id": "own", "kind": "expression",
        "unit": "nats/token", "coefficients": {"E": 2, "A": 400, "a": 0.3, "slope": -0.01},
        "formula": "E + A / parameters^a + slope * log(tokens)"})json");
    const Law law = read_law(JsonPlace(document));
    Law start = law;
    start.coefficients[0].value = 2.5;
    start.coefficients[1].value = 300;
    start.coefficients[2].value = 0.25;
    start.coefficients[3].value = -0.02;
    const LawFit fit = fit_law(start, grid(law));
    for (std::size_t i = 0; i < law.coefficients.size(); ++i) {
        CAPTURE(law.coefficients[i].name);
        CHECK(fit.law.coefficients[i].value == Approx(law.coefficients[i].value).epsilon(1e-3));
    }
}

TEST_CASE("a fit takes as its range what the observations span, and knows its errors", "[quality][fit]")
{
    const Law law = load_law("chinchilla-besiroglu");
    const LawFit fit = fit_law(law, grid(law, 0.01));
    REQUIRE(fit.law.range.size() == 2);
    CHECK(fit.law.range[0].input == LawInput::parameters);
    CHECK(fit.law.range[0].least == 3e7);
    CHECK(fit.law.range[0].most == 3e9);
    CHECK(fit.mean_absolute_error > 0.01);
    CHECK(fit.mean_absolute_error < 0.04);
    CHECK(fit.largest_error >= fit.mean_absolute_error);
}

TEST_CASE("a single run gone wrong hardly moves a fit", "[quality][fit]")
{
    const Law law = load_law("chinchilla-besiroglu");
    std::vector<LossObservation> runs = grid(law);
    runs[12].loss *= 1.5;
    const LawFit fit = fit_law(changed(law, 1.05), runs, {.huber = 1e-4});
    CHECK(law_value(fit.law, runs[12].inputs) == Approx(law_value(law, runs[12].inputs)).epsilon(2e-3));
}

TEST_CASE("coefficients that a person keeps stay as they are, and those that are 0 stay 0", "[quality][fit]")
{
    const Law law = load_law("chinchilla-besiroglu");
    Law start = changed(law, 1.1);
    start.coefficients[0].value = law.coefficients[0].value;
    const LawFit fit = fit_law(start, grid(law), {.fixed = {"E"}});
    CHECK(fit.law.coefficients[0].value == law.coefficients[0].value);
    CHECK(fit.law.coefficients[4].value == Approx(law.coefficients[4].value).epsilon(1e-4));

    start.coefficients[0].value = 0;
    CHECK(fit_law(start, grid(law)).law.coefficients[0].value == 0);
}

TEST_CASE("the shipped default law describes the 199 runs of Gemstones as its document says", "[quality][fit][data]")
{
    const auto runs = read_loss_observations(SLIMLINE_SOURCE_DIR "/tests/data/gemstones_cool.csv");
    REQUIRE(runs.size() == 199);
    const Law law = load_law("gemstones");
    double error = 0;
    double mean = 0;
    for (const LossObservation& run : runs) {
        error += std::abs(law_value(law, run.inputs) - run.loss) / 199;
        mean += run.loss / 199;
    }
    double left = 0;
    double all = 0;
    for (const LossObservation& run : runs) {
        left += std::pow(law_value(law, run.inputs) - run.loss, 2);
        all += std::pow(mean - run.loss, 2);
    }
    CHECK(error == Approx(0.0138).margin(5e-5));
    CHECK(1 - left / all == Approx(0.9924).margin(5e-5));
}

TEST_CASE("a fit to the runs of Gemstones is as good as the authors', by their measure of error or by squares",
          "[quality][fit][data]")
{
    const auto runs = read_loss_observations(SLIMLINE_SOURCE_DIR "/tests/data/gemstones_cool.csv");
    const Law start = changed(load_law("gemstones"), 1.1);
    // The authors' Huber limit of 1e-4 is nearly the sum of absolute errors.
    CHECK(fit_law(start, runs, {.huber = 1e-4, .starts = 3}).mean_absolute_error < 0.01382);
    CHECK(fit_law(start, runs, {.huber = 1, .starts = 3}).r_squared > 0.99241);
}

TEST_CASE("a table of runs may name architectures, with commas in quotes", "[quality][fit]")
{
    const auto runs = parse_loss_observations(
        "# two runs\n\nloss, tokens, architecture\r\n3.1, 1e10, smollm2-135m\n"
        "3.0, 2e10, \"L=16,d=1024,h=16,ffn=4096\"\n3.2, 1e9, smollm2-135m\n",
        "runs.csv");
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].loss == 3.1);
    CHECK(runs[0].inputs[LawInput::tokens] == 1e10);
    CHECK(runs[0].inputs[LawInput::width] == 576);
    CHECK(runs[1].inputs[LawInput::depth] == 16);
    CHECK(runs[2].inputs[LawInput::width] == 576);
}

TEST_CASE("a broken table of runs is refused with its line", "[quality][fit][errors]")
{
    const BrokenTable b = GENERATE(values<BrokenTable>({
        {"", "runs.csv: has no rows of losses"},
        {"loss,tokens\n", "has no rows of losses"},
        {"tokens,width\n1,2\n", "runs.csv:1: there is no column 'loss'"},
        {"loss,tokns\n1,2\n", "runs.csv:1: unknown column 'tokns'; did you mean 'tokens'?"},
        {"loss,tokens,tokens\n1,2,3\n", "column 'tokens' stands twice"},
        {"loss,tokens\n3,1e9\n3\n", "runs.csv:3: 1 fields where the header has 2"},
        {"loss,tokens\n3,many\n", "runs.csv:2: 'many' in column 'tokens' is no number"},
        {"loss,tokens\n3,-1\n", "column 'tokens' must be positive, not -1"},
        {"loss,tokens\nnan,1\n", "in column 'loss' is no number"},
        {"loss,architecture\n3,\"L=2,d=64\n", "runs.csv:2: a quote is not closed"},
        {"loss,architecture\n3,smollm-135\n", "runs.csv:2: "},
    }));
    CAPTURE(b.text);
    CHECK_THAT(complaint([&] { parse_loss_observations(b.text, "runs.csv"); }), Catch::Contains(b.fact));
}

TEST_CASE("a fit that the runs cannot decide is refused", "[quality][fit][errors]")
{
    const Law law = load_law("chinchilla-besiroglu");
    std::vector<LossObservation> few = grid(law);
    few.resize(4);
    CHECK_THAT(complaint([&] { fit_law(law, few); }), Catch::Contains("4 observations cannot tell 5 coefficients"));
    CHECK_THAT(complaint([&] { fit_law(law, grid(law), {.fixed = {"epsilon"}}); }),
               Catch::Contains("there is no coefficient 'epsilon' to keep"));
    CHECK_THAT(complaint([&] {
                   fit_law(law, grid(law), {.fixed = {"E", "A", "B", "alpha", "beta"}});
               }),
               Catch::Contains("no coefficient is free"));
    CHECK_THAT(complaint([&] { fit_law(load_law("gemstones"), grid(law)); }),
               Catch::Contains("observation 1 has no 'width'; add a column for it"));
}
