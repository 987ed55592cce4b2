#pragma once

#include "archspace/architecture.h"
#include "simulator/prediction.h"

namespace slimline {

/// What llama.cpp's compute graph would need for activations, found as llama.cpp finds it: the graph of a full batch
/// (n_ubatch tokens at the end of a full context, logits of all rows) is laid out by a best-fit allocator that frees a
/// tensor after its last reader and lets elementwise operators write over their input (ggml-alloc). Holes count, so
/// the answer depends on the order of the graph's nodes. `offloaded`: the model runs on a GPU, which receives the
/// embedded tokens and the mask from the CPU.
double llama_compute_buffer_bytes(const Architecture& arch, const Workload& workload, bool offloaded);

/// Of that buffer on a CPU, what passes write to: they have a prompt's tokens and want the logits of one row of each
/// sequence, while memory is reserved for a full batch and those of all rows.
double llama_touched_buffer_bytes(const Architecture& arch, const Workload& workload);

}  // namespace slimline
