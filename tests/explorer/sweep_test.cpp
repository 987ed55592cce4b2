#include "explorer/sweep.h"

#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "explorer/neighbours.h"
#include "explorer/sobol.h"
#include "tests/explorer/toy_scenario.h"

using namespace slimline;
using Catch::Contains;

TEST_CASE("axes are lists, steps or factors in the quantity's unit", "[explorer][sweep]")
{
    CHECK(read_axis("bandwidth=50,100").values == std::vector<double>{50e9, 100e9});
    CHECK(read_axis("layers=8:20:4").values == std::vector<double>{8, 12, 16, 20});
    CHECK(read_axis("prompt=64:512:*2").values == std::vector<double>{64, 128, 256, 512});
    CHECK_THROWS_WITH(read_axis("layers"), Contains("no values"));
    CHECK_THROWS_WITH(read_axis("layer=1"), Contains("layers"));
    CHECK_THROWS_WITH(read_axis("layers=8:20:0"), Contains("never gets"));
    CHECK_THROWS_WITH(read_axis("layers=8:x:1"), Contains("no number"));
    CHECK_THROWS_WITH(read_axis("layers=1:1000000000:1"), Contains("too many"));
}

TEST_CASE("a sweep is the predictions one by one, the last axis fastest", "[explorer][sweep]")
{
    const Scenario s = toy_scenario();
    const std::vector<SweepPoint> points =
        sweep(s, {read_axis("layers=8,16"), read_axis("bandwidth=50,100,200")}, {Figure::tpot});
    REQUIRE(points.size() == 6);
    CHECK(points[1].at == std::vector<double>{8, 100e9});
    CHECK(points[4].figures.front() == predict(s).tpot.value);
    CHECK(points[3].figures.front() == Approx(2 * points[4].figures.front()));
}

TEST_CASE("a model that cannot be is a point without figures", "[explorer][sweep]")
{
    const std::vector<SweepPoint> points = sweep(toy_scenario(), {read_axis("kv_heads=3,4")}, {Figure::tpot});
    CHECK_FALSE(points[0].prediction);
    CHECK(std::isnan(points[0].figures.front()));
    CHECK(points[1].prediction);
}

TEST_CASE("neighbours differ in one thing each and keep what they do not name", "[explorer][neighbours]")
{
    const Scenario s = toy_scenario();
    const QualityBasis quality{load_law("gemstones"), 1e11};
    const std::vector<Neighbour> all = neighbours(s, &quality);
    CHECK(all.size() >= 16);
    for (const Neighbour& n : all) {
        CAPTURE(n.change);
        CHECK(n.scenario.device == s.device);
        CHECK(n.scenario.workload == s.workload);
        CHECK((n.scenario.arch == s.arch) != (n.scenario.precision == s.precision));
        CHECK(std::isfinite(n.loss));
    }
}

TEST_CASE("fewer layers are faster and lose quality, smaller weights are faster to decode", "[explorer][neighbours]")
{
    const Scenario s = toy_scenario();
    const QualityBasis quality{load_law("gemstones"), 1e11};
    const Prediction p = predict(s);
    const double loss = figure(Figure::loss, s, p, &quality);
    int seen = 0;
    for (const Neighbour& n : neighbours(s, &quality)) {
        if (n.dimension == "layers") {
            ++seen;
            CHECK((n.to < n.from) == (n.prediction.tpot < p.tpot));
            CHECK((n.to < n.from) == (n.loss > loss));
        }
        if (n.dimension == "weights") {
            ++seen;
            CHECK((n.prediction.memory.weights < p.memory.weights) == (n.prediction.tpot < p.tpot));
        }
    }
    CHECK(seen == 4);
}

TEST_CASE("Sobol indices of the Ishigami function are its known ones", "[explorer][sobol]")
{
    // f = sin x + 7 sin^2 y + 0.1 z^4 sin x over [-pi, pi]^3 (Ishigami and Homma 1990): first 0.3139, 0.4424, 0,
    // totals 0.5576, 0.4424, 0.2437.
    const auto f = [](std::span<const double> u) {
        const auto at = [&](std::size_t i) { return std::numbers::pi * (2 * u[i] - 1); };
        return std::sin(at(0)) + 7 * std::pow(std::sin(at(1)), 2) + 0.1 * std::pow(at(2), 4) * std::sin(at(0));
    };
    const SobolResult r = sobol_indices(f, {"x", "y", "z"}, 16384);
    CHECK(r.mean == Approx(3.5).epsilon(0.01));
    CHECK(r.variance == Approx(13.845).epsilon(0.02));
    CHECK(r.inputs[0].first == Approx(0.3139).margin(0.02));
    CHECK(r.inputs[1].first == Approx(0.4424).margin(0.02));
    CHECK(r.inputs[2].first == Approx(0).margin(0.02));
    CHECK(r.inputs[0].total == Approx(0.5576).margin(0.02));
    CHECK(r.inputs[1].total == Approx(0.4424).margin(0.02));
    CHECK(r.inputs[2].total == Approx(0.2437).margin(0.02));
}

TEST_CASE("what a figure does not depend on has no index, and additive inputs no interactions", "[explorer][sobol]")
{
    const SobolResult r =
        sobol_indices([](std::span<const double> u) { return u[0] + 2 * u[1]; }, {"a", "b", "none"}, 4096);
    CHECK(r.inputs[0].first == Approx(0.2).margin(0.01));
    CHECK(r.inputs[1].total == Approx(0.8).margin(0.01));
    CHECK(r.inputs[2].total == 0);

    const SobolResult p =
        sobol_indices(toy_scenario(), {read_axis("bandwidth=50,200"), read_axis("compute=4,16")}, Figure::tpot, 64);
    CHECK(p.inputs[0].total > 0.99);
    CHECK(p.inputs[1].total < 0.01);
}

TEST_CASE("impossible models are left out and counted", "[explorer][sobol]")
{
    const SobolResult r =
        sobol_indices(toy_scenario(), {read_axis("kv_heads=1,4"), read_axis("layers=8,16")}, Figure::tpot, 64);
    CHECK(r.impossible > 0);  // three KV heads do not divide sixteen
    CHECK(r.samples + r.impossible == 64);
    CHECK(r.samples > 0);
}
