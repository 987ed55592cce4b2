#include <array>

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "hwmodels/calibration.h"
#include "simulator/closed_form.h"
#include "simulator/batch_evaluator.h"
#include "simulator/predict.h"
#include "tests/simulator/random_architecture.h"

using namespace slimline;

namespace {

/// Round numbers: 100 GB/s, 1 TFLOP/s in fp16, 2 TOP/s in int8, and a cache of 8 MB at 400 GB/s.
Device plain_device()
{
    Device device;
    device.id = "toy";
    device.memory = {.kind = "LPDDR5", .capacity = Bytes{16 * GiB}, .bandwidth = BytesPerSecond{100e9}, .energy = {}};
    Backend cpu;
    cpu.kind = BackendKind::cpu;
    cpu.peak = {FlopsPerSecond{0.5e12}, FlopsPerSecond{1e12}, FlopsPerSecond{2e12}, FlopsPerSecond{0}};
    cpu.caches = {{.name = "L3", .size = Bytes{8e6}, .bandwidth = BytesPerSecond{400e9}}};
    device.backends = {cpu};
    return device;
}

Calibration plain_calibration(int attention_vec_most_rows = 16)
{
    Calibration c = datasheet_calibration(BackendKind::cpu);
    c.weight_bandwidth = 0.75;
    c.kv_bandwidth = 0.5;
    c.attention_vec_compute = 0.01;
    c.other_mat_vec_compute = 0.05;
    c.other_mat_mat_compute = 0.4;
    c.serial_share = 0.25;
    c.per_operator = Seconds{2e-6};
    c.per_pass = Seconds{1e-3};
    c.per_prompt = Seconds{5e-3};
    c.mat_mat_tile_rows = 16;
    c.mat_mat_tile_columns = 64;
    c.head_dim_cost = {{64, 1.0}, {128, 1.5}};
    c.head_group_cost = {{1, 1.0}, {4, 0.5}, {8, 0.75}};
    c.weight_stream_cost[std::size_t(Format::q6_k)] = 1.5;
    c.weight_cache_use[std::size_t(Format::q6_k)] = 0.5;
    c.working_set_cost = {{64 * MiB, 0.5}, {2 * GiB, 0.8}, {6 * GiB, 1.25}};
    c.kv_shares_caches = true;
    c.activation_kernel_cost = {1.5, 2, 3, 0.5, 4, 0.75, 1.25};
    c.per_attention_row = Seconds{50e-9};
    c.per_attention_score = Seconds{2e-9};
    c.head_dim_mat_cost = {{64, 0.5}, {128, 2.5}};
    c.kv_row_seconds = {{32, 1e-9}, {128, 5e-9}};
    c.attention_vec_most_rows = attention_vec_most_rows;
    return c;
}

void check_equal(const Architecture& arch, const Precision& precision, const Workload& workload, Engine engine)
{
    const Device device = plain_device();
    const Calibration calibration = plain_calibration(arch.layers.size() % 2 == 0 ? 16 : 0);
    const Prediction p = predict(arch, precision, device, BackendKind::cpu, workload, engine, calibration);

    const Roofs roofs = roofs_of(device, device.backends[0], calibration, workload.threads);
    const PassRules rules = pass_rules(precision, workload, roofs);
    const ClosedForm c =
        closed_form(arch, lower_grouped(arch, precision.weights, engine, roofs.cache_bytes), rules, roofs, workload);

    const auto same = [](double value) { return Approx(value).epsilon(1e-12); };
    CHECK(c.ttft_s == same(p.ttft.value));
    CHECK(c.tpot_s == same(p.tpot.value));
    CHECK(c.prefill.flops == same(p.prefill.flops.value));
    CHECK(c.prefill.bytes() == same(p.prefill.bytes.value));
    CHECK(c.decode.flops / c.steps == same(p.decode.flops.value));
    CHECK(c.decode.bytes() / c.steps == same(p.decode.bytes.value));
}

}  // namespace

TEST_CASE("graph and closed form agree to 1e-12 on every catalogued model", "[simulator][closed-form]")
{
    const Workload workload = GENERATE(Workload{}, Workload{.prompt_tokens = 1500, .generated_tokens = 700, .ubatch = 256},
                                       Workload{.batch = 4, .prompt_tokens = 64, .generated_tokens = 16, .flash_attention = false},
                                       Workload{.prompt_tokens = 0, .generated_tokens = 128});
    const Engine engine = GENERATE(Engine::llama_cpp, Engine::int4);
    for (const std::string& id : shipped_ids("archs")) {
        CAPTURE(id, workload.prompt_tokens, workload.batch);
        const Architecture arch = load_architecture(id);
        check_equal(arch, {.weights = mix_named("Q4_K_M")}, workload, engine);
    }
}

