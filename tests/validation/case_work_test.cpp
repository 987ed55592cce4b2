#include "validation/case_work.h"

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "archspace/weight_mix.h"
#include "simulator/predict.h"
#include "tests/validation/fake_engine.h"

using namespace slimline;

TEST_CASE("the work of a case takes the time that predict() says", "[validation][case-work]")
{
    const std::string id = GENERATE(as<std::string>(), "smollm-135m", "openelm-270m", "pythia-160m", "gemma-3-270m");
    const TestModel model{.arch = load_architecture(id), .mix = "Q4_K_M"};
    const Bed bed = toy_bed();
    const Calibration truth = toy_truth();
    const auto ours = [&](const TestCase& test) { return predicted_seconds({work_of(model, test, bed, truth), {}}, truth, bed); };
    const Precision precision{.weights = mix_named(model.mix)};
    CAPTURE(id);
    const Prediction prompt =
        predict(model.arch, precision, bed.device, bed.backend, {.prompt_tokens = 128, .generated_tokens = 1, .threads = 1}, bed.engine, truth);
    CHECK(ours({.phase = Phase::prefill, .tokens = 128, .threads = 1}) == Approx(prompt.ttft.value).epsilon(1e-4));
    const Prediction answer =
        predict(model.arch, precision, bed.device, bed.backend, {.prompt_tokens = 300, .generated_tokens = 9, .threads = 1}, bed.engine, truth);
    CHECK(ours({.phase = Phase::decode, .tokens = 8, .past = 300, .threads = 1}) == Approx(answer.tpot.value).epsilon(1e-4));
}

TEST_CASE("a case runs on the kernels that its calibration names, as a prediction does", "[validation][case-work]")
{
    const TestModel model{.arch = load_architecture("smollm-135m"), .mix = "Q4_K_M"};
    const Bed bed = toy_bed();
    Calibration c = toy_truth();
    c.attention_vec_most_rows = GENERATE(0, 63);
    c.mat_mat_tile_rows = GENERATE(1, 48);
    c.attention_vec_compute = c.attention_mat_compute / 20;
    c.kv_row_seconds = {{64, 30e-9}};
    CAPTURE(c.attention_vec_most_rows, c.mat_mat_tile_rows);
    for (const int prompt : {32, 100}) {
        const Prediction p = predict(model.arch, {.weights = mix_named(model.mix)}, bed.device, bed.backend,
                                     {.prompt_tokens = prompt, .generated_tokens = 1, .threads = 1}, bed.engine, c);
        const TestCase test{.phase = Phase::prefill, .tokens = prompt, .threads = 1};
        CHECK(predicted_seconds({work_of(model, test, bed, c), {}}, c, bed) == Approx(p.ttft.value).epsilon(1e-4));
    }
}
