#include "simulator/fine_tuning.h"

#include "archspace/tensors.h"
#include "simulator/closed_form.h"

namespace slimline {

namespace {

double adapter_parameters(const Architecture& arch, int rank)
{
    double parameters = 0;
    for (const Tensor& tensor : tensors(arch)) {
        if (tensor.layer >= 0 && info(tensor.role).quantised) {
            parameters += tensor.count * rank * (tensor.columns + tensor.rows);
        }
    }
    return parameters;
}

}  // namespace

FineTuningStep fine_tuning_step(const Architecture& arch, const Precision& precision, const Device& device,
                                BackendKind backend, const Workload& workload, Engine engine,
                                const Calibration& calibration, FineTuning kind, int lora_rank)
{
    const Roofs roofs = roofs_of(device, require_backend(device, backend), calibration, workload.threads);
    const PassRules rules = pass_rules(precision, workload, roofs);
    const LoweredModel model = lower_grouped(arch, precision.weights, engine, roofs.cache_bytes);

    // Every token's logits are wanted, and every layer's FFN runs for all tokens.
    const double tokens = double(workload.batch) * workload.prompt_tokens;
    PassSeries forward{{double(workload.batch), double(workload.prompt_tokens), 0, tokens, LastLayer::whole}, 1, 0};
    const Totals once = series_totals(arch, model, rules, roofs, 1, forward);
    const double passes = kind == FineTuning::lora ? 2 : 3;

    const double trained = kind == FineTuning::lora ? adapter_parameters(arch, lora_rank) : parameter_count(arch).total;
    constexpr double bytes_per_trained = 4 + 4 + 8;  // float32 value, gradient and Adam's two moments
    FineTuningStep step;
    step.time = Seconds{passes * once.seconds};
    step.flops = Flops{passes * once.flops};
    // One input of d_model numbers is kept for each layer and recomputed from (gradient checkpointing).
    step.memory = Bytes{(kind == FineTuning::lora ? weight_bytes(arch, precision.weights) : 0.0) + trained * bytes_per_trained +
                        tokens * arch.d_model * double(arch.layers.size()) * precision.activation_bytes};
    return step;
}

}  // namespace slimline