TEST_CASE("graph and closed form agree to 1e-12 on 10,000 random models of every kind", "[simulator][closed-form][property]")
{
    RandomArchitecture random(20240915);
    const std::vector<std::string> mixes = mix_names();
    for (int i = 0; i < cases(10000); ++i) {
        const Architecture arch = random.any();
        const WeightMix mix = mix_named(mixes[std::size_t(random.pick(0, int(mixes.size()) - 1))]);
        const Workload workload = random.workload();
        const Engine engine = random.chance(0.5) ? Engine::llama_cpp : Engine::int4;
        CAPTURE(i, mix.name, workload.batch, workload.prompt_tokens, workload.generated_tokens, workload.ubatch);
        check_equal(arch, {.weights = mix}, workload, engine);
    }
}

TEST_CASE("the batch evaluator equals the closed form to 1e-12 on 10,000 random designs, and predict() on every tenth",
          "[simulator][batch][property]")
{
    RandomArchitecture random(7);
    const std::vector<std::string> mixes = mix_names();
    const Device device = plain_device();
    const std::array<const char*, 4> own_formats{"", ",ffn_up=Q5_0", ",ffn_gate=Q8_0,token_embd=Q4_0", ",attn_v=Q8_0,ffn_down=Q5_1"};
    for (int i = 0; i < cases(400); ++i) {
        const Calibration calibration = plain_calibration(i % 2 == 0 ? 16 : 0);
        const Precision precision{.weights = mix_named(mixes[std::size_t(i) % mixes.size()] + own_formats[std::size_t(i / 2) % 4])};
        const Workload workload = random.workload();
        const Engine engine = random.chance(0.5) ? Engine::llama_cpp : Engine::int4;
        const BatchEvaluator evaluator(device, device.backends[0], precision, workload, engine, calibration);
        const Roofs roofs = roofs_of(device, device.backends[0], calibration, workload.threads);
        const PassRules rules = pass_rules(precision, workload, roofs);
        for (int j = 0; j < 25; ++j) {
            const UniformDesign design = random.uniform();
            const Architecture arch = architecture_of(design);
            CAPTURE(precision.weights.name, design.layers, design.d_model, design.experts, workload.batch,
                    workload.prompt_tokens);
            const Objectives o = evaluator.evaluate(design);
            const ClosedForm c =
                closed_form(arch, lower_grouped(arch, precision.weights, engine, roofs.cache_bytes), rules, roofs, workload);
            const auto same = [](double value) { return Approx(value).epsilon(1e-12); };
            CHECK(o.ttft_s == same(c.ttft_s));
            CHECK(o.tpot_s == same(c.tpot_s));
            CHECK(o.weight_bytes == same(weight_bytes(arch, precision.weights)));
            if (j % 10 == 0) {
                const Prediction p = predict(arch, precision, device, BackendKind::cpu, workload, engine, calibration);
                CHECK(o.ttft_s == same(p.ttft.value));
                CHECK(o.tpot_s == same(p.tpot.value));
                CHECK(o.energy_j_per_token == same(p.energy_per_token.value));
                CHECK(o.kv_bytes == same(p.memory.kv_cache.value));
            }
        }
    }
}

TEST_CASE("designs in blocks have the numbers of designs one by one, to the last bit", "[simulator][batch][property]")
{
    RandomArchitecture random(11);
    const std::vector<std::string> mixes = mix_names();
    const Device device = plain_device();
    const Calibration calibration = GENERATE(plain_calibration(), datasheet_calibration(BackendKind::cpu));
    for (int i = 0; i < cases(100); ++i) {
        const Precision precision{.weights = mix_named(mixes[std::size_t(i) % mixes.size()])};
        const Engine engine = random.chance(0.5) ? Engine::llama_cpp : Engine::int4;
        const BatchEvaluator evaluator(device, device.backends[0], precision, random.workload(), engine, calibration);
        std::vector<UniformDesign> designs;
        for (int j = random.pick(1, 40); j > 0; --j) {
            designs.push_back(random.uniform());
            for (int same = random.pick(0, 12); same > 0; --same) {  // neighbours of one kind, as in a space
                designs.push_back(designs.back());
                designs.back().vocabulary += 64;
            }
        }
        const std::vector<DesignBlock> blocks = packed(designs);
        ObjectivesByColumn<1024> columns;
        REQUIRE(blocks.size() * DesignBlock::size <= 1024);
        evaluator.evaluate(blocks, columns.columns());
        for (std::size_t j = 0; j < designs.size(); ++j) {
            const Objectives alone = evaluator.evaluate(designs[j]);
            CAPTURE(i, j, precision.weights.name);
            CHECK(columns.ttft_s[j] == alone.ttft_s);
            CHECK(columns.tpot_s[j] == alone.tpot_s);
            CHECK(columns.energy_j_per_token[j] == alone.energy_j_per_token);
            CHECK(columns[j].memory_bytes() == alone.memory_bytes());
        }
    }
}
