#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "validation/engine/stage.h"
#include "validation/kernels/kernel_table.h"

namespace slimline::engine {

struct EngineOptions {
    int threads = 1;
    int sequences = 1;   // the most that decode() advances together
    int context = 512;   // positions a sequence may have
    int chunk = 512;     // tokens that go through the layers together
    Format kv_cache = Format::f16;
    std::uint64_t seed = 1;
    const kernels::KernelTable* kernels = nullptr;  // null: the fastest of this machine
};

struct GgufModel;

/// One token of a pass.
struct PassRow {
    int token = 0;
    int sequence = 0;
    int position = 0;
    bool output = false;  // its logits are wanted
};

/// What the engine holds, in bytes.
struct EngineMemory {
    double weights = 0;
    double kv_cache = 0;
    double compute = 0;
};

/// Runs an architecture on real kernels, with weights of a GGUF file or random ones. With random ones RoPE turns pairs half a head apart with base 10000, norms add
/// 1e-5 and token vectors are not scaled: none of which changes the speed.
class Int4Engine {
 public:
    /// Throws InputError for what the engine cannot run, naming it.
    Int4Engine(Architecture arch, const WeightMix& mix, const EngineOptions& options);
    /// With the weights of a GGUF file, computing as llama.cpp does with it.
    Int4Engine(const GgufModel& model, const EngineOptions& options);
    /// With the weights of another, which both then hold.
    Int4Engine(const Int4Engine& other, const EngineOptions& options);
    ~Int4Engine();
    Int4Engine(Int4Engine&&) noexcept;

    /// Reads a prompt after what the sequence holds, in chunks; the logits of its last token.
    std::span<const float> prefill(int sequence, std::span<const int> tokens);
    /// One token for each of the first sequences; their logits, logits_stride() numbers apart.
    std::span<const float> decode(std::span<const int> tokens);
    std::size_t logits_stride() const;
    /// The sequence is taken to hold `positions` tokens; keys and values that are not there yet are made up.
    void assume_past(int sequence, int positions);
    int past(int sequence) const;

    const Architecture& architecture() const;
    EngineMemory memory() const;
    /// Of all passes since the last call of reset_times().
    const StageTimes& times() const;
    void reset_times();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Throws InputError where the engine cannot run the architecture with such a cache, naming what is in the way.
void require_runnable(const Architecture& arch, Format kv_cache);

}  // namespace slimline::engine
