#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "hwmodels/energy.h"
#include "simulator/fine_tuning.h"
#include "simulator/predict.h"
#include "simulator/speculative.h"
#include "simulator/storage.h"
#include "archspace/uniform_design.h"
#include "tests/support/toy.h"

using namespace slimline;

TEST_CASE("speculative decoding's published examples", "[simulator][speculative]")
{
    CHECK(ideal_speedup({.acceptance = 0.8, .draft_tokens = 4}, 0.05) == Approx(2.801333).epsilon(1e-6));
    CHECK(ideal_speedup({.acceptance = 0.7, .draft_tokens = 4}, 0.1) == Approx(1.980786).epsilon(1e-6));
    CHECK(ideal_speedup({.acceptance = 0.6, .draft_tokens = 3}, 0.1) == Approx(1.673846).epsilon(1e-6));
    CHECK(expected_tokens({.acceptance = 1, .draft_tokens = 4}) == 5);
    CHECK(expected_tokens({.acceptance = 0, .draft_tokens = 4}) == 1);
}

TEST_CASE("a small draft speeds a large model up where decoding is bound by memory, and a useless one slows it down",
          "[simulator][speculative]")
{
    const Architecture target = load_architecture("llama-3.1-8b");
    const Architecture draft = load_architecture("smollm-135m");
    Calibration calibration = toy_calibration();
    calibration.other_mat_vec_compute = 4;  // fast enough that five rows are still bound by memory
    const auto with = [&](double acceptance) {
        return predict_speculative(target, draft, {}, toy_device(), BackendKind::gpu, {}, Engine::llama_cpp, calibration,
                                   {.acceptance = acceptance, .draft_tokens = 4});
    };
    CHECK(with(0.8).speedup > 1.5);
    CHECK(with(0.0).speedup < 1);
    CHECK(with(0.8).verify_step.value > with(0.8).draft_step.value);
    CHECK_THROWS_AS(with(1.5), InputError);
}

TEST_CASE("weights that do not fit in memory are read from flash for every token", "[simulator][storage]")
{
    const Device device = toy_device();  // 1 GB/s of flash
    const Prediction p = predict(load_architecture("llama-3.2-1b"), {}, device, BackendKind::gpu, {}, Engine::llama_cpp,
                                 toy_calibration());
    const StorageDecoding half = decode_from_storage(p, device, p.memory.weights / 2);
    CHECK(half.flash_time.value == Approx(half.from_flash.value / 1e9));
    CHECK(half.from_flash.value == Approx(p.memory.weights.value / 2).epsilon(0.01));
    CHECK(half.tpot.value == Approx(p.tpot.value + half.flash_time.value));
    CHECK(decode_from_storage(p, device, p.memory.weights).flash_time.value == 0);

    Device no_flash = device;
    no_flash.flash_bandwidth = {};
    CHECK_THROWS_AS(decode_from_storage(p, no_flash, Bytes{0}), InputError);
    CHECK_NOTHROW(decode_from_storage(p, no_flash, p.memory.weights));
}

TEST_CASE("13.4 GB of weights from 6.1 GB/s of flash take 2.2 s", "[simulator][storage]")
{
    CHECK((Bytes{13.4e9} / BytesPerSecond{6.1e9}).value == Approx(2.2).epsilon(0.01));
}

TEST_CASE("a LoRA step costs about 4 FLOP a parameter and token, a full one 6, and far less memory", "[simulator][fine-tuning]")
{
    const Architecture arch = architecture_of({.layers = 24, .d_model = 2048, .heads = 16, .kv_heads = 16, .head_dim = 128,
                                               .d_ffn = 8192, .vocabulary = 32000, .tied = true});
    const Workload workload{.batch = 4, .prompt_tokens = 128};
    const auto step = [&](FineTuning kind) {
        return fine_tuning_step(arch, {}, toy_device(), BackendKind::gpu, workload, Engine::llama_cpp, toy_calibration(), kind);
    };
    const double tokens_times_parameters = 512 * parameter_count(arch).total;
    CHECK(step(FineTuning::lora).flops.value / tokens_times_parameters == Approx(4).epsilon(0.03));
    CHECK(step(FineTuning::full).flops.value / tokens_times_parameters == Approx(6).epsilon(0.03));
    CHECK(step(FineTuning::full).time.value == Approx(1.5 * step(FineTuning::lora).time.value));
    CHECK(step(FineTuning::lora).memory < step(FineTuning::full).memory / 4);
}

TEST_CASE("energy adds idle power, traffic and arithmetic", "[simulator][energy]")
{
    const Device device = toy_device();  // 1 W idle, 50 pJ a byte, 7 nm
    const Prediction p =
        predict(load_architecture("smollm-135m"), {}, device, BackendKind::gpu, {}, Engine::llama_cpp, toy_calibration());
    const double per_flop = arithmetic_energy(device, device.backends[0], Arithmetic::int8).value;
    CHECK(per_flop == Approx(0.32e-12 / 2 * 5.5));
    CHECK(p.energy_per_token.value ==
          Approx(p.tpot.value * 1 + p.decode.bytes.value * 50e-12 + p.decode.flops.value * per_flop));
}

TEST_CASE("memory's energy is the device's own, else its kind's", "[hwmodels][energy]")
{
    Device device = toy_device();
    CHECK(memory_energy(device).value == 50e-12);
    device.memory.energy = {};
    CHECK(memory_energy(device).value == 72e-12);
    device.memory.kind = "LPDDR5X";
    CHECK(memory_energy(device).value == 60e-12);
    device.memory.kind = "LPDDR4X";
    CHECK(memory_energy(device).value == 100e-12);
}
