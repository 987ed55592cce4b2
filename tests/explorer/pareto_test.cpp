#include <catch2/catch.hpp>

#include <random>

#include "explorer/pareto.h"

using namespace slimline;

namespace {

std::vector<std::size_t> brute_force(const PointSet& points)
{
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
        bool beaten = false;
        for (std::size_t j = 0; j < points.size() && !beaten; ++j) {
            beaten = dominates(points[j], points[i]);
        }
        if (!beaten) {
            front.push_back(i);
        }
    }
    return front;
}

}  // namespace

TEST_CASE("a point dominates another when it is nowhere larger and somewhere smaller", "[explorer][pareto]")
{
    const double a[] = {1, 2};
    const double b[] = {1, 3};
    const double c[] = {0, 4};
    CHECK(dominates(a, b));
    CHECK_FALSE(dominates(b, a));
    CHECK_FALSE(dominates(a, a));
    CHECK_FALSE(dominates(a, c));
    CHECK_FALSE(dominates(c, a));
}

TEST_CASE("the front of four points in a plane", "[explorer][pareto]")
{
    const std::vector<double> values{1, 4, 2, 2, 3, 3, 4, 1};
    CHECK(pareto_front({values, 2}) == std::vector<std::size_t>{0, 1, 3});
}

TEST_CASE("equal points are on the front together, or not at all", "[explorer][pareto]")
{
    const std::vector<double> values{1, 1, 1, 1, 2, 2, 2, 2};
    CHECK(pareto_front({values, 2}) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("no points have no front, and one point is its own", "[explorer][pareto]")
{
    CHECK(pareto_front({{}, 3}).empty());
    const std::vector<double> one{5, 6, 7};
    CHECK(pareto_front({one, 3}) == std::vector<std::size_t>{0});
}

TEST_CASE("the front equals brute force, for one to five objectives, with and without ties", "[explorer][pareto][property]")
{
    std::mt19937 random(5);
    for (std::size_t dimensions = 1; dimensions <= 5; ++dimensions) {
        for (int round = 0; round < 60; ++round) {
            const std::size_t n = std::uniform_int_distribution<std::size_t>(0, 300)(random);
            const int levels = round % 2 == 0 ? 6 : 1000000;  // few levels make many ties
            std::vector<double> values(n * dimensions);
            for (double& value : values) {
                value = std::uniform_int_distribution(0, levels)(random);
            }
            const PointSet points{values, dimensions};
            CAPTURE(dimensions, round, n);
            CHECK(pareto_front(points) == brute_force(points));
        }
    }
}
