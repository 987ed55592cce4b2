#include <catch2/catch.hpp>

#include "explorer/bounds.h"
#include "explorer/compare.h"
#include "explorer/waterfall.h"
#include "tests/explorer/toy_scenario.h"

using namespace slimline;

namespace {

Pass toy_pass(double head_s, double ffn_s, double fixed_s)
{
    Pass pass;
    pass.operators = {{.name = "ffn", .layer_kind = "a", .time = {ffn_s / 2}, .bound = Bound::memory},
                      {.name = "ffn", .layer_kind = "b", .time = {ffn_s / 2}, .bound = Bound::compute},
                      {.name = "head", .time = {head_s}, .bound = Bound::overhead}};
    pass.fixed = {fixed_s};
    pass.time = {head_s + ffn_s + fixed_s};
    return pass;
}

}  // namespace

TEST_CASE("a waterfall's steps are sorted and lead from the start to the end", "[explorer]")
{
    const Waterfall fall = waterfall(toy_pass(1, 4, 2), toy_pass(3, 3, 2));
    REQUIRE(fall.steps.size() == 3);
    CHECK(fall.steps[0].name == "head");
    CHECK(fall.steps[0].difference() == Seconds{2});
    CHECK(fall.steps[1].name == "ffn");
    CHECK(fall.steps[1].difference() == Seconds{-1});
    CHECK(fall.start == Seconds{7});
    CHECK(fall.end == Seconds{8});
}

TEST_CASE("an operator that only one design has counts in full", "[explorer]")
{
    Pass without = toy_pass(1, 4, 0);
    without.operators.pop_back();
    const Waterfall fall = waterfall(without, toy_pass(1, 4, 0));
    CHECK(fall.steps.front().name == "head");
    CHECK(fall.steps.front().from == Seconds{0});
    CHECK(fall.steps.front().to == Seconds{1});
}

TEST_CASE("a waterfall of two predictions adds up", "[explorer]")
{
    const Scenario from = toy_scenario();
    Scenario to = from;
    to.arch = inline_architecture("L=24,d=768,h=12,kv=12,hd=64,ffn=3072,V=50000");
    const Prediction a = predict(from);
    const Prediction b = predict(to);
    const Waterfall fall = waterfall(a.prefill, b.prefill);
    Seconds end = fall.start;
    for (const WaterfallStep& step : fall.steps) {
        end += step.difference();
    }
    CHECK(end.value == Approx(b.ttft.value));
}

TEST_CASE("bound shares add up to one, each operator under its own bound", "[explorer]")
{
    const BoundShares shares = bound_shares(toy_pass(1, 4, 5));
    CHECK(shares.memory == Approx(0.2));
    CHECK(shares.compute == Approx(0.2));
    CHECK(shares.overhead == Approx(0.1));
    CHECK(shares.fixed == Approx(0.5));
}

TEST_CASE("the first of a comparison has ratio one, and half the bandwidth takes twice the time a token", "[explorer]")
{
    const Scenario s = toy_scenario();
    Scenario slow = s;
    slow.device.memory.bandwidth *= 0.5;
    const std::vector<Ratios> all = compare(std::vector<Prediction>{predict(s), predict(slow)});
    CHECK(all[0].tpot == 1);
    CHECK(all[0].memory == 1);
    CHECK(all[1].tpot == Approx(2));
    CHECK(all[1].memory == 1);
}
