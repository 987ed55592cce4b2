#pragma once

#include <iosfwd>
#include <memory>

#include "validation/cuda/device.h"

namespace slimline::cuda {

/// Logits of small models on the GPU against the CPU's, a line each; whether all are as near as asked (a hundredth).
bool check_logits(const std::shared_ptr<Device>& device, std::ostream& out);

/// What kernels reach of the GPU's copy bandwidth on matrices of about so many bytes; whether products of one token with
/// Q4_0 reach what is asked (85 %).
bool measure_kernels(Device& device, double bytes, std::ostream& out);

/// Tokens a second of whole models with random weights.
void measure_models(const std::shared_ptr<Device>& device, std::ostream& out);

}  // namespace slimline::cuda
