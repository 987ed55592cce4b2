// Logits of the engine against a double-precision model on small shapes of every kind of layer.

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <memory>
#include <numeric>

#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "reference_model.h"
#include "tests/support/small_architectures.h"
#include "validation/engine/int4_engine.h"

using namespace slimline;
using namespace slimline::engine;

namespace {

/// Products that an activation passes one after the other, each with its own rounding of inputs.
double products_in_a_row(const Architecture& arch)
{
    double count = 1;
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        count += 4.0 * arch.block_of(layer).runs;
    }
    return count;
}

/// Activations in 8 bit, blocks of 32 (256): the step is the largest of a block over 127, about 2.2 (2.9) deviations;
/// its square over 12 is the variance. Errors of independent roundings add up as squares; three times that is allowed for
/// what layers make of errors (gates multiply two of them, softmax and a close choice of experts enlarge them).
double tolerance(const Architecture& arch, const WeightMix& mix)
{
    const double deviations = info(mix.base).block_elements == 256 ? 2.9 : 2.2;
    return info(mix.base).block_elements == 1 ? 2e-3
                                              : 3 * deviations / 127 / std::sqrt(12.0) * std::sqrt(products_in_a_row(arch));
}

}  // namespace

TEST_CASE("logits equal those of a double-precision model, for every kind of architecture", "[engine]")
{
    const ArchitectureKind kind = GENERATE(from_range(architecture_kinds()));
    const std::string mix_name = GENERATE("F16", "Q4_0", "Q4_K_M", "Q8_0");
    const WeightMix mix = mix_named(mix_name);
    CAPTURE(kind.name, mix_name);
    const std::vector<int> tokens = prompt(21);
    const auto expected = reference_logits(kind.arch, mix, 3, tokens);

    // A prompt in chunks, then token by token.
    Int4Engine engine(kind.arch, mix, {.threads = 2, .context = 64, .chunk = 8, .seed = 3});
    const std::span<const int> all(tokens);
    CHECK(relative_error(engine.prefill(0, all.first(18)), expected[17]) < tolerance(kind.arch, mix));
    for (std::size_t t = 18; t < tokens.size(); ++t) {
        CHECK(relative_error(engine.decode(all.subspan(t, 1)), expected[t]) < tolerance(kind.arch, mix));
    }
}

TEST_CASE("without rounded activations logits are those of the double-precision model to half precision of the cache",
          "[engine]")
{
    const ArchitectureKind kind = GENERATE(from_range(architecture_kinds()));
    CAPTURE(kind.name);
    const WeightMix mix = mix_named("F32");
    const std::vector<int> tokens = prompt(12);
    const auto expected = reference_logits(kind.arch, mix, 5, tokens);
    Int4Engine engine(kind.arch, mix, {.context = 64, .seed = 5});
    CHECK(relative_error(engine.prefill(0, tokens), expected[11]) < 1e-4);
}

TEST_CASE("logits do not depend on the number of threads, the chunk, or the company in a batch", "[engine]")
{
    const ArchitectureKind kind = GENERATE(from_range(architecture_kinds()));
    CAPTURE(kind.name);
    const WeightMix mix = mix_named("Q4_0");
    const std::vector<int> tokens = prompt(19);
    const auto logits = [&](int threads, int chunk) {
        Int4Engine engine(kind.arch, mix, {.threads = threads, .context = 32, .chunk = chunk});
        const auto row = engine.prefill(0, tokens);
        return std::vector<float>(row.begin(), row.end());
    };
    const std::vector<float> alone = logits(1, 64);
    CHECK(logits(3, 64) == alone);
    CHECK(logits(1, 5) == alone);

    Int4Engine batch(kind.arch, mix, {.threads = 2, .sequences = 3, .context = 32});
    batch.prefill(0, prompt(4));
    batch.prefill(1, std::span<const int>(tokens).first(18));
    batch.prefill(2, prompt(9));
    const int next[] = {5, tokens[18], 6};
    const auto rows = batch.decode(next);
    const auto second = rows.subspan(batch.logits_stride(), alone.size());
    CHECK(std::vector<float>(second.begin(), second.end()) == alone);
}

