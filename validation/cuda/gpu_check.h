#pragma once

#include <iosfwd>
#include <memory>

#include "validation/cuda/device.h"

namespace slimline::cuda {

/// The largest relative differences of logits (L2 over a prompt and some steps) from those of the CPU's scalar kernels.
struct LogitsCheck {
    double real = 0;       // of models in F16
    double quantised = 0;  // of those whose activations are rounded too

    bool as_asked() const;  // both within a hundredth
};

/// Small models of several kinds, each printed with what lies between two of the CPU's own kernels.
LogitsCheck check_logits(const std::shared_ptr<Device>& device, std::ostream& out);

/// What kernels reach of the GPU's copy bandwidth on matrices of about so many bytes; whether products of one token with
/// Q4_0 reach what is asked (85 %).
bool measure_kernels(Device& device, double bytes, std::ostream& out);

/// Tokens a second of whole models with random weights.
void measure_models(const std::shared_ptr<Device>& device, std::ostream& out);

}  // namespace slimline::cuda
