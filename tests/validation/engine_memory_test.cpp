// What our engine holds, against what the simulator says it holds.

#include <catch2/catch.hpp>
#include <cmath>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "simulator/int4_buffer.h"
#include "simulator/memory_plan.h"
#include "tests/support/complaint.h"
#include "tests/support/shrunken.h"
#include "validation/engine/int4_engine.h"
#include "validation/engine/timed_model.h"

using namespace slimline;
using Catch::Detail::Approx;

TEST_CASE("weights, cache and buffers are those that the engine holds, for every catalogued model it runs", "[validation][memory]")
{
    int models = 0;
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = shrunken(load_architecture(id));
        if (!complaint([&] { engine::require_runnable(arch, Format::f16); }).empty()) {
            continue;
        }
        ++models;
        for (const char* mix : {"Q4_0", "Q4_K_M", "F16"}) {
            const int batch = models % 2 == 0 ? 1 : 3;
            const Precision precision{.weights = mix_named(mix)};
            const Workload workload{.batch = batch, .prompt_tokens = 128, .generated_tokens = 128, .ubatch = 64};
            const engine::Int4Engine engine(arch, precision.weights, {.sequences = batch, .context = 256, .chunk = 64});
            const engine::EngineMemory held = engine.memory();
            const MemoryPlan plan = minimal_memory_plan(arch, precision, workload, Engine::int4, -1);
            CAPTURE(id, mix, held.compute, plan.compute_buffer.value);
            CHECK(held.weights == plan.weights.value);
            CHECK(held.kv_cache == plan.kv_cache.value);
            // Formats of 256-blocks take 4 % less beside a float than those of 32.
            CHECK(held.compute == Approx(plan.compute_buffer.value).epsilon(0.02));
        }
    }
    CHECK(models > 70);
}

// Sanitizers keep memory of their own beside every byte.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("what a whole model makes resident is within a tenth of what was predicted", "[validation][memory]")
{
    const Architecture arch = load_architecture("smollm-135m");
    const Precision precision{.weights = mix_named("Q4_0")};
    const Workload workload{.prompt_tokens = 1024, .generated_tokens = 1024};
    const engine::TimedModel model({.arch = arch, .mix = precision.weights, .context = 2048});
    const double predicted = minimal_memory_plan(arch, precision, workload, Engine::int4, -1).total().value;
    CAPTURE(predicted, model.resident());
    CHECK((model.resident() == 0 || std::abs(predicted / model.resident() - 1) < 0.1));
}
#endif

TEST_CASE("a chunk's rows, not the prompt's length, decide our engine's buffers", "[validation][memory]")
{
    const Architecture arch = load_architecture("smollm-135m");
    const auto bytes = [&](int ubatch, int batch) {
        return int4_buffer_bytes(arch, mix_named("Q4_0"), Workload{.batch = batch, .prompt_tokens = 7, .ubatch = ubatch}).value();
    };
    // By hand, 576 wide, FFN 1536: the stream, what is read of it, one row of it for the head, and the FFN's two layers.
    const double row = 4.0 * 576 + 5.25 * 576 + 4 * (576 + 2 * 1536) + 1.25 * 1536;
    CHECK(bytes(512, 1) == 512 * row + 5.25 * 576);
    CHECK(bytes(128, 1) == 128 * row + 5.25 * 576);
    // One token: logits are the widest.
    CHECK(bytes(1, 1) == 9.25 * 576 + 5.25 * 576 + 4.0 * 49152);
}