TEST_CASE("every instruction set gives the scalar kernels' logits up to rounding", "[engine]")
{
    const ArchitectureKind kind = GENERATE(from_range(architecture_kinds()));
    CAPTURE(kind.name);
    const WeightMix mix = mix_named("F16");
    const std::vector<int> tokens = prompt(11);
    Int4Engine scalar(kind.arch, mix, {.context = 32, .kernels = &kernels::kernel_tables()[0]});
    const auto row = scalar.prefill(0, tokens);
    const std::vector<double> expected(row.begin(), row.begin() + kind.arch.vocabulary);
    for (const kernels::KernelTable& table : kernels::kernel_tables()) {
        Int4Engine engine(kind.arch, mix, {.context = 32, .kernels = &table});
        CHECK(relative_error(engine.prefill(0, tokens), expected) < 2e-4);
    }
}

namespace {

/// Logits of a prompt by the fastest kernels here.
std::vector<float> prompt_logits(const ArchitectureKind& kind)
{
    Int4Engine engine(kind.arch, mix_named("Q4_0"), {.context = 32});
    const auto row = engine.prefill(0, prompt(11));
    return {row.begin(), row.begin() + kind.arch.vocabulary};
}

const std::string golden_logits = SLIMLINE_SOURCE_DIR "/tests/engine/golden_logits.txt";

}  // namespace

TEST_CASE("logits are those that another machine wrote down, within a thousandth", "[engine]")
{
    std::ifstream in(golden_logits);
    std::string name;
    std::size_t count = 0;
    int seen = 0;
    while (std::getline(in, name) && in >> count) {
        std::vector<double> expected(count, 0.0);
        for (double& each : expected) {
            in >> each;
        }
        in.ignore();
        REQUIRE(in);
        for (const ArchitectureKind& kind : architecture_kinds()) {
            if (kind.name == name) {
                CAPTURE(name);
                CHECK(relative_error(prompt_logits(kind), expected) < 1e-3);
                ++seen;
            }
        }
    }
    CHECK(seen == int(architecture_kinds().size()));
}

TEST_CASE("write down the logits for other machines", "[.golden-logits]")
{
    std::ofstream out(golden_logits);
    out.precision(7);
    for (const ArchitectureKind& kind : architecture_kinds()) {
        const std::vector<float> logits = prompt_logits(kind);
        out << kind.name << '\n' << logits.size() << '\n';
        for (const float each : logits) {
            out << each << '\n';
        }
    }
}

TEST_CASE("a Q8_0 cache changes logits by its rounding only, and takes 34 bytes for 32 numbers", "[engine]")
{
    const ArchitectureKind kind = GENERATE(from_range(architecture_kinds()));
    CAPTURE(kind.name);
    const WeightMix mix = mix_named("F16");
    const std::vector<int> tokens = prompt(21);
    const auto expected = reference_logits(kind.arch, mix, 3, tokens);
    Int4Engine engine(kind.arch, mix, {.context = 64, .chunk = 8, .kv_cache = Format::q8_0, .seed = 3});
    CHECK(relative_error(engine.prefill(0, tokens), expected[20]) < tolerance(kind.arch, mix_named("Q8_0")));
    Int4Engine halves(kind.arch, mix, {.context = 64});
    CHECK(engine.memory().kv_cache * 32 * 2 == halves.memory().kv_cache * 34);
}

TEST_CASE("the engine holds weights and cache of the sizes that files and formulas say", "[engine]")
{
    const Architecture arch = small_architecture();
    const WeightMix mix = mix_named("Q4_K_M");
    Int4Engine engine(arch, mix, {.sequences = 2, .context = 128});
    CHECK(engine.memory().weights == weight_bytes(arch, mix));
    // 2 layers, keys and values, 2 heads of 32, 128 positions, 2 sequences, 2 bytes.
    CHECK(engine.memory().kv_cache == 2 * 2 * 2 * 32 * 128 * 2 * 2);
}

