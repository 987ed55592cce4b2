#pragma once

#include <memory>
#include <span>

#include "validation/cuda/device.h"
#include "validation/engine/int4_engine.h"

namespace slimline::cuda {

/// Throws InputError for what the GPU's engine cannot run, naming it: more than Int4Engine refuses.
void require_runnable_on_gpu(const Architecture& arch, const std::vector<StoredTensor>& tensors, Format kv_cache);

/// Runs an architecture on a GPU's kernels as engine::Int4Engine does on the CPU's: same weights for a seed or a file, same
/// roundings, same cache. Steps of decode are recorded once for each number of sequences and replayed.
class GpuEngine {
 public:
    /// Throws InputError for what cannot be run or does not fit the GPU's free memory, before it takes any.
    GpuEngine(std::shared_ptr<Device> device, const Architecture& arch, const WeightMix& mix,
              const engine::EngineOptions& options);
    /// With the weights of a GGUF file.
    GpuEngine(std::shared_ptr<Device> device, const engine::GgufModel& model, const engine::EngineOptions& options);
    ~GpuEngine();
    GpuEngine(GpuEngine&&) noexcept;

    /// Reads a prompt after what the sequence holds, in chunks; the logits of its last token.
    std::span<const float> prefill(int sequence, std::span<const int> tokens);
    /// One token for each of the first sequences; their logits, one row after the other.
    std::span<const float> decode(std::span<const int> tokens);
    std::size_t logits_stride() const;
    /// The sequence is taken to hold `positions` tokens; keys and values that are not there yet are made up.
    void assume_past(int sequence, int positions);
    int past(int sequence) const;

    const Architecture& architecture() const;
    engine::EngineMemory memory() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace slimline::cuda
