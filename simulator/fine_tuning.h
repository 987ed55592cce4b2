#pragma once

#include "simulator/prediction.h"

namespace slimline {

/// Which weights a fine-tuning step updates. LoRA needs gradients of activations only: about 4 FLOP a parameter and
/// token (2 forward, 2 backward); full fine-tuning needs those of weights too: 6.
enum class FineTuning : std::uint8_t { lora, full };

struct FineTuningStep {
    Seconds time;
    Flops flops;
    Bytes memory;  // weights, gradients and optimizer state of what is trained, activations kept for the way back
};

/// One step over `workload.batch` sequences of `workload.prompt_tokens` tokens. The backward pass of activations costs
/// what the forward pass costs, and so does that of weights. `lora_rank` adapters sit on every matrix of the stack.
FineTuningStep fine_tuning_step(const Architecture& arch, const Precision& precision, const Device& device,
                                BackendKind backend, const Workload& workload, Engine engine,
                                const Calibration& calibration, FineTuning kind, int lora_rank = 16);

}  // namespace slimline