TEST_CASE("an engine over another's weights computes the same, and outlives it", "[engine]")
{
    const ArchitectureKind kind = GENERATE(from_range(architecture_kinds()));
    CAPTURE(kind.name);
    const std::vector<int> tokens = prompt(11);
    const auto copied = [](std::span<const float> row) { return std::vector<float>(row.begin(), row.end()); };
    auto first = std::make_unique<Int4Engine>(kind.arch, mix_named("Q4_0"), EngineOptions{.context = 32});
    const std::vector<float> expected = copied(first->prefill(0, tokens));
    Int4Engine second(*first, {.threads = 2, .context = 32, .chunk = 4});
    CHECK(second.memory().weights == first->memory().weights);
    first.reset();
    CHECK(copied(second.prefill(0, tokens)) == expected);
}

TEST_CASE("a past that is taken as given costs as many positions as a real one", "[engine]")
{
    Int4Engine engine(small_architecture(), mix_named("Q4_0"), {.context = 64});
    engine.assume_past(0, 60);
    const int token = 1;
    for (const float logit : engine.decode({&token, 1})) {
        CHECK(std::isfinite(logit));
    }
    CHECK(engine.past(0) == 61);
    CHECK_THROWS_WITH(engine.prefill(0, prompt(5)), Catch::Contains("longer than the engine's context of 64"));
}

TEST_CASE("the times of the stages of a pass add up to less than the pass", "[engine]")
{
    Int4Engine engine(small_architecture(), mix_named("Q4_0"), {.threads = 2, .context = 64});
    engine.prefill(0, prompt(32));
    engine.reset_times();
    const int token = 1;
    engine.decode({&token, 1});
    const StageTimes& times = engine.times();
    CHECK(times.runs[std::size_t(Stage::attention)] == 2);
    CHECK(times.runs[std::size_t(Stage::ffn_down)] == 2);
    CHECK(times.runs[std::size_t(Stage::head)] == 1);
    CHECK(times.total() > 0);
}

TEST_CASE("what the engine cannot run is refused by name", "[engine]")
{
    const auto refusal = [](auto&& change, Format cache = Format::f16) {
        Architecture arch = small_architecture();
        change(arch.blocks[0]);
        try {
            require_runnable(arch, cache);
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("runs");
    };
    const auto attention = [](Block& block) -> Attention& { return std::get<Attention>(block.mixer); };
    CHECK(refusal([](Block&) {}) == "runs");
    CHECK_THAT(refusal([](Block& b) { b.mixer = LatentAttention{}; }), Catch::Contains("multi-head latent attention"));
    CHECK_THAT(refusal([](Block& b) { b.mixer = Mamba2{}; }), Catch::Contains("Mamba-2"));
    CHECK_THAT(refusal([](Block& b) { b.mixer = ShortConv{}; }), Catch::Contains("short convolution"));
    CHECK_THAT(refusal([](Block& b) { b.mixer = RgLru{}; }), Catch::Contains("RG-LRU"));
    CHECK_THAT(refusal([](Block& b) { b.mixer = GatedDeltaNet{}; }), Catch::Contains("delta net"));
    CHECK_THAT(refusal([](Block& b) { b.adapter.linear = true; }), Catch::Contains("adapters"));
    CHECK_THAT(refusal([&](Block& b) { attention(b).head_dim = 36; }), Catch::Contains("multiple of 8"));
    CHECK_THAT(refusal([&](Block& b) { attention(b).head_dim = 80; }, Format::q8_0), Catch::Contains("multiple of 32"));
    CHECK_THAT(refusal([](Block&) {}, Format::q4_0), Catch::Contains("F16 or Q8_0"));
    CHECK_THROWS_WITH(Int4Engine(small_architecture(), mix_named("IQ4_XS"), {}), Catch::Contains("no kernels for IQ4_XS"));
}
