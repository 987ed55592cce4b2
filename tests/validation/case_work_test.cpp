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
    const auto ours = [&](const TestCase& test) { return predicted_seconds({work_of(model, test, bed), {}}, truth, bed); };
    const Precision precision{.weights = mix_named(model.mix)};
    CAPTURE(id);
    const Prediction prompt =
        predict(model.arch, precision, bed.device, bed.backend, {.prompt_tokens = 128, .generated_tokens = 1, .threads = 1}, bed.engine, truth);
    CHECK(ours({.phase = Phase::prefill, .tokens = 128, .threads = 1}) == Approx(prompt.ttft.value).epsilon(1e-4));
    const Prediction answer =
        predict(model.arch, precision, bed.device, bed.backend, {.prompt_tokens = 300, .generated_tokens = 9, .threads = 1}, bed.engine, truth);
    CHECK(ours({.phase = Phase::decode, .tokens = 8, .past = 300, .threads = 1}) == Approx(answer.tpot.value).epsilon(1e-4));
}
