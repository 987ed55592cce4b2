// The GPU's engine against the CPU's, on an emulated device or a GPU: the same weights, prompts and steps.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "tested_device.h"
#include "tests/support/complaint.h"
#include "tests/support/small_architectures.h"
#include "validation/cuda/gpu_engine.h"
#include "validation/engine/int4_engine.h"

using namespace slimline;
using namespace slimline::cuda;
using engine::EngineOptions;
using engine::Int4Engine;

namespace {

/// Those that the GPU's engine runs, and heads that no warp divides.
std::vector<ArchitectureKind> gpu_kinds()
{
    std::vector<ArchitectureKind> kinds = architecture_kinds();
    std::erase_if(kinds, [](const ArchitectureKind& kind) {
        return !complaint([&] {
                    require_runnable_on_gpu(kind.arch, stored_tensors(kind.arch, mix_named("F16")), Format::f16);
                }).empty();
    });
    kinds.push_back(
        {"one KV head for six, heads of 80", inline_architecture("L=2,d=256,h=6,kv=1,hd=80,ffn=512,V=320,tied")});
    // More than threads of a warp, of which a chunk of nine tokens leaves some without any.
    kinds.push_back({"40 experts, of which three", inline_architecture("L=2,d=256,h=4,kv=2,hd=32,ffn=128,V=320,E=40,K=3")});
    return kinds;
}

/// Errors of a prompt in chunks and of some steps, against the CPU's scalar kernels, which are the same on every machine.
std::vector<double> errors(std::shared_ptr<Device> device, const ArchitectureKind& kind, const WeightMix& mix,
                           std::uint64_t seed)
{
    const std::vector<int> tokens = prompt(13);
    const std::span<const int> all(tokens);
    // Nine tokens go through the kernels for many, two and one through those for few.
    const EngineOptions options{.context = 32, .chunk = 9, .seed = seed, .kernels = &kernels::kernel_tables()[0]};
    Int4Engine cpu(kind.arch, mix, options);
    GpuEngine gpu(std::move(device), kind.arch, mix, options);
    const auto vocabulary = std::size_t(kind.arch.vocabulary);
    std::vector<double> found{
        relative_error(gpu.prefill(0, all.first(11)), cpu.prefill(0, all.first(11)).first(vocabulary))};
    for (std::size_t t = 11; t < tokens.size(); ++t) {
        const auto expected = cpu.decode(all.subspan(t, 1)).first(vocabulary);
        found.push_back(relative_error(gpu.decode(all.subspan(t, 1)), expected));
    }
    return found;
}

/// For the reader who asks: what was seen.
void note(const ArchitectureKind& kind, const std::string& mix, double smallest, double largest)
{
    if (std::getenv("SLIMLINE_SHOW_ERRORS") != nullptr) {
        std::cerr << kind.name << ", " << mix << ": " << smallest << " to " << largest << '\n';
    }
}

std::vector<float> copied(std::span<const float> row)
{
    return {row.begin(), row.end()};
}

}  // namespace

TEST_CASE("all kinds of architecture but narrow embeddings are run", "[cuda]")
{
    CHECK(gpu_kinds().size() == architecture_kinds().size() - 1 + 2);
}

TEST_CASE("with weights of real numbers logits equal the CPU's, for every kind of architecture", "[cuda]")
{
    const ArchitectureKind kind = GENERATE(from_range(gpu_kinds()));
    const std::string mix = GENERATE("F16", "F32");
    CAPTURE(kind.name, mix);
    const std::vector<double> found = errors(tested_device(), kind, mix_named(mix), 3);
    note(kind, mix, *std::min_element(found.begin(), found.end()), *std::max_element(found.begin(), found.end()));
    CHECK(*std::max_element(found.begin(), found.end()) < 1e-3);  // seen: 1e-4, the cache's half precision
}

