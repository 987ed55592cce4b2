#include "explorer/sensitivity.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/explorer/toy_scenario.h"

using namespace slimline;

namespace {

Elasticity elasticity(const Scenario& s, const std::string& quantity)
{
    const std::vector<Elasticity> all = elasticities(s);
    const auto found = std::ranges::find(all, quantity, &Elasticity::quantity);
    REQUIRE(found != all.end());
    return *found;
}

}  // namespace

TEST_CASE("scaling every time's cause together scales the time: device elasticities add up to zero", "[explorer]")
{
    // Twice the bandwidth and compute, half the fixed times: half the time. So (bandwidth + compute) - fixed = -1.
    Scenario s = toy_scenario();
    s.calibration.per_operator = {5e-6};
    s.calibration.per_pass = {1e-3};
    s.calibration.per_prompt = {20e-3};
    s.calibration.serial_share = GENERATE(0.0, 0.3);
    const Elasticity bandwidth = elasticity(s, "memory bandwidth");
    const Elasticity compute = elasticity(s, "compute rate");
    const Elasticity fixed = elasticity(s, "fixed times");
    CHECK(bandwidth.ttft + compute.ttft - fixed.ttft == Approx(-1).margin(1e-3));
    CHECK(bandwidth.tpot + compute.tpot - fixed.tpot == Approx(-1).margin(1e-3));
}

TEST_CASE("decode of a memory-bound model follows the bandwidth, prefill the compute rate", "[explorer]")
{
    const Scenario s = toy_scenario();
    CHECK(elasticity(s, "memory bandwidth").tpot == Approx(-1).margin(1e-6));
    CHECK(elasticity(s, "compute rate").tpot == Approx(0).margin(1e-6));
    CHECK(elasticity(s, "compute rate").ttft < -0.5);
}

TEST_CASE("more of a model never makes it faster", "[explorer]")
{
    const Scenario s = toy_scenario();
    for (const char* quantity : {"d_model", "layers", "FFN width", "query heads", "vocabulary", "prompt tokens"}) {
        CAPTURE(quantity);
        const Elasticity e = elasticity(s, quantity);
        CHECK(e.ttft >= 0);
        CHECK(e.tpot >= 0);
    }
}

TEST_CASE("layers, embeddings and fixed times are all there is: layers and vocabulary share the weights", "[explorer]")
{
    // Decode time is linear in the layers and in the vocabulary, so the two elasticities add up to 1 but for the few
    // bytes of the norm and of the embedding's row.
    const Scenario s = toy_scenario();
    CHECK(elasticity(s, "layers").tpot + elasticity(s, "vocabulary").tpot == Approx(1).margin(0.01));
}

TEST_CASE("the prompt's elasticity is not the stair of a second chunk", "[explorer]")
{
    Scenario s = toy_scenario();
    s.workload.prompt_tokens = GENERATE(500, 512, 1024, 4096);
    s.workload.ubatch = 512;
    CAPTURE(s.workload.prompt_tokens);
    const Elasticity e = elasticity(s, "prompt tokens");
    CHECK(e.ttft > 0.5);
    CHECK(e.ttft < 1.5);
}

TEST_CASE("a width that is whole K-quant blocks moves by whole blocks", "[explorer]")
{
    // With a step that broke the blocks, tensors would fall back to 5.5 bits and the elasticity would jump. Q4_0 has
    // blocks of 32, so its elasticities do not depend on the step.
    Scenario s = toy_scenario();
    const double plain_width = elasticity(s, "d_model").tpot;
    const double plain_ffn = elasticity(s, "FFN width").tpot;
    s.precision.weights = mix_named("Q4_K_M");
    CHECK(elasticity(s, "d_model").tpot == Approx(plain_width).margin(0.05));
    CHECK(elasticity(s, "FFN width").tpot == Approx(plain_ffn).margin(0.05));
}

TEST_CASE("a model of one layer has no elasticity of layers", "[explorer]")
{
    Scenario s = toy_scenario();
    s.arch = inline_architecture("L=1,d=256,h=4,kv=4,hd=64,ffn=512,V=1000,tied");
    const std::vector<Elasticity> all = elasticities(s);
    CHECK(std::ranges::find(all, "layers", &Elasticity::quantity) == all.end());
}
