#include "base/units.h"

#include <type_traits>

#include <catch2/catch.hpp>

using namespace slimline;

TEST_CASE("bytes over a bandwidth is a time", "[base]")
{
    const auto time = Bytes{3 * giga} / BytesPerSecond{100 * giga};
    static_assert(std::is_same_v<decltype(time), const Seconds>);
    CHECK(time.value == Approx(0.03));
}

TEST_CASE("a ratio of two times is a plain number", "[base]")
{
    static_assert(std::is_same_v<decltype(Seconds{1} / Seconds{2}), double>);
    CHECK(Seconds{3} / Seconds{2} == 1.5);
}

TEST_CASE("energy is power for a time, and energy a byte for bytes", "[base]")
{
    const Joules by_power = Watts{5} * Seconds{2};
    const Joules by_bytes = JoulesPerByte{2} * Bytes{5};
    CHECK(by_power.value == 10);
    CHECK(by_bytes == by_power);
}

TEST_CASE("a GiB is 2^30 bytes and a giga is 1e9", "[base]")
{
    CHECK(GiB == 1073741824.0);
    CHECK(giga == 1e9);
}

TEST_CASE("quantities add, scale and compare like numbers", "[base]")
{
    Bytes sum{1};
    sum += Bytes{2};
    sum *= 4;
    CHECK(sum.value == 12);
    CHECK(sum - Bytes{2} == Bytes{10});
    CHECK(std::max(Bytes{3}, Bytes{4}) == Bytes{4});
    CHECK(2 * Bytes{3} == Bytes{3} * 2);
}