// Activations in 8 bits: sums in another order move some number across the middle between two steps, and from there on
// roundings are others. The scalar and the vector kernels of the CPU differ by up to 0.015 on these models so. Where no
// number is moved, logits are equal to 1e-6, which one of four models always shows.
TEST_CASE(
    "with quantised weights logits are within a hundredth of the CPU's in the root mean square, for every kind of "
    "architecture",
    "[cuda]")
{
    const ArchitectureKind kind = GENERATE(from_range(gpu_kinds()));
    CAPTURE(kind.name);
    double smallest = 1;
    double largest = 0;
    double squares = 0;
    int count = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        for (const double error : errors(tested_device(), kind, mix_named("Q4_0"), seed)) {
            smallest = std::min(smallest, error);
            largest = std::max(largest, error);
            squares += error * error;
            ++count;
        }
    }
    note(kind, "Q4_0", smallest, largest);
    CHECK(smallest < 1e-5);
    CHECK(std::sqrt(squares / count) < 1e-2);
    CHECK(largest < 2e-2);
}

TEST_CASE("so they do with weights in 8 and 6 bits, and in a mix of 4 and 6", "[cuda]")
{
    const std::string mix = GENERATE("Q8_0", "Q6_K", "Q4_K_M");
    const std::string shape = GENERATE("L=2,d=256,h=4,kv=4,ffn=512,V=320,untied", "L=2,d=256,h=4,kv=4,ffn=256,V=320,untied,E=4,K=2");
    CAPTURE(mix, shape);
    const ArchitectureKind kind{shape, inline_architecture(shape)};
    double smallest = 1;
    double largest = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        for (const double error : errors(tested_device(), kind, mix_named(mix), seed)) {
            smallest = std::min(smallest, error);
            largest = std::max(largest, error);
        }
    }
    note(kind, mix, smallest, largest);
    CHECK(smallest < 1e-5);
    CHECK(largest < 2e-2);
}

TEST_CASE("logits do not depend on the order in which threads and blocks run", "[cuda]")
{
    const ArchitectureKind kind = GENERATE(from_range(gpu_kinds()));
    CAPTURE(kind.name);
    const std::vector<int> tokens = prompt(11);
    const auto logits = [&](Order order) {
        GpuEngine gpu(std::make_shared<EmulatedDevice>(order), kind.arch, mix_named("Q4_0"), {.context = 32});
        gpu.prefill(0, tokens);
        return copied(gpu.decode(std::span(tokens).first(1)));
    };
    const std::vector<float> forward = logits(Order::forward);
    CHECK(logits(Order::backward) == forward);
    CHECK(logits(Order::mixed) == forward);
}

TEST_CASE("a step in company gives each sequence the logits that it has alone", "[cuda]")
{
    const Architecture arch = small_architecture();
    const WeightMix mix = mix_named("Q8_0");
    GpuEngine gpu(tested_device(), arch, mix, {.sequences = 3, .context = 32});
    GpuEngine alone(tested_device(), arch, mix, {.context = 32});
    gpu.prefill(0, prompt(4));
    gpu.prefill(1, prompt(7));
    gpu.prefill(2, prompt(2));
    alone.prefill(0, prompt(7));
    const int next[] = {5, 6, 7};
    for (int step = 0; step < 2; ++step) {
        const std::vector<float> rows = copied(gpu.decode(next));
        const auto second = std::span(rows).subspan(gpu.logits_stride(), gpu.logits_stride());
        CHECK(relative_error(second, alone.decode({next + 1, 1})) < 1e-6);
    }
    CHECK(gpu.past(0) == 6);
    CHECK(gpu.past(1) == 9);
}

TEST_CASE("a step is recorded once and then replayed at every depth", "[cuda]")
{
    const auto device = std::make_shared<EmulatedDevice>();
    GpuEngine gpu(device, small_architecture(), mix_named("Q4_0"), {.context = 32});
    const int token = 1;
    gpu.decode({&token, 1});
    const int launches = device->launches();
    for (int step = 1; step <= 4; ++step) {
        gpu.decode({&token, 1});
        CHECK(device->replays() == 1 + step);
        CHECK(device->launches() == (1 + step) * launches);
    }
}

