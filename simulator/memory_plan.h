#pragma once

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "hwmodels/device.h"
#include "simulator/prediction.h"

namespace slimline {

/// Bytes of keys and values for `positions` of every sequence (a sliding window keeps its own length where the engine
/// does so), and of recurrent states and convolution taps in float32.
double kv_cache_bytes(const Architecture& arch, Format kv_format, double sequences, double positions, bool windows_bounded);

/// What one more position adds to the cache, in bytes.
double kv_bytes_per_token(const Architecture& arch, Format kv_format);

/// Memory by part as llama.cpp allocates it on a backend: weights, KV cache, compute buffer, and on a GPU the CPU's
/// side (a second embedding table for tied models, mask, embedded inputs and one row of logits). On a CPU with flash
/// attention (release 0.5.0) also what it holds again in a layout for the CPU's instruction sets (CPU_REPACK), and the
/// process's peak resident set: docs/model.md, section 6.
MemoryPlan llama_memory_plan(const Architecture& arch, const Precision& precision, const Workload& workload,
                             const Backend& backend);

/// Memory of our engine: the tensors of a file, every position of a layer with a window too, and buffers as it lays them out
/// (of what it cannot run: their liveness peak); or (datasheet) of one that keeps nothing it does not need, with one token
/// table and activations at their liveness peak.
MemoryPlan minimal_memory_plan(const Architecture& arch, const Precision& precision, const Workload& workload,
                               Engine engine, double activation_peak_bytes);

}  // namespace slimline
