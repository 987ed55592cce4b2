#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "archspace/weight_format.h"
#include "hwmodels/calibration.h"
#include "hwmodels/device.h"
#include "simulator/operators.h"

namespace slimline {

/// What one backend does per FLOP and per byte under a calibration: the roofline with its constants multiplied out, so
/// that timing an operator is a table look-up, two products and a maximum.
struct Roofs {
    std::array<std::array<double, format_count>, kernel_class_count> seconds_per_flop{};  // by kernel class, then weight format
    std::array<double, format_count> seconds_per_weight_byte{};
    std::array<double, format_count> weight_cache_use{};  // power of the cache's factor
    double seconds_per_kv_byte = 0;
    std::array<double, activation_kernel_count> seconds_per_activation_byte{};
    double seconds_per_attention_row = 0;
    double seconds_per_attention_score = 0;
    bool kv_shares_caches = false;
    double serial_share = 0;
    double seconds_per_launch = 0;
    double seconds_per_pass = 0;
    double seconds_per_prompt = 0;
    double mat_vec_most_rows = 8;
    double attention_vec_most_rows = 8;
    bool attention_rows_share = true;  // no own number of rows was learnt for attention: its kernels meet as those of products do
    double tile_rows = 1;
    double tile_columns = 1;
    double cache_bytes = 0;  // of the largest cache; a repeated block that fits finds its weights there

    /// Attention's time by head size, times this: interpolated, 1 where nothing was learnt; that of many rows may have its own.
    std::vector<std::pair<int, double>> head_size_cost;
    std::vector<std::pair<int, double>> head_size_mat_cost;
    /// Seconds for a key and value among those of other KV heads, by head size; kernels of few rows.
    std::vector<std::pair<int, double>> kv_row_seconds;

    /// The same by query heads a KV head, for kernels of few rows.
    std::vector<std::pair<int, double>> head_group_cost;

    /// Time per byte of weights (and of the KV cache, where it shares the caches) relative to main memory, by the working
    /// set of a token: the last point's beyond it.
    struct CachePoint {
        double working_set;
        double relative_time;
    };
    std::vector<CachePoint> cache_points;
};

Roofs roofs_of(const Device& device, const Backend& backend, const Calibration& calibration, int threads);

/// Time factor of weight traffic when what a token streams is this many bytes: it stays in a cache that holds it.
double cache_factor(const Roofs& roofs, double working_set);

/// The least factor of this working set and all larger ones.
double least_cache_factor(const Roofs& roofs, double working_set);

double head_size_factor(const Roofs& roofs, KernelClass kernel, double head_size);
double kv_row_seconds(const Roofs& roofs, double head_size);
double head_group_factor(const Roofs& roofs, double heads_per_kv_head);

/// The same for one format's bytes.
inline double weight_factor_of(const Roofs& roofs, Format format, double cache_factor)
{
    const double use = roofs.weight_cache_use[std::size_t(format)];
    return use == 1 || cache_factor == 1 ? cache_factor : std::pow(cache_factor, use);
}

/// Memory's and compute's share of an operator's time, once, in seconds.
struct OperatorSeconds {
    double memory = 0;
    double compute = 0;
    double launch = 0;
};

/// Seconds a FLOP of a product whose matrices meet `rows` rows each: `one_row` on kernels of few rows, `many_rows` on those of
/// many. Few rows that share what is unpacked cost no more than on the kernels of many, and no product less than one row does.
inline double product_flop_seconds(double rows, bool few, double one_row, double many_rows)
{
    const double shared = std::max(one_row / rows, many_rows);
    return few ? std::min(one_row, shared) : shared;
}

inline double flop_seconds(const OperatorCost& cost, const Roofs& roofs)
{
    const auto of = [&](KernelClass kernel) { return roofs.seconds_per_flop[std::size_t(kernel)][std::size_t(cost.format)]; };
    const auto attention = [&](KernelClass kernel) {
        const double group = kernel == KernelClass::attention_vec ? head_group_factor(roofs, cost.head_group) : 1;
        return group * of(kernel) * (cost.head_size > 0 ? head_size_factor(roofs, kernel, cost.head_size) : 1);
    };
    switch (cost.kernel) {
        case KernelClass::mat_vec:
        case KernelClass::mat_mat:
            return product_flop_seconds(cost.rows, cost.kernel == KernelClass::mat_vec, of(KernelClass::mat_vec),
                                        of(KernelClass::mat_mat) * cost.padding);
        case KernelClass::attention_vec:
        case KernelClass::attention_mat:
            return roofs.attention_rows_share
                       ? product_flop_seconds(cost.rows, cost.kernel == KernelClass::attention_vec,
                                              attention(KernelClass::attention_vec), attention(KernelClass::attention_mat))
                       : attention(cost.kernel);
        default: return of(cost.kernel);
    }
}

inline OperatorSeconds seconds_of(const OperatorCost& cost, const Roofs& roofs, double weight_factor)
{
    double kv_factor = roofs.kv_shares_caches ? weight_factor : 1;
    if (cost.kernel == KernelClass::attention_vec) {
        kv_factor *= head_group_factor(roofs, cost.head_group);
    }
    const double between_s = cost.kv_rows > 0 ? cost.kv_rows * kv_row_seconds(roofs, cost.head_size) : 0;
    return {.memory = cost.weight_bytes * roofs.seconds_per_weight_byte[std::size_t(cost.format)] *
                          weight_factor_of(roofs, cost.format, weight_factor) +
                      cost.kv_bytes * roofs.seconds_per_kv_byte * kv_factor +
                      cost.activation_bytes * roofs.seconds_per_activation_byte[std::size_t(activation_kernel(cost.kind))] + between_s,
            .compute = cost.flops * flop_seconds(cost, roofs) +
                       cost.attention_scores * roofs.seconds_per_attention_score,
            .launch = cost.launches * roofs.seconds_per_launch + cost.attention_rows * roofs.seconds_per_attention_row};
}

/// The longer of the two where they overlap, plus the share of the shorter that does not.
inline double overlapped(double memory, double compute, double serial_share)
{
    return std::max(memory, compute) + serial_share * std::min(memory, compute);
}

inline double time_on(const OperatorSeconds& seconds, const Roofs& roofs)
{
    return overlapped(seconds.memory, seconds.compute, roofs.serial_share) + seconds.launch;
}

/// Which arithmetic a backend uses for a weight format: CPUs and GPUs meet quantised weights with 8-bit activations
/// (llama.cpp's q8 dot products and MMQ kernels); NPUs run 4-bit weights in 16-bit float.
Arithmetic arithmetic_for(Format format, BackendKind backend);

}  // namespace slimline