TEST_CASE("a past that is taken as given is the CPU's", "[cuda]")
{
    const EngineOptions options{.context = 64, .kernels = &kernels::kernel_tables()[0]};
    Int4Engine cpu(small_architecture(), mix_named("F16"), options);
    GpuEngine gpu(tested_device(), small_architecture(), mix_named("F16"), options);
    const int token = 1;
    for (const int past : {60, 7}) {
        cpu.assume_past(0, past);
        gpu.assume_past(0, past);
        CHECK(relative_error(gpu.decode({&token, 1}), cpu.decode({&token, 1}).first(320)) < 1e-4);
        CHECK(gpu.past(0) == past + 1);
    }
    CHECK_THROWS_WITH(gpu.prefill(0, std::vector<int>(60, token)),
                      Catch::Contains("longer than the engine's context of 64"));
}

TEST_CASE("the GPU's engine takes the memory that it says, and gives it back", "[cuda]")
{
    const auto device = std::make_shared<EmulatedDevice>();
    {
        const GpuEngine gpu(device, small_architecture(), mix_named("Q4_0"), {.context = 32});
        CHECK(device->held_bytes() > 0);
    }
    CHECK(device->held_bytes() == 0);
    const GpuEngine gpu(device, small_architecture(), mix_named("Q4_0"), {.sequences = 2, .context = 128, .chunk = 16});
    const engine::EngineMemory memory = gpu.memory();
    // 2 layers, keys and values, 2 heads of 32, 128 positions, 2 sequences, 2 bytes.
    CHECK(memory.kv_cache == 2 * 2 * 2 * 32 * 128 * 2 * 2);
    CHECK(memory.weights >= weight_bytes(small_architecture(), mix_named("Q4_0")));
    // Tables of rotations, 32 positions of 16 angles, are not counted; nor is rounding up to whole lines.
    CHECK(double(device->held_bytes()) - memory.weights - memory.kv_cache - memory.compute ==
          Approx(2 * 128 * 16 * 4).margin(1024));
}

TEST_CASE("what the GPU's engine cannot run, or what does not fit, is refused by name before anything is allocated",
          "[cuda]")
{
    const auto refusal = [](auto&& change, const std::string& mix = "Q4_0", EngineOptions options = {}) {
        const auto device = std::make_shared<EmulatedDevice>(Order::forward, std::size_t(8) << 20);
        Architecture arch = small_architecture();
        change(arch, arch.blocks[0]);
        try {
            const GpuEngine gpu(device, arch, mix_named(mix), options);
        } catch (const InputError& error) {
            CHECK(device->held_bytes() == 0);
            return std::string(error.what());
        }
        return std::string("runs");
    };
    const auto as_it_is = [](auto&, auto&) {};
    CHECK(refusal(as_it_is, "Q4_0", {.chunk = 32}) == "runs");
    CHECK_THAT(refusal([](auto&, Block& b) { b.ffn->experts = 2000, b.ffn->active = 2, b.ffn->width = 8; }),
               Catch::Contains("more than 1024 experts"));
    CHECK_THAT(refusal([](auto&, Block& b) { b.ffn->shared_width = 64; }), Catch::Contains("shared expert"));
    CHECK_THAT(refusal([](auto&, Block& b) { b.mixer = Mamba2{}; }), Catch::Contains("Mamba-2"));
    CHECK_THAT(refusal([](auto&, Block& b) { std::get<Attention>(b.mixer).head_dim = 264; }),
               Catch::Contains("more than 256"));
    CHECK_THAT(refusal([](Architecture& a, Block&) { a.embedding_width = 128; }), Catch::Contains("another width"));
    CHECK_THAT(refusal(as_it_is, "Q5_1"), Catch::Contains("Q5_1 weights"));
    CHECK_THAT(refusal(as_it_is, "Q4_0", {.kv_cache = Format::q8_0}), Catch::Contains("a cache of Q8_0"));
    CHECK_THAT(refusal(as_it_is, "Q4_0", {.context = 1 << 20}),
               Catch::Contains("on emulated, of which 8.00 MiB are free"));
}
