#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "archspace/weight_format.h"
#include "base/units.h"
#include "hwmodels/device.h"

namespace slimline {

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

    double serial_share = 0;  // 0: memory and compute overlap fully (max); 1: they add up
    Seconds per_operator{};   // launch, barrier
    Seconds per_pass{};       // a pass of the model: sampling, graph, synchronisation; once a token in decode
    Seconds per_prompt{};     // once a prompt, on top
    int mat_mat_tile_rows = 1;     // tokens are rounded up to this many in mat-mat kernels
    int mat_mat_tile_columns = 1;  // and outputs to this many
    int mat_vec_most_rows = 8;     // products of up to this many rows run on the mat-vec kernels

    Residuals decode{};
    Residuals prefill{};
    std::vector<std::string> measurements{};  // which it was learnt from: files or ids
    std::string note{};

    bool operator==(const Calibration&) const = default;
};

/// Every share 1 and every time 0: the roofline of the datasheet, with intervals wide enough to be honest.
Calibration datasheet_calibration(BackendKind backend);

}  // namespace slimline
