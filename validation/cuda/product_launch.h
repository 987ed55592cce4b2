#pragma once

#include "validation/cuda/device.h"

namespace slimline::cuda {

/// Runs a product by the kernel for its format and number of tokens. `lanes` is chosen here where it is 0.
void launch_product(Device& device, Product p);

}  // namespace slimline::cuda
