// What stands for cuda_device.cu in a build without nvcc.

#include "base/errors.h"
#include "validation/cuda/cuda_device.h"

namespace slimline::cuda {

int gpu_count()
{
    return 0;
}

std::unique_ptr<Device> open_gpu(int)
{
    throw InputError("GPU", "this program was built without CUDA",
                     "build it where nvcc is; on a Jetson: scripts/build-on-jetson.sh user@host");
}

}  // namespace slimline::cuda
