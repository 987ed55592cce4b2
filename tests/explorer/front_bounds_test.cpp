#include "explorer/front_bounds.h"

#include <catch2/catch.hpp>

#include "tests/explorer/random_search.h"

using namespace slimline;

namespace {

const char* const text = R"q({"format": "search/1", "device": "jetson-orin-nx-16gb", "objectives": ["tpot_s", "loss"],
  "space": {"layers": {"from": 8, "to": 32, "step": 4}, "d_model": [512, 1024, 2048], "heads": "d_model / 64",
            "d_ffn": "round_up(8 / 3 * d_model, 256)", "vocabulary": 32000}})q";

double sum(const BoundShares& s)
{
    return s.memory + s.compute + s.overhead + s.fixed;
}

}  // namespace

TEST_CASE("bounds are of designs spread over the list with both its ends, and shares add up", "[explorer][search]")
{
    const SearchQuestion q = question(text);
    const std::vector<FoundDesign> all = all_within_limits(q);
    REQUIRE(all.size() == 21);
    const auto bounds = bounds_along(q, all, 6);
    REQUIRE(bounds.size() == 6);
    CHECK(bounds.front().row == 0);
    CHECK(bounds[1].row == 4);
    CHECK(bounds.back().row == 20);
    for (const DesignBounds& each : bounds) {
        CHECK(sum(each.prefill) == Approx(1));
        CHECK(sum(each.decode) == Approx(1));
    }
}

TEST_CASE("bounds are those of the design's own prediction", "[explorer][search]")
{
    const SearchQuestion q = question(text);
    const std::vector<FoundDesign> all = all_within_limits(q);
    Scenario run = q.run;
    run.arch = architecture_of(all[3].candidate.design);
    run.precision.weights = q.space.weights[all[3].candidate.weights];
    run.precision.kv_cache = q.space.kv_cache[all[3].candidate.kv_cache];
    const Prediction p = predict(run);
    const auto bounds = bounds_along(q, all);
    REQUIRE(bounds.size() == all.size());
    CHECK(bounds[3].decode.memory == bound_shares(p.decode).memory);
    CHECK(bounds[3].tpot == p.decode.time);
    CHECK(bounds_along(q, {}).empty());
}
