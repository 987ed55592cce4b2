#pragma once

#include "hwmodels/calibration.h"
#include "hwmodels/device.h"

namespace slimline {

/// A device for mental arithmetic: 100 GB/s, 1 TFLOP/s fp16 and 2 TOP/s int8 on the GPU; the CPU has four
/// cores of 1 GHz with 32 int8 MACs a cycle (64 GOP/s each, 256 GOP/s together). 8 GiB of memory, 1 GB/s of
/// flash.
inline Device toy_device()
{
    Backend gpu{.kind = BackendKind::gpu, .name = "toy GPU"};
    gpu.peak[std::size_t(Arithmetic::fp16)] = {1e12};
    gpu.peak[std::size_t(Arithmetic::int8)] = {2e12};
    gpu.power = {10};
    Backend cpu{.kind = BackendKind::cpu, .name = "toy CPU"};
    cpu.clusters = {{.name = "toy core", .cores = 4, .clock_hz = 1e9, .int8_macs_per_cycle = 32}};
    cpu.power = {5};
    return {.id = "toy",
            .name = "Toy device",
            .soc = "toy",
            .device_class = "custom",
            .memory = {.kind = "LPDDR5", .capacity = {8 * GiB}, .bandwidth = {100e9}, .energy = {50e-12}},
            .flash_bandwidth = {1e9},
            .backends = {gpu, cpu},
            .process_nm = 7,
            .idle_power = {1},
            .sources = {{.origin = "unverified", .title = "round numbers for tests", .reference = ""}}};
}

/// Half the bandwidth for weights, a quarter for keys and values, all of it for activations; half of the
/// compute peak everywhere; perfect overlap; no fixed times.
inline Calibration toy_calibration(BackendKind backend = BackendKind::gpu)
{
    Calibration c;
    c.id = "toy";
    c.device = "toy";
    c.backend = backend;
    c.engine = "llama.cpp";
    c.weight_bandwidth = 0.5;
    c.kv_bandwidth = 0.25;
    c.activation_bandwidth = 1;
    c.other_mat_vec_compute = 0.5;
    c.other_mat_mat_compute = 0.5;
    c.attention_vec_compute = 0.5;
    c.attention_mat_compute = 0.5;
    c.recurrent_compute = 0.5;
    c.decode = {
        .count = 10, .median_error = 0.1, .p90_error = 0.2, .log_low = -0.2, .log_high = 0.2, .basis = "assumed"};
    c.prefill = c.decode;
    return c;
}

}  // namespace slimline
