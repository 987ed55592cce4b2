#include "hwmodels/device_edits.h"

#include <catch2/catch.hpp>

#include "hwmodels/device_json.h"
#include "tests/support/toy.h"

using namespace slimline;

TEST_CASE("a number of a device is set, and the others stay", "[hwmodels]")
{
    const Device toy = toy_device();
    const Device wide = with_bandwidth(toy, BackendKind::gpu, {200e9});
    CHECK(wide.memory.bandwidth.value == 200e9);
    CHECK(peak_bandwidth(wide, wide.backends[0]).value == 200e9);
    CHECK(wide.backends == toy.backends);
    const Device fast = with_compute(toy, BackendKind::gpu, {6e12});
    CHECK(peak_rate(fast.backends[0], Arithmetic::int8, 0).value == 6e12);
    CHECK(peak_rate(fast.backends[0], Arithmetic::fp16, 0).value == Approx(3e12));
    CHECK(fast.backends[1] == toy.backends[1]);
    CHECK(memory_for(with_memory(toy, BackendKind::gpu, {4 * GiB}), toy.backends[0]).value == 4 * GiB);
}

TEST_CASE("cores of a CPU share a new rate as they shared the old one", "[hwmodels]")
{
    const Device fast = with_compute(toy_device(), BackendKind::cpu, {512e9});
    CHECK(cpu_int8_peak(fast.backends[1], 0).value == Approx(512e9));
    CHECK(cpu_int8_peak(fast.backends[1], 1).value == Approx(128e9));
}

TEST_CASE("a device without a cache has none to set", "[hwmodels]")
{
    const Device toy = toy_device();
    CHECK(last_level_cache(toy, BackendKind::gpu) == nullptr);
    CHECK(with_cache_size(toy, BackendKind::gpu, {1e6}) == toy);
    const Device jetson = load_device("jetson-orin-nx-16gb");
    const Device larger = with_cache_size(jetson, BackendKind::gpu, {8 * MiB});
    CHECK(last_level_cache(larger, BackendKind::gpu)->size.value == 8 * MiB);
}

TEST_CASE("measured points of main memory move with it, those of caches stay above it", "[hwmodels]")
{
    Device device = toy_device();
    device.backends[1].bandwidth_by_working_set = {{{1e5}, {400e9}}, {{1e6}, {150e9}}, {{1e9}, {50e9}}};
    const Device wide = with_bandwidth(device, BackendKind::cpu, {400e9});  // fourfold
    const auto& points = wide.backends[1].bandwidth_by_working_set;
    CHECK(points[0].bandwidth.value == 400e9);
    CHECK(points[1].bandwidth.value == 200e9);
    CHECK(points[2].bandwidth.value == 200e9);
}
