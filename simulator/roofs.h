#pragma once

#include <array>
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
    double seconds_per_weight_byte = 0;
    double seconds_per_kv_byte = 0;
    double seconds_per_activation_byte = 0;
    double serial_share = 0;
    double seconds_per_launch = 0;
    double seconds_per_pass = 0;
    double seconds_per_prompt = 0;
    double mat_vec_most_rows = 8;
    double tile_rows = 1;
    double tile_columns = 1;
    double cache_bytes = 0;  // of the largest cache; a repeated block that fits finds its weights there

    /// Attention's time by head size, times this: interpolated, 1 where nothing was learnt.
    std::vector<std::pair<int, double>> head_size_cost;

    /// Weight traffic's time per byte relative to main memory, by working set: 1 beyond the largest point.
    struct CachePoint {
        double working_set;
        double relative_time;
    };
    std::vector<CachePoint> cache_points;
};

Roofs roofs_of(const Device& device, const Backend& backend, const Calibration& calibration, int threads);

/// Time factor of weight traffic when the weights of a pass are this many bytes: they stay in a cache that holds them.
double cache_factor(const Roofs& roofs, double weight_bytes);

double head_size_factor(const Roofs& roofs, double head_size);

/// Memory's and compute's share of an operator's time, once, in seconds.
struct OperatorSeconds {
    double memory = 0;
    double compute = 0;
    double launch = 0;
};

inline OperatorSeconds seconds_of(const OperatorCost& cost, const Roofs& roofs, double weight_factor)
{
    const double flops = cost.head_size > 0 ? cost.flops * head_size_factor(roofs, cost.head_size) : cost.flops * cost.padding;
    return {.memory = cost.weight_bytes * roofs.seconds_per_weight_byte * weight_factor +
                      cost.kv_bytes * roofs.seconds_per_kv_byte + cost.activation_bytes * roofs.seconds_per_activation_byte,
            .compute = flops * roofs.seconds_per_flop[std::size_t(cost.kernel)][std::size_t(cost.format)],
            .launch = cost.launches * roofs.seconds_per_launch};
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
