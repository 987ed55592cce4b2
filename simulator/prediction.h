#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "base/units.h"
#include "hwmodels/calibration.h"
#include "hwmodels/device.h"

namespace slimline {

/// Weights, KV cache and activations each have their own format.
struct Precision {
    WeightMix weights{};
    Format kv_cache = Format::f16;
    double activation_bytes = 4;  // llama.cpp keeps activations in float32
    bool operator==(const Precision&) const = default;
};

/// What an engine does that changes cost and memory.
enum class Engine : std::uint8_t { llama_cpp, int4, datasheet };

/// One prompt and its answer, `batch` of them side by side.
struct Workload {
    int batch = 1;
    int prompt_tokens = 512;
    int generated_tokens = 128;
    int context = 0;    // positions the KV cache is allocated for; 0: prompt + generated, rounded up to 256
    int threads = 0;    // CPU threads; 0: all cores
    int ubatch = 512;   // prompt tokens processed in one pass
    bool flash_attention = true;
    bool operator==(const Workload&) const = default;
};

/// Kernels that share a sustained speed: few rows (mat_vec, attention_vec) and many are different programs.
enum class KernelClass : std::uint8_t { mat_vec, mat_mat, attention_vec, attention_mat, elementwise, gather, recurrent };
inline constexpr std::size_t kernel_class_count = 7;
enum class Bound : std::uint8_t { memory, compute, overhead };

/// One operator of a pass, all its repeats together.
struct OperatorTime {
    std::string name{};        // "attn_q", "attention", "ffn_down", "head"
    KernelClass kernel{};
    std::string layer_kind{};  // name of the block, "" outside the stack
    double repeats = 1;      // times it runs in the pass
    Flops flops{};
    Bytes weight_bytes{};
    Bytes kv_bytes{};
    Bytes activation_bytes{};
    Seconds time{};
    Seconds memory_time{};     // what memory traffic, arithmetic and launches would take by themselves
    Seconds compute_time{};
    Seconds launch_time{};
    Bound bound{};
    double share = 0;        // of the pass

    Bytes bytes() const { return weight_bytes + kv_bytes + activation_bytes; }
};

/// A pass over the model: the whole prompt, or one generated token (the mean over those generated).
struct Pass {
    std::vector<OperatorTime> operators{};
    Seconds fixed{};  // per-pass and per-prompt times that belong to no operator
    Seconds time{};
    Flops flops{};
    Bytes bytes{};
};

struct MemoryPlan {
    Bytes weights{};         // the file's tensors
    Bytes kv_cache{};        // and recurrent state
    Bytes compute_buffer{};  // activations, at their peak
    Bytes host{};            // on the CPU's side of a GPU: second embedding table, inputs, a row of logits
    Bytes repacked{};        // of the weights, held a second time in another layout; not in total()
    Bytes peak_resident{};   // of the process, with what it holds twice and without what it never touches; 0: not worked out
    Bytes total() const { return weights + kv_cache + compute_buffer + host; }
};

struct Interval {
    Seconds low{};
    Seconds high{};
};

/// The answer. Everything in it follows from the inputs that it repeats.
struct Prediction {
    std::string architecture{};
    std::string device{};
    BackendKind backend{};
    Engine engine{};
    Precision precision{};
    Workload workload{};   // with defaults filled in
    Calibration calibration{};

    ParameterCount parameters{};
    Pass prefill{};
    Pass decode{};
    Seconds ttft{};
    Seconds tpot{};
    Interval ttft_90{};
    Interval tpot_90{};
    Joules energy_per_token{};  // generated token, the prompt's energy not included
    Joules prefill_energy{};
    MemoryPlan memory{};
    Bytes memory_available{};
    bool fits = false;
    std::vector<std::string> notes{};  // what a reader should know: unverified numbers, extrapolation, fallbacks

    /// The prompt's pass gives the first token, each further one takes a step.
    Seconds total() const
    {
        const int steps = workload.prompt_tokens > 0 ? workload.generated_tokens - 1 : workload.generated_tokens;
        return ttft + tpot * double(steps > 0 ? steps : 0);
    }
    double prefill_tokens_per_second() const { return workload.batch * workload.prompt_tokens / ttft.value; }
    double decode_tokens_per_second() const { return workload.batch / tpot.value; }
};

}  // namespace slimline
