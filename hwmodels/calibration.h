#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/weight_format.h"
#include "base/units.h"
#include "hwmodels/device.h"
#include "hwmodels/sustained_speed.h"

namespace slimline {

/// Kernels that move activations and do little arithmetic with them; each has a speed of its own.
enum class ActivationKernel : std::uint8_t { norm, residual, rotation, kv_write, activation, attention, other };
inline constexpr std::size_t activation_kernel_count = std::size_t(ActivationKernel::other) + 1;

/// A number that holds for a working set of this many bytes.
struct WorkingSetCost {
    double bytes = 0;
    double times = 1;
    bool operator==(const WorkingSetCost&) const = default;
};

/// How far predictions of one kind (decode, prefill) were from measurements, in log(measured / predicted).
struct Residuals {
    int count = 0;
    double median_error = 0;  // median of |measured / predicted - 1|
    double p90_error = 0;
    double log_low =
        0;  // 5 % quantile; a prediction's 90 % interval is [t * exp(log_low), t * exp(log_high)]
    double log_high = 0;  // 95 % quantile
    std::string basis{};  // "leave one out inside the device", "leave one device out", "assumed"
    bool operator==(const Residuals&) const = default;
};

/// A number that was learnt, with how well it is known.
struct LearntNumber {
    std::string name{};
    double value = 0;
    double relative_error = 0;          // standard deviation of its logarithm
    std::vector<double> correlation{};  // with each of the numbers
    bool operator==(const LearntNumber&) const = default;
};

/// How much typical times of equal cases differ from one half of a measurement to the other, whether rounds are dealt out in
/// turn or the first half is held against the second: nothing predicts better.
struct Repeatability {
    double median = 0;
    double p90 = 0;
    bool operator==(const Repeatability&) const = default;
};

/// A run that a calibration was learnt from, kept so that the machine can be asked whether it is still as fast.
struct AnchorRun {
    std::string architecture{};  // short form
    std::string mix{};           // id of a weight mix
    int prompt = 0;              // tokens; 0: tokens are generated
    int generated = 0;
    int past = 0;                // in the cache before them
    double seconds = 0;          // of the prompt or of one generated token, typical of all rounds
    bool operator==(const AnchorRun&) const = default;
};

/// Learnt numbers of one backend under one engine. All are shares of the datasheet's peaks or times, so that
/// they can be carried to a device whose peaks differ. Roofs (simulator/roofs.h) turn them into rates.
struct Calibration {
    std::string id{};
    std::string device{};  // id of the device it was learnt on; "": pooled over devices of this backend kind
    BackendKind backend = BackendKind::cpu;
    std::string interface {
    };                     // "cuda", "metal", "vulkan", ...; "": any
    std::string engine{};  // "llama.cpp", "int4", "datasheet", ...
    std::string engine_version{};
    int threads = 0;  // 0: all of the backend's

    double weight_bandwidth = 1;      // of the peak bandwidth, while mat-vec kernels stream weights
    double kv_bandwidth = 1;          // while attention reads keys and values
    double activation_bandwidth = 1;  // elementwise kernels and the activations of mat-mat kernels
    double thread_bandwidth =
        1;  // of the peak that one CPU thread can draw; n threads draw n times that, at most all

    std::array<double, format_count>
        mat_vec_compute{};  // of the peak of the format's arithmetic; 0: use `other`
    std::array<double, format_count> mat_mat_compute{};
    double other_mat_vec_compute = 1;  // for formats that nobody measured
    double other_mat_mat_compute = 1;
    double attention_vec_compute =
        1;  // of the fp16 peak (int8 peak on a CPU), scores and weighted sum of few rows
    double attention_mat_compute = 1;  // of many rows
    double recurrent_compute = 1;      // scans and short convolutions
    std::vector<std::pair<int, double>>
        head_dim_cost{};  // attention's time by head size, times this; interpolated; empty: 1

    /// The same for kernels of many rows, where they are others; empty: as head_dim_cost.
    std::vector<std::pair<int, double>> head_dim_mat_cost{};
    /// Seconds that a key and value of one KV head take more, in kernels of few rows, because those of other KV heads lie
    /// between them and the next position's; by head size, interpolated; empty: 0.
    std::vector<std::pair<int, double>> kv_row_seconds{};

    /// Attention of few rows (arithmetic, keys and values) by query heads a KV head, times this; interpolated; empty: 1.
    std::vector<std::pair<int, double>> head_group_cost{};
    std::array<double, format_count> weight_stream_cost{};  // a format's bytes take times this to stream; 0: 1
    /// A byte takes times this where a token's working set has this size, interpolated; empty: as the device's caches say.
    std::vector<WorkingSetCost> working_set_cost{};
    std::array<double, format_count> weight_cache_use{};  // a format's factor is that number to this power; 0: 1
    bool kv_shares_caches = false;  // the KV cache counts into the working set, and its bytes cost as weights do there
    std::array<double, activation_kernel_count> activation_kernel_cost = [] {
        std::array<double, activation_kernel_count> ones{};
        ones.fill(1);
        return ones;
    }();                        // activation bytes of such kernels take times this
    Seconds per_attention_row{};  // of a token and query head: what begins and ends its attention
    Seconds per_attention_score{};  // of each position that it attends to: its part of the softmax, and what a product costs however short

    double serial_share = 0;  // 0: memory and compute overlap fully (max); 1: they add up
    Seconds per_operator{};   // launch, barrier
    Seconds per_pass{};       // a pass of the model: sampling, graph, synchronisation; once a token in decode
    Seconds per_prompt{};     // once a prompt, on top
    int mat_mat_tile_rows = 1;     // tokens are rounded up to this many in mat-mat kernels
    int mat_mat_tile_columns = 1;  // and outputs to this many
    int mat_vec_most_rows = 8;     // products of up to this many rows run on the mat-vec kernels
    int attention_vec_most_rows = 0;  // so many tokens' attention on that of few rows; 0: as many as products

    Residuals decode{};
    Residuals prefill{};
    Repeatability repeatability{};
    std::vector<AnchorRun> anchors{};  // empty: it was learnt from what others published
    std::optional<SustainedSpeed> sustained{};  // of a long session; nothing: there was none
    std::vector<LearntNumber> learnt{};       // in units of their own, for people; empty: the fit did not say
    std::vector<std::string> measurements{};  // which it was learnt from: files or ids
    std::string note{};

    bool operator==(const Calibration&) const = default;
};

/// "norm", "residual", ...
std::string_view word(ActivationKernel kernel);

/// Every share 1 and every time 0: the roofline of the datasheet, with intervals wide enough to be honest.
Calibration datasheet_calibration(BackendKind backend);

}  // namespace slimline
