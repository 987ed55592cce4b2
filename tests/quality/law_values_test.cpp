// Every test value that a law's file carries, and what several values together say.

#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/quality/loss.h"

using namespace slimline;

TEST_CASE("every shipped law gives the values that its document gives", "[quality][data]")
{
    int values = 0;
    for (const std::string& id : law_ids()) {
        const Law law = load_law(id);
        for (std::size_t i = 0; i < law.tests.size(); ++i) {
            const LawTest& test = law.tests[i];
            const double found = part(law, test.inputs, test.of);
            INFO(id << " test " << i << " " << test.of << ": expected " << test.expect << ", found " << found << ". "
                    << test.note);
            CHECK(std::abs(found - test.expect) <= test.within);
            ++values;
        }
    }
    CHECK(values > 80);
}

TEST_CASE("the published Chinchilla fits rank larger models with more tokens alike", "[quality]")
{
    const char* id = GENERATE("chinchilla-hoffmann", "chinchilla-hoffmann-unrounded", "chinchilla-besiroglu");
    const Law law = load_law(id);
    const auto at = [&](double parameters, double tokens) {
        LawInputs in;
        in[LawInput::parameters] = parameters;
        in[LawInput::tokens] = tokens;
        return law_value(law, in);
    };
    CHECK(at(8e9, 15e12) < at(1.1e9, 3e12));
    CHECK(at(1.1e9, 3e12) < at(0.5e9, 1e12));
}

TEST_CASE("a conditional law is best at width a2/a1 over the root of parameters and FFN share b2/b1", "[quality]")
{
    using Optimum = std::tuple<const char*, double, double>;
    const auto [id, x, r] =
        GENERATE(values<Optimum>({Optimum{"conditional-1b", 0.0801, 1.032}, Optimum{"conditional-3b", 0.074, 1.22}}));
    const Law law = load_law(id);
    const auto at = [&law = law](double width, double ratio) {
        LawInputs in;
        in[LawInput::width] = width;
        in[LawInput::non_embedding_parameters] = 1;
        in[LawInput::mlp_attention_ratio] = ratio;
        return part(law, in, "multiplier");
    };
    CHECK(at(x, r) < at(x * 1.01, r));
    CHECK(at(x, r) < at(x / 1.01, r));
    CHECK(at(x, r) < at(x, r * 1.02));
    CHECK(at(x, r) < at(x, r / 1.02));
}

TEST_CASE("the aspect ratio orders Morph's three 1 B shapes as measured, Chinchilla the other way", "[quality]")
{
    const auto value = [](const Law& law, double parameters, double width, double depth) {
        LawInputs in;
        in[LawInput::parameters] = parameters;
        in[LawInput::tokens] = 28'991'029'248;
        in[LawInput::width] = width;
        in[LawInput::depth] = depth;
        return law_value(law, in);
    };
    const Law aspect = load_law("aspect-ratio");  // measured: 2.8960, 2.9090, 2.9198
    CHECK(value(aspect, 1'439'795'200, 2048, 24) < value(aspect, 1'527'073'280, 2560, 16));
    CHECK(value(aspect, 1'527'073'280, 2560, 16) < value(aspect, 1'668'885'504, 3072, 12));
    const Law plain = load_law("chinchilla-besiroglu");
    CHECK(value(plain, 1'439'795'200, 2048, 24) > value(plain, 1'668'885'504, 3072, 12));
}

TEST_CASE("a vocabulary of 128 k puts about 10 % more text into a token than one of 32 k", "[quality]")
{
    const Law law = load_law("vocabulary-tokens");
    CHECK(tokens_per_character(law, 32'000) / tokens_per_character(law, 128'256) == Approx(1.10).margin(0.005));
    CHECK(tokens_per_character(law, 200'000) == tokens_per_character(law, 1'000'000));  // clipped there
    CHECK(per_character(2, 0.25) == 0.5);
}

TEST_CASE("losses carried from LLaMA-3-8B to LLaMA-2-7B are within twice of what was measured", "[quality]")
{
    using Measured = std::pair<const char*, double>;  // ratio of perplexities
    const auto [format, ratio] =
        GENERATE(values<Measured>({{"Q2_K", 1.107955}, {"Q4_K_M", 1.014242}, {"Q6_K", 1.002406}}));
    LawInputs in;
    in[LawInput::parameters] = 6.74e9;
    in[LawInput::tokens] = 2e12;
    in.format = format;
    const double predicted = law_value(load_law("ptq-llama-cpp"), in);
    CHECK(predicted < 2 * std::log(ratio));
    CHECK(predicted > 0.5 * std::log(ratio));
}

TEST_CASE("an importance matrix lowers the loss where both were measured", "[quality]")
{
    const char* format = GENERATE("Q4_K_M", "q4_k_s", "Q2_K");
    const Law law = load_law("ptq-llama-cpp");
    LawInputs in;
    in[LawInput::parameters] = 1e9;
    in[LawInput::tokens] = 3e12;
    in.format = format;
    const double without = law_value(law, in);
    in.importance_matrix = true;
    CHECK(law_value(law, in) < without);
}

TEST_CASE("accuracy falls from its best to its worst as the loss grows", "[quality][property]")
{
    int maps = 0;
    for (const std::string& id : law_ids()) {
        for (const AccuracyMap& map : load_law(id).accuracy) {
            CAPTURE(id, map.task);
            double last = 2;
            for (double loss = 0; loss < 8; loss += 0.25) {
                const double now = accuracy(map, loss);
                CHECK(now <= last);
                last = now;
            }
            CHECK(last >= 0);
            CHECK(last < 0.6);
            ++maps;
        }
    }
    CHECK(maps == 14);
}

TEST_CASE("a model that knows nothing has the error of chance", "[quality]")
{
    const Law law = load_law("overtraining-c4");
    CHECK(1 - accuracy(law.accuracy[0], 100) == Approx(0.758949));
    CHECK(1 - accuracy(law.accuracy[1], 100) == Approx(0.849742));
}
