#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "simulator/batch_evaluator.h"
#include "simulator/int4_buffer.h"
#include "simulator/memory_plan.h"
#include "simulator/predict.h"
#include "tests/simulator/random_architecture.h"
#include "tests/support/toy.h"

using namespace slimline;

namespace {

Prediction at(const UniformDesign& design, const Workload& workload, const Calibration& calibration = toy_calibration())
{
    return predict(architecture_of(design), Precision{}, toy_device(), BackendKind::gpu, workload, Engine::int4, calibration);
}

const UniformDesign base{.layers = 12, .d_model = 1024, .heads = 16, .kv_heads = 4, .head_dim = 64, .d_ffn = 2816,
                         .vocabulary = 32000};

}  // namespace

TEST_CASE("a larger batch never lowers throughput and never shortens a step", "[simulator][property]")
{
    const int batch = GENERATE(1, 2, 4, 8, 16, 32, 64);
    const int prompt = GENERATE(16, 512, 4096);
    CAPTURE(batch, prompt);
    const auto with = [&](int b) { return at(base, {.batch = b, .prompt_tokens = prompt}); };
    CHECK(with(2 * batch).tpot >= with(batch).tpot);
    CHECK(with(2 * batch).decode_tokens_per_second() >= with(batch).decode_tokens_per_second() * (1 - 1e-12));
    CHECK(with(2 * batch).ttft >= with(batch).ttft);
}

TEST_CASE("with every shipped calibration a prompt of one token more and a batch of one sequence more take no less time",
          "[simulator][property]")
{
    RandomArchitecture random(23);
    int pairs = 0;
    for (const Calibration& calibration : shipped_calibrations()) {
        if (calibration.device.empty()) {
            continue;
        }
        const Device device = load_device(calibration.device);
        const Backend* backend = find_backend(device, calibration.backend);
        REQUIRE(backend != nullptr);
        for (int i = 0; i < cases(20); ++i) {
            const UniformDesign design = random.uniform();
            const Precision precision{.weights = mix_named(i % 2 == 0 ? "Q4_K_M" : "F16")};
            const auto with = [&](Workload workload) {
                const BatchEvaluator evaluator(device, *backend, precision, workload, Engine::llama_cpp, calibration);
                return evaluator.evaluate(design);
            };
            double ttft = 0;
            double tpot = 0;
            for (int n = 1; n <= 18; ++n) {
                CAPTURE(calibration.id, i, n, design.experts, design.active);
                const double longer = with({.prompt_tokens = n, .generated_tokens = 2}).ttft_s;
                const double wider = with({.batch = n, .prompt_tokens = 32, .generated_tokens = 2}).tpot_s;
                CHECK(longer >= ttft * (1 - 1e-12));
                CHECK(wider >= tpot * (1 - 1e-12));
                ttft = longer;
                tpot = wider;
                ++pairs;
            }
        }
    }
    CHECK(pairs >= cases(20) * 18 * 30);
}

TEST_CASE("time, traffic and memory never fall when any dimension grows", "[simulator][property]")
{
    RandomArchitecture random(3);
    const Device device = toy_device();
    const BatchEvaluator evaluator(device, device.backends[0], {.weights = mix_named("F16")}, {}, Engine::int4,
                                   toy_calibration());
    for (int i = 0; i < cases(3000); ++i) {
        const UniformDesign small = random.uniform();
        UniformDesign large = small;
        switch (random.pick(0, 5)) {
            case 0: large.layers += 1; break;
            case 1: large.d_model += 32; break;
            case 2: large.heads += large.kv_heads; break;
            case 3: large.d_ffn += 32; break;
            case 4: large.vocabulary += 64; break;
            default: large.active += large.experts > large.active ? 1 : 0; break;
        }
        CAPTURE(i, small.layers, small.d_model, small.experts, small.active);
        const Objectives a = evaluator.evaluate(small);
        const Objectives b = evaluator.evaluate(large);
        CHECK(b.ttft_s >= a.ttft_s * (1 - 1e-12));
        CHECK(b.tpot_s >= a.tpot_s * (1 - 1e-12));
        CHECK(b.weight_bytes >= a.weight_bytes);
        CHECK(b.kv_bytes >= a.kv_bytes);
        CHECK(b.energy_j_per_token >= a.energy_j_per_token * (1 - 1e-12));
    }
}

TEST_CASE("halving the KV heads halves the KV cache and never slows a step", "[simulator][property]")
{
    RandomArchitecture random(29);
    const Workload deep{.prompt_tokens = 4096, .generated_tokens = 64};
    for (int i = 0; i < cases(200); ++i) {
        UniformDesign all = random.uniform();
        all.kv_heads *= 2;
        all.heads = 2 * all.kv_heads * random.pick(1, 3);
        UniformDesign grouped = all;
        grouped.kv_heads /= 2;
        CAPTURE(i, all.heads, all.kv_heads, all.head_dim);
        CHECK(at(grouped, deep).memory.kv_cache.value == at(all, deep).memory.kv_cache.value / 2);
        CHECK(at(grouped, deep).tpot < at(all, deep).tpot);
    }
}

