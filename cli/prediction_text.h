#pragma once

#include <string>

#include "cli/console.h"
#include "explorer/deployment.h"
#include "explorer/scenario.h"

namespace slimline {

/// The answer first, then the memory, then where the time goes.
void write_prediction(Console& console, const Scenario& scenario, const Prediction& prediction);

/// Speculative decoding, weights in flash, a training step: what was asked for.
void write_deployment(Console& console, const DeploymentAnswer& answer);

/// "Qwen2-0.5B on NVIDIA Jetson Orin NX 16GB, gpu, llama.cpp, Q4_K_M"
std::string title_line(const Console& console, const Scenario& scenario);

/// "prompt 512, answer 128 tokens, context 768, batch 1, flash attention"
std::string workload_line(const Prediction& prediction);

/// "default--gpu--llama.cpp: leave one device out, median error 20 %": what was learnt, and how well it held.
std::string calibration_line(const Calibration& calibration);

/// "52.1 %"
std::string percent(double share);

}  // namespace slimline
