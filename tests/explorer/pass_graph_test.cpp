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
