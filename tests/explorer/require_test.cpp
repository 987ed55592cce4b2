#include "explorer/require.h"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include "tests/explorer/toy_scenario.h"

using namespace slimline;

namespace {

RequiredValue answer(const Scenario& s, const char* lever, const Requirement& r)
{
    const auto found = required(s, lever_named(lever), r);
    REQUIRE(found);
    return *found;
}

bool meets(const Scenario& s, const char* lever, double value, const Requirement& r)
{
    const auto there = lever_named(lever).with(s, value);
    return there && misses(*there, r).empty();
}

double now(const Scenario& s, Figure f)
{
    return figure(f, s, predict(s));
}

}  // namespace

TEST_CASE("half the decode speed of a memory-bound model needs half the bandwidth", "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const Requirement r{{{Figure::decode_rate, true, 0.5 * now(s, Figure::decode_rate)}}};
    const RequiredValue v = answer(s, "bandwidth", r);
    REQUIRE(v.value);
    CHECK(*v.value == Approx(50e9).epsilon(1e-6));
    CHECK(v.now == 100e9);
    REQUIRE(v.binding.size() == 1);
    CHECK(v.binding.front().target == text_of(r.targets.front()));
}

TEST_CASE("the answer meets the targets and just beyond it does not", "[explorer][require][property]")
{
    Scenario s = toy_scenario();
    s.calibration.per_operator = {5e-6};
    s.calibration.per_pass = {1e-3};
    s.calibration.serial_share = 0.2;
    const double factor = GENERATE(0.5, 0.9, 1.3, 1.7);
    CAPTURE(factor);
    const Requirement requirements[] = {
        {{{Figure::decode_rate, true, now(s, Figure::decode_rate) * factor}}},
        {{{Figure::ttft, false, now(s, Figure::ttft) / factor}}},
        {{{Figure::ttft, false, now(s, Figure::ttft) * 1.5}, {Figure::tpot, false, now(s, Figure::tpot) / factor}}},
        {{{Figure::memory, false, now(s, Figure::memory) / factor}}},
    };
    for (const Requirement& r : requirements) {
        for (const Lever& lever : levers()) {
            const auto v = required(s, lever, r);
            if (!v || !v->value) {
                continue;
            }
            CAPTURE(lever.name, text_of(r.targets.back()), *v->value);
            CHECK(meets(s, lever.name.data(), *v->value, r));
            CHECK(misses(*v->scenario, r).empty());
            if (!v->binding.empty() && !lever.whole) {
                const double beyond = lever.name == "fixed_times" ? 1 + 1e-6 : 1 - 1e-6;
                CHECK_FALSE(meets(s, lever.name.data(), *v->value * beyond, r));
            }
        }
    }
}

TEST_CASE("fewer whole layers are found exactly: one more would be too slow", "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const Requirement r{{{Figure::tpot, false, 0.8 * now(s, Figure::tpot)}}};
    const RequiredValue v = answer(s, "layers", r);
    REQUIRE(v.value);
    CHECK(*v.value < 16);
    CHECK(meets(s, "layers", *v.value, r));
    CHECK_FALSE(meets(s, "layers", *v.value + 1, r));
}

TEST_CASE("a target that is reached says how much more would still do", "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const Requirement r{{{Figure::tpot, false, 1.5 * now(s, Figure::tpot)}}};
    const RequiredValue layers = answer(s, "layers", r);
    REQUIRE(layers.value);
    CHECK(*layers.value > 16);
    CHECK_FALSE(meets(s, "layers", *layers.value + 1, r));
    const RequiredValue bandwidth = answer(s, "bandwidth", r);
    REQUIRE(bandwidth.value);
    CHECK(*bandwidth.value < 100e9);
}

TEST_CASE("no bandwidth makes a prompt faster than the arithmetic allows, and the answer says what binds",
          "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const Requirement r{{{Figure::ttft, false, 0.01 * now(s, Figure::ttft)}}};
    const RequiredValue v = answer(s, "bandwidth", r);
    CHECK_FALSE(v.value);
    REQUIRE(v.binding.size() == 1);
    CHECK(v.binding.front().reached > r.targets.front().value);
}

TEST_CASE("the least memory is what the model takes", "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const Requirement r{};
    const RequiredValue v = answer(s, "memory", r);
    REQUIRE(v.value);
    CHECK(meets(s, "memory", *v.value, r));
    CHECK_FALSE(meets(s, "memory", *v.value * (1 - 1e-6), r));
    CHECK(*v.value >= predict(s).memory.total().value * (1 - 1e-9));
}

TEST_CASE("a loss and a speed together leave a window of depths, and the nearest one is found", "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const QualityBasis quality{load_law("gemstones"), 1e11};
    const double loss = figure(Figure::loss, *lever_named("layers").with(s, 20), predict(s), &quality);
    const Requirement r{
        {{Figure::loss, false, loss}, {Figure::tpot, false, 1.6 * now(s, Figure::tpot)}}, true, &quality};
    const RequiredValue v = answer(s, "layers", r);
    REQUIRE(v.value);
    CHECK(*v.value == 20);
    REQUIRE(v.binding.size() == 1);
    CHECK(v.binding.front().target == text_of(r.targets.front()));
}

TEST_CASE("no model on the grid is nearer than the nearest one", "[explorer][require]")
{
    const Scenario s = toy_scenario();
    const Requirement r{{{Figure::decode_rate, true, 1.5 * now(s, Figure::decode_rate)}}};
    const auto nearest = nearest_model(s, r);
    REQUIRE(nearest);
    CHECK(misses(nearest->scenario, r).empty());
    for (int layers = 16; layers >= 8; --layers) {
        for (int width = 1024; width >= 512; width -= 256) {
            for (int ffn = 2816; ffn >= 1408; ffn -= 256) {
                const double distance =
                    std::hypot(std::log(layers / 16.0), std::log(width / 1024.0), std::log(ffn / 2816.0));
                if (distance >= nearest->distance * (1 - 1e-12)) {
                    continue;
                }
                auto there = lever_named("layers").with(s, layers);
                there = lever_named("d_model").with(*there, width);
                there = lever_named("d_ffn").with(*there, ffn);
                CHECK_FALSE(misses(*there, r).empty());
            }
        }
    }
}

TEST_CASE("targets are read, and what is not one is named", "[explorer][require]")
{
    const FigureTarget t = read_target("decode_tokens_per_s>=30");
    CHECK(t.figure == Figure::decode_rate);
    CHECK(t.at_least);
    CHECK(t.value == 30);
    CHECK_FALSE(read_target("ttft_s<=0.5").at_least);
    CHECK_THROWS_WITH(read_target("ttft_s=0.5"), Catch::Contains("neither >= nor <="));
    CHECK_THROWS_WITH(read_target("tftt_s<=0.5"), Catch::Contains("ttft_s"));
    CHECK_THROWS_WITH(read_target("ttft_s<=fast"), Catch::Contains("no number"));
}
