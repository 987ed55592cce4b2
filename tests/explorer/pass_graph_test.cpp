#include "explorer/pass_graph.h"

#include <catch2/catch.hpp>

#include "tests/explorer/toy_scenario.h"

using namespace slimline;

TEST_CASE("the graph of a step takes the time that the prediction says", "[explorer]")
{
    const Scenario s = toy_scenario();
    CHECK(total_seconds(decode_graph(s)) == Approx(predict(s).tpot.value));
    CHECK(total_seconds(prefill_graph(s)) == Approx(predict(s).ttft.value));
}

TEST_CASE("a step's critical path is a part of it", "[explorer]")
{
    Scenario s = toy_scenario();
    s.calibration.per_pass = Seconds{1e-3};
    CHECK(decode_critical_path(s) < predict(s).tpot);
    CHECK(decode_critical_path(s).value > predict(s).tpot.value / 3);
}
