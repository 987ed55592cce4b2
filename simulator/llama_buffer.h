#pragma once

#include "archspace/architecture.h"
#include "simulator/prediction.h"

namespace slimline {

/// Bytes of a compute buffer.
struct LlamaBuffer {
    double reserved = 0;
    double written = 0;  // by passes of a prompt's tokens that want the logits of one row of each sequence
};

/// What llama.cpp's compute graph would need for activations, found as llama.cpp finds it: the graph of a full batch
/// (n_ubatch tokens at the end of a full context, logits of all rows) is laid out by a best-fit allocator that frees a
/// tensor after its last reader and lets elementwise operators write over their input (ggml-alloc). Holes count, so
/// the answer depends on the order of the graph's nodes. `offloaded`: the model runs on a GPU, which receives the
/// embedded tokens and the mask from the CPU.
LlamaBuffer llama_buffer(const Architecture& arch, const Workload& workload, bool offloaded);

}  // namespace slimline
