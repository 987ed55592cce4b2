#include "validation/kernels/half.h"

#include <catch2/catch.hpp>
#include <cmath>

using slimline::kernels::Half;
using slimline::kernels::to_float;
using slimline::kernels::to_half;

TEST_CASE("known halves are the numbers of IEEE 754", "[kernels][half]")
{
    CHECK(to_float(0x3c00) == 1.f);
    CHECK(to_float(0xc000) == -2.f);
    CHECK(to_float(0x7bff) == 65504.f);
    CHECK(to_float(0x0001) == std::ldexp(1.f, -24));
    CHECK(to_float(0x0400) == std::ldexp(1.f, -14));
    CHECK(std::isinf(to_float(0x7c00)));
    CHECK(std::isnan(to_float(0x7e00)));
}

TEST_CASE("every finite half survives a way to float and back", "[kernels][half]")
{
    int changed = 0;
    for (int h = 0; h < 0x10000; ++h) {
        if ((h & 0x7c00) != 0x7c00) {
            changed += to_half(to_float(Half(h))) != h;
        }
    }
    CHECK(changed == 0);
}

TEST_CASE("floats between two halves go to the nearer one, ties to the even one", "[kernels][half]")
{
    const float step = std::ldexp(1.f, -10);
    CHECK(to_half(1 + 0.49f * step) == 0x3c00);
    CHECK(to_half(1 + 0.5f * step) == 0x3c00);
    CHECK(to_half(1 + 0.51f * step) == 0x3c01);
    CHECK(to_half(1 + 1.5f * step) == 0x3c02);
    CHECK(to_half(65519.f) == 0x7bff);
    CHECK(to_half(65520.f) == 0x7c00);
    CHECK(to_half(std::ldexp(1.f, -25)) == 0);
    CHECK(to_half(std::ldexp(1.5f, -25)) == 1);
}