TEST_CASE("a step costs more at a greater depth", "[simulator][property]")
{
    RandomArchitecture random(31);
    for (int i = 0; i < cases(200); ++i) {
        const UniformDesign design = random.uniform();
        const int depth = random.pick(16, 4000);
        CAPTURE(i, depth);
        CHECK(at(design, {.prompt_tokens = depth + random.pick(1, 1000), .generated_tokens = 2}).tpot >
              at(design, {.prompt_tokens = depth, .generated_tokens = 2}).tpot);
    }
}

TEST_CASE("a step costs more at a greater depth by what its attention reads, where that binds", "[simulator]")
{
    const Prediction shallow = at(base, {.prompt_tokens = 1000, .generated_tokens = 2});
    const Prediction deep = at(base, {.prompt_tokens = 3000, .generated_tokens = 2});
    // 2000 positions more, K and V of 4 heads of 64 at two bytes, 12 layers, at a quarter of 100 GB/s.
    CHECK((deep.tpot - shallow.tpot).value == Approx(2000.0 * 2 * 4 * 64 * 2 * 12 / 25e9).epsilon(1e-9));
}

TEST_CASE("twice the bandwidth and twice the compute take half the time", "[simulator][property]")
{
    Device fast = toy_device();
    fast.memory.bandwidth = fast.memory.bandwidth * 2;
    for (FlopsPerSecond& rate : fast.backends[0].peak) {
        rate = rate * 2;
    }
    RandomArchitecture random(37);
    for (int i = 0; i < cases(200); ++i) {
        const UniformDesign design = random.uniform();
        const Workload workload{.batch = random.pick(1, 12), .prompt_tokens = random.pick(1, 3000)};
        const Prediction slow = at(design, workload);
        const Prediction quick =
            predict(architecture_of(design), {}, fast, BackendKind::gpu, workload, Engine::int4, toy_calibration());
        CAPTURE(i);
        CHECK(quick.ttft.value == Approx(slow.ttft.value / 2).epsilon(1e-12));
        CHECK(quick.tpot.value == Approx(slow.tpot.value / 2).epsilon(1e-12));
    }
}

TEST_CASE("the operators' times and the fixed times add up to the pass, their shares to the rest of one", "[simulator]")
{
    Calibration calibration = toy_calibration();
    calibration.per_operator = Seconds{3e-6};
    calibration.per_pass = Seconds{2e-3};
    calibration.per_prompt = Seconds{30e-3};
    const Prediction p = at(base, {.prompt_tokens = 1300}, calibration);
    for (const Pass* pass : {&p.prefill, &p.decode}) {
        Seconds sum = pass->fixed;
        double share = pass->fixed / pass->time;
        for (const OperatorTime& o : pass->operators) {
            sum += o.time;
            share += o.share;
        }
        CHECK(sum.value == Approx(pass->time.value).epsilon(1e-12));
        CHECK(share == Approx(1).epsilon(1e-12));
    }
    CHECK(p.decode.fixed.value == 2e-3);
    CHECK(p.prefill.fixed.value == Approx(3 * 2e-3 + 30e-3));
}

TEST_CASE("a sliding window bounds what a deep step costs", "[simulator][property]")
{
    Architecture windowed = architecture_of(base);
    std::get<Attention>(windowed.blocks[0].mixer).window = 1024;
    const auto tpot = [&](int prompt) {
        return predict(windowed, {}, toy_device(), BackendKind::gpu, {.prompt_tokens = prompt, .generated_tokens = 32},
                       Engine::int4, toy_calibration())
            .tpot.value;
    };
    CHECK(tpot(2048) == Approx(tpot(8192)).epsilon(1e-12));
    CHECK(tpot(512) < tpot(2048));
    CHECK(kv_cache_bytes(windowed, Format::f16, 1, 8192, true) == 12 * 2.0 * 4 * 64 * 1024 * 2);
    // Our engine keeps what its windows no longer see.
    const auto held = [&](Engine engine) {
        return predict(windowed, {}, toy_device(), BackendKind::gpu, {.prompt_tokens = 8000, .generated_tokens = 192}, engine, toy_calibration())
            .memory.kv_cache.value;
    };
    CHECK(held(Engine::int4) == kv_cache_bytes(windowed, Format::f16, 1, 8192, false));
    CHECK(held(Engine::datasheet) == kv_cache_bytes(windowed, Format::f16, 1, 8192, true));
    CHECK(kv_cache_bytes(windowed, Format::f16, 1, 8192, false) == 12 * 2.0 * 4 * 64 * 8192 * 2);
}

