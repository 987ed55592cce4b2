#pragma once

#include <memory>

#include "validation/cuda/device.h"

namespace slimline::cuda {

/// How many GPUs this machine has that the kernels run on; 0 also where there is no driver.
int gpu_count();

/// Throws InputError where there is none of that number.
std::unique_ptr<Device> open_gpu(int number = 0);

}  // namespace slimline::cuda
