#include "hwmodels/device.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"

namespace slimline {

namespace {

constexpr double bits_of(Arithmetic arithmetic)
{
    switch (arithmetic) {
        case Arithmetic::fp32:
            return 32;
        case Arithmetic::fp16:
            return 16;
        case Arithmetic::int8:
            return 8;
        case Arithmetic::int4:
            return 4;
    }
    return 32;
}

FlopsPerSecond offered(const Backend& backend, Arithmetic arithmetic)
{
    return backend.peak[std::size_t(arithmetic)];
}

/// A SIMD register holds twice as many numbers of half the width, so a core's other rates follow from its
/// 8-bit rate; no core multiplies 4-bit numbers any faster than 8-bit ones.
FlopsPerSecond cpu_rate(const Backend& backend, Arithmetic arithmetic, int threads)
{
    const FlopsPerSecond int8 = cpu_int8_peak(backend, threads);
    const FlopsPerSecond named = offered(backend, arithmetic);
    if (named.value > 0) {
        return named * (int8 / cpu_int8_peak(backend, 0));
    }
    return int8 * std::min(1.0, bits_of(Arithmetic::int8) / bits_of(arithmetic));
}

}  // namespace

const Backend* find_backend(const Device& device, BackendKind kind)
{
    const auto found = std::ranges::find(device.backends, kind, &Backend::kind);
    return found == device.backends.end() ? nullptr : &*found;
}

const Backend& require_backend(const Device& device, BackendKind kind)
{
    const Backend* backend = find_backend(device, kind);
    if (backend == nullptr) {
        throw InputError(device.id, "has no " + std::string(word(kind)) + " backend", "see 'slimline list backends'");
    }
    return *backend;
}

std::string_view word(BackendKind kind)
{
    switch (kind) {
        case BackendKind::cpu:
            return "cpu";
        case BackendKind::gpu:
            return "gpu";
        case BackendKind::npu:
            return "npu";
    }
    return {};
}

std::string_view word(Arithmetic arithmetic)
{
    switch (arithmetic) {
        case Arithmetic::fp32:
            return "fp32";
        case Arithmetic::fp16:
            return "fp16";
        case Arithmetic::int8:
            return "int8";
        case Arithmetic::int4:
            return "int4";
    }
    return {};
}

BytesPerSecond peak_bandwidth(const Device& device, const Backend& backend)
{
    return backend.bandwidth.value > 0 ? backend.bandwidth : device.memory.bandwidth;
}

Bytes memory_for(const Device& device, const Backend& backend)
{
    return backend.memory.value > 0 ? backend.memory : device.memory.capacity;
}

FlopsPerSecond cpu_int8_peak(const Backend& backend, int threads)
{
    // Fastest clusters first, without sorting: there are at most a handful.
    FlopsPerSecond best;
    int cores_so_far = 0;
    double below = std::numeric_limits<double>::infinity();
    for (;;) {
        FlopsPerSecond rate;
        int cores = 0;
        for (const CoreCluster& cluster : backend.clusters) {
            const FlopsPerSecond each = cluster.int8_rate_per_core();
            if (each.value < below && each.value >= rate.value) {
                cores = each == rate ? cores + cluster.cores : cluster.cores;
                rate = each;
            }
        }
        if (cores == 0) {
            return best;
        }
        cores_so_far += cores;
        const int used = threads > 0 ? std::min(threads, cores_so_far) : cores_so_far;
        best = std::max(best, rate * double(used));
        if (used < cores_so_far || used == threads) {
            return best;
        }
        below = rate.value;
    }
}

FlopsPerSecond peak_rate(const Backend& backend, Arithmetic arithmetic, int threads)
{
    if (!backend.clusters.empty()) {
        return cpu_rate(backend, arithmetic, threads);
    }
    for (int wider = int(arithmetic); wider >= 0; --wider) {
        if (const FlopsPerSecond rate = offered(backend, Arithmetic(wider)); rate.value > 0) {
            return rate;
        }
    }
    // Only narrower arithmetic is offered: numbers twice as wide run at half the rate.
    for (int narrower = int(arithmetic) + 1; narrower < int(arithmetic_count); ++narrower) {
        if (const FlopsPerSecond rate = offered(backend, Arithmetic(narrower)); rate.value > 0) {
            return rate * (bits_of(Arithmetic(narrower)) / bits_of(arithmetic));
        }
    }
    return {};
}

}  // namespace slimline
