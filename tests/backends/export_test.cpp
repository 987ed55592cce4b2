// Files as whole files: their size, the memory it takes to write them, and what llama.cpp makes of random ones.

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "archspace/architecture_json.h"
#include "archspace/gguf_export.h"
#include "archspace/gguf_import.h"
#include "archspace/gguf_writer.h"
#include "archspace/random_architecture.h"
#include "archspace/random_blocks.h"
#include "base/files.h"
#include "base/resident_memory.h"
#include "hwmodels/device.h"
#include "llama_installed.h"
#include "simulator/memory_plan.h"
#include "tests/simulator/random_architecture.h"
#include "tests/support/complaint.h"
#include "tests/support/shrunken.h"
#include "validation/backends/child_process.h"
#include "validation/backends/libllama_engine.h"
#include "validation/backends/llama_installation.h"
#include "validation/probe.h"

using namespace slimline;

namespace {

/// Small enough to be written and run 200 times in half a minute; sizes that no rule makes round.
Architecture small_random(RandomArchitecture& random, int number)
{
    UniformDesign u = random.uniform();
    u.layers = random.pick(1, 6);
    u.d_model = 32 * random.pick(2, 24);
    u.d_ffn = 32 * random.pick(2, 48);
    u.vocabulary = random.pick(256, 5000);
    u.experts = std::min(u.experts, 8);
    u.active = std::min(u.active, u.experts);
    Architecture arch = architecture_of(u);
    arch.id = "random-" + std::to_string(number);
    for (Block& block : arch.blocks) {
        auto& attention = std::get<Attention>(block.mixer);
        if (random.chance(0.3)) {
            attention.q_bias = true;
        } else if (random.chance(0.4)) {
            attention.qk_norm = QkNorm::per_head;
        }
    }
    return arch;
}

}  // namespace

TEST_CASE("a file of three billion parameters is written with less than 200 MB of memory", "[backends]")
{
#if defined(__SANITIZE_ADDRESS__)
    const Architecture arch = load_architecture("smollm2-135m");
#else
    const Architecture arch = load_architecture("llama-3.2-3b");
#endif
    std::ofstream("/proc/self/clear_refs") << "5";  // peak memory from now on
    const WeightMix mix = mix_named("Q4_K_M");
    double bytes = 0;
    export_gguf(arch, mix, 1, [&](std::span<const std::byte> piece) { bytes += double(piece.size()); });
    CHECK(bytes == double(gguf_file_bytes(arch, mix)));
    CHECK(bytes >= weight_bytes(arch, mix));
    CHECK(bytes < weight_bytes(arch, mix) + (1 << 20));
    CHECK(resident_memory().peak < 200e6);
}

TEST_CASE("llama.cpp runs a model in every mix that can be written", "[backends]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    const Architecture arch = shrunken(load_architecture("llama-3.2-1b"));
    int mixes = 0;
    for (const std::string& name : mix_names()) {
        CAPTURE(name);
        const WeightMix mix = mix_named(name);
        if (!complaint([&] { export_gguf(arch, mix, 1, [](std::span<const std::byte>) {}); }).empty()) {
            continue;
        }
        ++mixes;
        const TestModel model{.arch = arch, .mix = name, .context = 256};
        CHECK(complaint([&] { CHECK(engine.load(model)->run({.tokens = 1}) > 0); }) == "");
    }
    CHECK(mixes >= 30);
}

TEST_CASE("llama.cpp loads and runs 200 random models", "[backends][libllama][slow]")
{
    if (!llama::installed()) {
        return;
    }
    RandomArchitecture random(5);
    LibllamaEngine engine;
    int ran = 0;
    for (int i = 0; i < cases(200); ++i) {
        const Architecture arch = small_random(random, i);
        CAPTURE(arch.id, to_json(arch).dump());
        const std::string mix = i % 2 == 0 ? "Q4_0" : "Q4_K_M";
        const std::string why = complaint([&] {
            const auto model = engine.load({.arch = arch, .mix = mix, .context = 256, .chunk = 64});
            ran += model->run({.tokens = 2, .past = 3}) > 0;
        });
        CHECK(why == "");
    }
    CHECK(ran == cases(200));
}

TEST_CASE("llama.cpp loads and runs what a race draws at random", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    int without_gate = 0;
    for (const Architecture& arch : random_architectures(12, 8e6, 1)) {
        CAPTURE(arch.id, to_json(arch).dump());
        without_gate += !arch.blocks.front().ffn->gated;
        CHECK(complaint([&] {
                  CHECK(engine.load({.arch = arch, .context = 256})->run({.tokens = 2, .past = 3}) > 0);
              }) == "");
    }
    CHECK(without_gate > 0);
}

TEST_CASE("predicted weights, caches and buffers are what llama.cpp allocates, for every kind of model", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    std::vector<Architecture> models{load_architecture("smollm2-135m"), load_architecture("qwen2-0.5b")};
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = shrunken(load_architecture(id));
        if (complaint([&] { gguf_architecture_name(arch); }).empty()) {
            models.push_back(arch);
        }
    }
    const Backend cpu{.instruction_sets = instruction_sets(this_system())};
    for (const Architecture& arch : models) {
        CAPTURE(arch.id, gguf_architecture_name(arch));
        const Precision precision{.weights = mix_named("Q4_0")};
        const Workload workload{.context = 1024, .flash_attention = true};
        const MemoryPlan plan = llama_memory_plan(arch, precision, workload, cpu);
        const PrintedMemory found = engine.load({.arch = arch, .context = 1024})->memory();
        CHECK(found.weights == plan.weights.value);
        CHECK(found.repacked == Approx(plan.repacked.value).margin(0.005 * MiB).epsilon(0));
        const bool plain = std::all_of(arch.blocks.begin(), arch.blocks.end(), [](const Block& block) {
            const auto* attention = std::get_if<Attention>(&block.mixer);
            return attention != nullptr && attention->window == 0;
        });
        if (plain) {  // it prints MiB with two decimals
            CHECK(found.kv_cache == Approx(plan.kv_cache.value).margin(0.005 * MiB).epsilon(0));
            CHECK(found.compute == Approx(plan.compute_buffer.value).margin(0.005 * MiB).epsilon(0));
        }
    }
}

// Sanitizers keep memory of their own beside every byte.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("what llama.cpp makes resident is within a tenth of what was predicted", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    const Backend cpu{.instruction_sets = instruction_sets(this_system())};
    for (const char* id : {"smollm-135m", "qwen2-0.5b"}) {
        const Architecture arch = load_architecture(id);
        const Precision precision{.weights = mix_named("Q4_0")};
        const Workload workload{.prompt_tokens = 512, .generated_tokens = 1, .context = 1024};
        const MemoryPlan plan = llama_memory_plan(arch, precision, workload, cpu);
        const double predicted = plan.peak_resident.value;
        const auto model = engine.load({.arch = arch, .context = 1024});
        model->run({.phase = Phase::prefill, .tokens = 512});
        const double found = model->memory().resident;
        CAPTURE(id, predicted, found);
        CHECK(predicted == Approx(found).epsilon(0.1));
    }
}
#endif
