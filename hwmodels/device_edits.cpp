#include "hwmodels/device_edits.h"

#include <algorithm>

namespace slimline {

namespace {

Backend* backend_in(Device& device, BackendKind kind)
{
    const auto found = std::ranges::find(device.backends, kind, &Backend::kind);
    return found == device.backends.end() ? nullptr : &*found;
}

Cache* largest_cache(Device& device, BackendKind kind)
{
    Backend* backend = backend_in(device, kind);
    if (backend == nullptr || backend->caches.empty()) {
        return nullptr;
    }
    return &*std::ranges::max_element(backend->caches, {}, &Cache::size);
}

/// Measured points that are main memory's (at most a quarter above the slowest) move with it; those of caches stay,
/// where they are not slower than memory has become.
void move_memory_points(std::vector<BandwidthPoint>& points, double times)
{
    if (points.empty()) {
        return;
    }
    const BytesPerSecond slowest = std::ranges::min_element(points, {}, &BandwidthPoint::bandwidth)->bandwidth;
    for (BandwidthPoint& point : points) {
        const bool memory = point.bandwidth <= slowest * 1.25;
        point.bandwidth = memory ? point.bandwidth * times : std::max(point.bandwidth, slowest * times);
    }
}

}  // namespace

Device with_bandwidth(Device device, BackendKind kind, BytesPerSecond bandwidth)
{
    const Backend* asked = find_backend(device, kind);
    if (asked == nullptr) {
        return device;
    }
    const double times = bandwidth / peak_bandwidth(device, *asked);
    device.memory.bandwidth *= times;
    for (Backend& backend : device.backends) {
        backend.bandwidth *= times;
        move_memory_points(backend.bandwidth_by_working_set, times);
    }
    return device;
}

Device with_compute(Device device, BackendKind kind, FlopsPerSecond int8_rate)
{
    Backend* backend = backend_in(device, kind);
    if (backend == nullptr) {
        return device;
    }
    const double times = int8_rate / peak_rate(*backend, Arithmetic::int8, 0);
    for (FlopsPerSecond& peak : backend->peak) {
        peak *= times;
    }
    for (CoreCluster& cluster : backend->clusters) {
        cluster.int8_macs_per_cycle *= times;
    }
    return device;
}

const Cache* last_level_cache(const Device& device, BackendKind kind)
{
    const Backend* backend = find_backend(device, kind);
    if (backend == nullptr || backend->caches.empty()) {
        return nullptr;
    }
    return &*std::ranges::max_element(backend->caches, {}, &Cache::size);
}

Device with_cache_size(Device device, BackendKind kind, Bytes size)
{
    if (Cache* cache = largest_cache(device, kind)) {
        cache->size = size;
    }
    return device;
}

Device with_cache_bandwidth(Device device, BackendKind kind, BytesPerSecond bandwidth)
{
    if (Cache* cache = largest_cache(device, kind)) {
        cache->bandwidth = bandwidth;
    }
    return device;
}

Device with_memory(Device device, BackendKind kind, Bytes capacity)
{
    Backend* backend = backend_in(device, kind);
    if (backend != nullptr && backend->memory.value > 0) {
        backend->memory = capacity;
    } else {
        device.memory.capacity = capacity;
    }
    return device;
}

}  // namespace slimline
