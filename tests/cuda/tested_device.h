#pragma once

#include <cstdlib>
#include <memory>

#include "emulated_device.h"
#include "validation/cuda/cuda_device.h"

namespace slimline::cuda {

/// What tests of results run on: the emulated device, or this machine's GPU where SLIMLINE_TEST_GPU is set. Those that ask
/// what was launched or held take the emulated one always.
inline std::shared_ptr<Device> tested_device()
{
    if (std::getenv("SLIMLINE_TEST_GPU") != nullptr) {
        return open_gpu();
    }
    return std::make_shared<EmulatedDevice>();
}

}  // namespace slimline::cuda
