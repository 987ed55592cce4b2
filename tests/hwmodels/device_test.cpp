#include <catch2/catch.hpp>

#include "hwmodels/device.h"
#include "tests/support/toy.h"

using namespace slimline;

namespace {

/// One core of 4 GHz, three of 2 GHz and four of 1 GHz, 10 MACs a cycle each: 80, 40 and 20 GOP/s a core.
Backend phone_cpu()
{
    return {.kind = BackendKind::cpu,
            .name = "big and little",
            .clusters = {{.name = "little", .cores = 4, .clock_hz = 1e9, .int8_macs_per_cycle = 10},
                         {.name = "prime", .cores = 1, .clock_hz = 4e9, .int8_macs_per_cycle = 10},
                         {.name = "big", .cores = 3, .clock_hz = 2e9, .int8_macs_per_cycle = 10}}};
}

}  // namespace

TEST_CASE("threads take the fastest cores first and run at the pace of the slowest in use", "[hwmodels]")
{
    const Backend cpu = phone_cpu();
    CHECK(cpu_int8_peak(cpu, 1).value == 80e9);
    CHECK(cpu_int8_peak(cpu, 2).value == 80e9);  // two at 40 are no faster than one at 80
    CHECK(cpu_int8_peak(cpu, 3).value == 120e9);
    CHECK(cpu_int8_peak(cpu, 4).value == 160e9);
    CHECK(cpu_int8_peak(cpu, 5).value == 160e9);  // five at 20 would lower the sum
    CHECK(cpu_int8_peak(cpu, 0).value == 160e9);
}

TEST_CASE("more threads never lower the peak of a CPU", "[hwmodels][property]")
{
    const Backend cpu = phone_cpu();
    const int threads = GENERATE(range(1, 12));
    CHECK(cpu_int8_peak(cpu, threads + 1) >= cpu_int8_peak(cpu, threads));
    CHECK(cpu_int8_peak(cpu, 0) >= cpu_int8_peak(cpu, threads));
}

TEST_CASE("threads beyond the cores add nothing", "[hwmodels]")
{
    const Device device = toy_device();
    const Backend& cpu = *find_backend(device, BackendKind::cpu);
    CHECK(cpu_int8_peak(cpu, 4).value == 256e9);
    CHECK(cpu_int8_peak(cpu, 64).value == 256e9);
}

TEST_CASE("two clusters of one speed count together", "[hwmodels]")
{
    Backend cpu = phone_cpu();
    cpu.clusters.push_back({.name = "second prime", .cores = 1, .clock_hz = 4e9, .int8_macs_per_cycle = 10});
    CHECK(cpu_int8_peak(cpu, 2).value == 160e9);
}

TEST_CASE("a CPU without cores has no peak", "[hwmodels]")
{
    CHECK(cpu_int8_peak(Backend{}, 4).value == 0);
}

TEST_CASE("numbers twice as wide run at half the rate on a CPU, and 4-bit ones at the 8-bit rate", "[hwmodels]")
{
    const Device device = toy_device();
    const Backend& cpu = *find_backend(device, BackendKind::cpu);
    CHECK(peak_rate(cpu, Arithmetic::int4, 0).value == 256e9);
    CHECK(peak_rate(cpu, Arithmetic::int8, 2).value == 128e9);
    CHECK(peak_rate(cpu, Arithmetic::fp16, 0).value == 128e9);
    CHECK(peak_rate(cpu, Arithmetic::fp32, 0).value == 64e9);
}

TEST_CASE("a CPU's stated rate is for all cores and shrinks with the threads", "[hwmodels]")
{
    Backend cpu = *find_backend(toy_device(), BackendKind::cpu);
    cpu.peak[std::size_t(Arithmetic::fp32)] = {100e9};
    CHECK(peak_rate(cpu, Arithmetic::fp32, 0).value == 100e9);
    CHECK(peak_rate(cpu, Arithmetic::fp32, 1).value == 25e9);
}

TEST_CASE("arithmetic that is not offered falls back to the nearest wider one", "[hwmodels]")
{
    const Device device = toy_device();
    const Backend& gpu = *find_backend(device, BackendKind::gpu);
    CHECK(peak_rate(gpu, Arithmetic::int8, 0).value == 2e12);
    CHECK(peak_rate(gpu, Arithmetic::int4, 0).value == 2e12);
    CHECK(peak_rate(gpu, Arithmetic::fp32, 0).value == 0.5e12);  // half of fp16

    Backend only_fp32{.kind = BackendKind::gpu, .name = "old GPU"};
    only_fp32.peak[std::size_t(Arithmetic::fp32)] = {3e12};
    CHECK(peak_rate(only_fp32, Arithmetic::int4, 0).value == 3e12);
    CHECK(peak_rate(Backend{}, Arithmetic::fp16, 0).value == 0);
}

TEST_CASE("a backend draws the memory's bandwidth unless it states its own, memory likewise", "[hwmodels]")
{
    Device device = toy_device();
    CHECK(peak_bandwidth(device, device.backends[0]).value == 100e9);
    CHECK(memory_for(device, device.backends[0]).value == 8 * GiB);
    device.backends[0].bandwidth = {400e9};
    device.backends[0].memory = {4 * GiB};
    CHECK(peak_bandwidth(device, device.backends[0]).value == 400e9);
    CHECK(memory_for(device, device.backends[0]).value == 4 * GiB);
}

TEST_CASE("a backend is found by its kind", "[hwmodels]")
{
    const Device device = toy_device();
    CHECK(find_backend(device, BackendKind::cpu)->name == "toy CPU");
    CHECK(find_backend(device, BackendKind::npu) == nullptr);
}
