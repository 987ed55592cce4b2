#include "simulator/roofs.h"

#include <algorithm>

namespace slimline {

namespace {

double inverse(double rate) { return rate > 0 ? 1 / rate : 0; }

/// Bandwidth that `threads` CPU threads draw together; other backends are not divided.
double drawn_bandwidth(const Device& device, const Backend& backend, const Calibration& calibration, int threads)
{
    const double peak = peak_bandwidth(device, backend).value;
    if (backend.kind != BackendKind::cpu || threads <= 0) {
        return peak;
    }
    return peak * std::min(1.0, threads * calibration.thread_bandwidth);
}

/// Time per byte from a cache relative to main memory. What was learnt goes first, then measured points where there are any; else each cache with a
/// known bandwidth up to its size, fading to memory's at twice the size (sets larger than a cache still hit a little).
std::vector<Roofs::CachePoint> cache_points_of(const Backend& backend, const Calibration& calibration,
                                               double memory_bandwidth)
{
    std::vector<Roofs::CachePoint> points;
    for (const WorkingSetCost& cost : calibration.working_set_cost) {
        points.push_back({cost.bytes, cost.times});
    }
    if (!points.empty()) {
        return points;
    }
    if (!backend.bandwidth_by_working_set.empty()) {
        const double slowest = backend.bandwidth_by_working_set.back().bandwidth.value;
        for (const BandwidthPoint& point : backend.bandwidth_by_working_set) {
            points.push_back({point.working_set.value, std::min(1.0, slowest / point.bandwidth.value)});
        }
        return points;
    }
    std::vector<Cache> caches = backend.caches;
    std::erase_if(caches, [](const Cache& cache) { return cache.bandwidth.value <= 0; });
    std::sort(caches.begin(), caches.end(), [](const Cache& a, const Cache& b) { return a.size < b.size; });
    for (const Cache& cache : caches) {
        points.push_back({cache.size.value, std::min(1.0, memory_bandwidth / cache.bandwidth.value)});
    }
    if (!caches.empty()) {
        points.push_back({2 * caches.back().size.value, 1.0});
    }
    return points;
}

double chosen(double share, double fallback) { return share > 0 ? share : fallback; }

/// 1 where the table is empty; its ends hold beyond them.
double interpolated(const std::vector<std::pair<int, double>>& table, double at)
{
    if (table.empty()) {
        return 1;
    }
    if (at <= table.front().first) {
        return table.front().second;
    }
    for (std::size_t i = 1; i < table.size(); ++i) {
        if (at <= table[i].first) {
            const double way = (at - table[i - 1].first) / double(table[i].first - table[i - 1].first);
            return table[i - 1].second + way * (table[i].second - table[i - 1].second);
        }
    }
    return table.back().second;
}

}  // namespace

Arithmetic arithmetic_for(Format format, BackendKind backend)
{
    switch (format) {
        case Format::f32: return Arithmetic::fp32;
        case Format::f16:
        case Format::bf16: return Arithmetic::fp16;
        case Format::int8_channel: return Arithmetic::int8;
        default: return backend == BackendKind::npu ? Arithmetic::fp16 : Arithmetic::int8;
    }
}

Roofs roofs_of(const Device& device, const Backend& backend, const Calibration& c, int threads)
{
    Roofs roofs;
    const double bandwidth = drawn_bandwidth(device, backend, c, threads);
    for (std::size_t f = 0; f < format_count; ++f) {
        roofs.seconds_per_weight_byte[f] = inverse(bandwidth * c.weight_bandwidth) * chosen(c.weight_stream_cost[f], 1);
        roofs.weight_cache_use[f] = chosen(c.weight_cache_use[f], 1);
    }
    roofs.seconds_per_kv_byte = inverse(bandwidth * c.kv_bandwidth);
    for (std::size_t kernel = 0; kernel < activation_kernel_count; ++kernel) {
        roofs.seconds_per_activation_byte[kernel] =
            inverse(bandwidth * c.activation_bandwidth) * c.activation_kernel_cost[kernel];
    }
    roofs.seconds_per_attention_row = c.per_attention_row.value;
    roofs.seconds_per_attention_score = c.per_attention_score.value;
    roofs.kv_shares_caches = c.kv_shares_caches;

    // Products of few rows leave a GPU's tensor cores idle: they run on its ordinary cores, whose peak is the fp32 rate.
    const bool gpu = backend.kind == BackendKind::gpu;
    const double core_peak = peak_rate(backend, Arithmetic::fp32, threads).value;
    const auto class_row = [&](KernelClass kernel) -> auto& { return roofs.seconds_per_flop[std::size_t(kernel)]; };
    for (std::size_t f = 0; f < format_count; ++f) {
        const double peak = peak_rate(backend, arithmetic_for(Format(f), backend.kind), threads).value;
        const double few_rows_peak = gpu ? core_peak : peak;
        class_row(KernelClass::mat_vec)[f] = inverse(few_rows_peak * chosen(c.mat_vec_compute[f], c.other_mat_vec_compute));
        class_row(KernelClass::mat_mat)[f] = inverse(peak * chosen(c.mat_mat_compute[f], c.other_mat_mat_compute));
    }
    const double vector_peak = peak_rate(backend, Arithmetic::fp16, threads).value;
    class_row(KernelClass::attention_vec).fill(inverse((gpu ? core_peak : vector_peak) * c.attention_vec_compute));
    class_row(KernelClass::attention_mat).fill(inverse(vector_peak * c.attention_mat_compute));
    class_row(KernelClass::recurrent).fill(inverse(vector_peak * c.recurrent_compute));

    roofs.serial_share = c.serial_share;
    roofs.seconds_per_launch = c.per_operator.value;
    roofs.seconds_per_pass = c.per_pass.value;
    roofs.seconds_per_prompt = c.per_prompt.value;
    roofs.mat_vec_most_rows = c.mat_vec_most_rows;
    roofs.tile_rows = c.mat_mat_tile_rows;
    roofs.tile_columns = c.mat_mat_tile_columns;
    roofs.attention_vec_most_rows = c.attention_vec_most_rows > 0 ? c.attention_vec_most_rows : c.mat_vec_most_rows;
    roofs.attention_rows_share = c.attention_vec_most_rows == 0;
    roofs.head_size_cost = c.head_dim_cost;
    roofs.head_size_mat_cost = c.head_dim_mat_cost.empty() ? c.head_dim_cost : c.head_dim_mat_cost;
    roofs.kv_row_seconds = c.kv_row_seconds;
    roofs.head_group_cost = c.head_group_cost;
    roofs.cache_points = cache_points_of(backend, c, peak_bandwidth(device, backend).value);
    for (const Cache& cache : backend.caches) {
        roofs.cache_bytes = std::max(roofs.cache_bytes, cache.size.value);
    }
    return roofs;
}

double cache_factor(const Roofs& roofs, double working_set)
{
    const auto& points = roofs.cache_points;
    if (points.empty()) {
        return 1;
    }
    if (working_set >= points.back().working_set) {
        return points.back().relative_time;
    }
    const auto above = std::lower_bound(points.begin(), points.end(), working_set,
                                        [](const Roofs::CachePoint& p, double bytes) { return p.working_set < bytes; });
    if (above == points.begin()) {
        return above->relative_time;
    }
    const Roofs::CachePoint& low = *(above - 1);
    const double way = (working_set - low.working_set) / (above->working_set - low.working_set);
    return low.relative_time + way * (above->relative_time - low.relative_time);
}

double least_cache_factor(const Roofs& roofs, double working_set)
{
    double least = cache_factor(roofs, working_set);
    for (const Roofs::CachePoint& point : roofs.cache_points) {
        least = point.working_set >= working_set ? std::min(least, point.relative_time) : least;
    }
    return least;
}

double head_size_factor(const Roofs& roofs, KernelClass kernel, double head_size)
{
    return interpolated(kernel == KernelClass::attention_vec ? roofs.head_size_cost : roofs.head_size_mat_cost, head_size);
}

double kv_row_seconds(const Roofs& roofs, double head_size)
{
    return roofs.kv_row_seconds.empty() ? 0 : interpolated(roofs.kv_row_seconds, head_size);
}

double head_group_factor(const Roofs& roofs, double heads_per_kv_head)
{
    return interpolated(roofs.head_group_cost, heads_per_kv_head);
}

}  // namespace slimline