TEST_CASE("recurrent models pay nothing for depth", "[simulator][property]")
{
    Architecture recurrent = architecture_of(base);
    recurrent.blocks[0].mixer = Mamba2{.heads = 32, .head_dim = 64, .state = 128};
    const auto tpot = [&](int prompt) {
        return predict(recurrent, {}, toy_device(), BackendKind::gpu, {.prompt_tokens = prompt, .generated_tokens = 16},
                       Engine::int4, toy_calibration())
            .tpot.value;
    };
    CHECK(tpot(16) == tpot(16000));
    CHECK(kv_cache_bytes(recurrent, Format::f16, 1, 16000, false) == kv_cache_bytes(recurrent, Format::f16, 1, 256, false));
}

TEST_CASE("a shared FFN is stored once and run in every layer", "[simulator]")
{
    Architecture apart = load_architecture("mobillama-1b");
    Architecture shared = apart;
    shared.blocks[0].sharing = Sharing::ffn;
    const auto p = [](const Architecture& a) {
        return predict(a, {}, toy_device(), BackendKind::gpu, {}, Engine::int4, toy_calibration());
    };
    CHECK(p(shared).memory.weights < p(apart).memory.weights);
    CHECK(p(shared).decode.flops.value == Approx(p(apart).decode.flops.value));
}

TEST_CASE("the interval follows the calibration's residuals", "[simulator]")
{
    const Prediction p = at(base, {});
    CHECK(p.tpot_90.low.value == Approx(p.tpot.value * std::exp(-0.2)));
    CHECK(p.tpot_90.high.value == Approx(p.tpot.value * std::exp(0.2)));
}

TEST_CASE("the evaluator's compute buffer is the allocator's where logits are the widest phase, and near it elsewhere",
          "[simulator][memory][property]")
{
    RandomArchitecture random(11);
    const Device device = toy_device();
    int near = 0;
    int logits_widest = 0;
    for (int i = 0; i < 500; ++i) {
        UniformDesign design = random.uniform();
        design.layers = 4 + design.layers % 8;
        const Workload workload{};
        const BatchEvaluator evaluator(device, device.backends[0], {}, workload, Engine::llama_cpp, toy_calibration());
        const double closed = evaluator.evaluate(design).compute_bytes;
        const double replayed =
            llama_memory_plan(architecture_of(design), {}, workload, Backend{.kind = BackendKind::gpu}).compute_buffer.value;
        CAPTURE(i, closed, replayed);
        if (closed == (double(design.vocabulary) + design.d_model) * 512 * 4 && design.vocabulary > 30 * design.d_model &&
            design.experts == 0 && design.vocabulary > 8 * design.d_ffn) {
            ++logits_widest;
            CHECK(closed == Approx(replayed).epsilon(0.04));
        }
        near += std::abs(closed / replayed - 1) < 0.35 ? 1 : 0;
    }
    CHECK(logits_widest > 20);
    CHECK(near > 400);
}

TEST_CASE("the evaluator's compute buffer for our engine is the prediction's", "[simulator][memory][property]")
{
    RandomArchitecture random(17);
    const Device device = toy_device();
    for (int i = 0; i < 300; ++i) {
        UniformDesign design = random.uniform();
        design.d_model = (design.d_model + 7) / 8 * 8;
        design.d_ffn = (design.d_ffn + 7) / 8 * 8;
        design.vocabulary = (design.vocabulary + 7) / 8 * 8;
        design.head_dim = (design.head_dim + 7) / 8 * 8;
        design.experts = (design.experts + 7) / 8 * 8;
        const Precision precision{.weights = mix_named(i % 3 == 0 ? "F16" : i % 3 == 1 ? "Q4_0" : "Q4_K_M")};
        const Workload workload{.batch = 1 + i % 4, .prompt_tokens = 100, .ubatch = i % 2 == 0 ? 512 : 8};
        const BatchEvaluator evaluator(device, device.backends[0], precision, workload, Engine::int4, toy_calibration());
        CAPTURE(i);
        CHECK(evaluator.evaluate(design).compute_bytes ==
              Approx(int4_buffer_bytes(architecture_of(design), precision.weights, workload).value()).epsilon(1e-12));
    }
}

TEST_CASE("millions of steps or chunks are predicted as fast as a few, and as exactly", "[simulator]")
{
    const Workload endless{.prompt_tokens = 3000000, .generated_tokens = 4000000, .ubatch = 1};
    const Prediction p = at(base, endless);
    const Device device = toy_device();
    const Objectives o =
        BatchEvaluator(device, device.backends[0], {}, endless, Engine::int4, toy_calibration()).evaluate(base);
    CHECK(p.ttft.value == Approx(o.ttft_s).epsilon(1e-12));
    CHECK(p.tpot.value == Approx(o.tpot_s).epsilon(1e-12));
}
