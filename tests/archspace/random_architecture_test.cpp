#include "archspace/random_architecture.h"

#include <set>

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"

using namespace slimline;

TEST_CASE("random architectures have the parameters asked for, within 2 %", "[archspace][random]")
{
    const double parameters = GENERATE(20e6, 135e6, 1e9);
    const auto archs = random_architectures(50, parameters, 3);
    REQUIRE(archs.size() == 50);
    for (const Architecture& arch : archs) {
        CHECK(parameter_count(arch).total == Approx(parameters).epsilon(0.02));
    }
}

TEST_CASE("random architectures are the same for a seed and differ in shape", "[archspace][random]")
{
    const auto once = random_architectures(30, 135e6, 7);
    CHECK(once == random_architectures(30, 135e6, 7));
    CHECK(once != random_architectures(30, 135e6, 8));
    std::set<std::size_t> depths;
    std::set<int> widths;
    for (const Architecture& arch : once) {
        depths.insert(arch.layers.size());
        widths.insert(arch.d_model);
    }
    CHECK(depths.size() > 8);
    CHECK(widths.size() > 8);
}

TEST_CASE("a random architecture written and read again is the same", "[archspace][random]")
{
    for (const Architecture& arch : random_architectures(5, 50e6, 1)) {
        const JsonDocument document = parse_json("random", pretty(to_json(arch)));
        CHECK(read_architecture(JsonPlace(document)) == arch);
    }
}
