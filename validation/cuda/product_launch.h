#pragma once

#include "validation/cuda/device.h"

namespace slimline::cuda {

/// Runs a product by the kernel for its format and number of tokens. `lanes` is chosen here where it is 0.
void launch_product(Device& device, Product p);

/// The same for uses of experts: `active` by each of so many rows.
void launch_expert_product(Device& device, Product p, int rows, int experts, int active);

}  // namespace slimline::cuda
