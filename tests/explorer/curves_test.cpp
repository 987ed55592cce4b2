#include "explorer/curves.h"

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "explorer/memory_curve.h"
#include "explorer/reach.h"
#include "tests/explorer/toy_scenario.h"

using namespace slimline;

TEST_CASE("the latencies of a curve are those of a prediction", "[explorer]")
{
    for (const char* id : {"qwen2-0.5b", "olmoe-1b-7b", "zamba2-2.7b", "openelm-270m"}) {
        Scenario s = toy_scenario();
        s.arch = load_architecture(id);
        const Prediction p = predict(s);
        CAPTURE(id);
        CHECK(latency(s).ttft.value == Approx(p.ttft.value).epsilon(1e-12));
        CHECK(latency(s).tpot.value == Approx(p.tpot.value).epsilon(1e-12));
    }
}

TEST_CASE("where memory alone takes time, speed follows bandwidth and never breaks even", "[explorer]")
{
    Scenario s = toy_scenario();
    s.calibration.serial_share = 0;
    const double now = s.device.memory.bandwidth.value;
    const Curve slow = against_bandwidth(s, log_spaced(now / 1000, now / 100, 5));
    CHECK(slow.front().latency.tpot.value == Approx(10 * slow.back().latency.tpot.value).epsilon(1e-3));
    CHECK_FALSE(break_even(slow, CurvePhase::decode));
}

TEST_CASE("more bandwidth stops paying off where arithmetic takes as long", "[explorer]")
{
    Scenario s = toy_scenario();
    s.calibration.serial_share = 0;
    s.calibration.per_operator = s.calibration.per_pass = s.calibration.per_prompt = {0};
    const double now = s.device.memory.bandwidth.value;
    const auto at = break_even(against_bandwidth(s, log_spaced(now / 1000, now * 1000, 61)), CurvePhase::decode);
    REQUIRE(at);
    const auto slope = [&](double bandwidth) {
        const Curve two = against_bandwidth(s, std::vector{bandwidth, bandwidth * 1.05});
        return std::log(two[1].latency.tpot / two[0].latency.tpot) / std::log(1.05);
    };
    CHECK(slope(*at / 3) < -0.5);
    CHECK(slope(*at * 3) > -0.5);
}

TEST_CASE("a longer prompt never comes sooner, and a longer context never speeds decoding up", "[explorer][property]")
{
    const std::vector<int> lengths{16, 100, 512, 513, 4096, 30000};
    const Curve prompts = against_prompt(toy_scenario(), lengths);
    const Curve contexts = against_context(toy_scenario(), lengths);
    for (std::size_t i = 1; i < lengths.size(); ++i) {
        CHECK(prompts[i].latency.ttft >= prompts[i - 1].latency.ttft);
        CHECK(contexts[i].latency.tpot >= contexts[i - 1].latency.tpot);
    }
}

TEST_CASE("memory at the workload's context is the prediction's, and the longest context is the last that fits", "[explorer]")
{
    Scenario s = toy_scenario();
    s.arch = load_architecture("qwen2-0.5b");
    s.device.memory.capacity = {2 * GiB};
    const Prediction p = predict(s);
    CHECK(memory_against_context(s, std::vector{p.workload.context}).front().memory.total() == p.memory.total());
    const int longest = longest_context(s);
    REQUIRE(longest > 0);
    const auto around = memory_against_context(s, std::vector{longest, longest + 256});
    CHECK(around[0].memory.total() <= s.device.memory.capacity);
    CHECK(around[1].memory.total() > s.device.memory.capacity);
    s.device.memory.capacity = {0};
    CHECK(longest_context(s) == -1);
}

TEST_CASE("each way to a target reaches it, a little less does not, and the smallest is first", "[explorer]")
{
    Scenario s = toy_scenario();
    s.arch = load_architecture("qwen2-0.5b");
    const Seconds target = latency(s).tpot / 1.5;
    const auto ways = ways_to_reach(s, target);
    REQUIRE(ways.size() >= 3);
    double last = 0;
    for (const WayToReach& way : ways) {
        CAPTURE(way.quantity, way.from, way.to);
        CHECK(predict(way.scenario).tpot.value <= target.value * (1 + 1e-9));
        CHECK(way.change >= last);
        last = way.change;
    }
    CHECK(ways_to_reach(s, latency(s).tpot * 1.01).empty());
}
