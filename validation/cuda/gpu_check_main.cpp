// slimline-gpu-check: whether the GPU's kernels compute what the CPU's do, and how fast they are.
//   --logits, --kernels, --models  only that. Ends with 1 when something is not as asked, with 77 when there is no GPU.

#include <exception>
#include <iostream>
#include <string_view>

#include "validation/cuda/cuda_device.h"
#include "validation/cuda/gpu_check.h"

int main(int count, char** words)
{
    using namespace slimline::cuda;
    const std::string_view only = count == 2 ? words[1] : "";
    if (count > 2 || !(only.empty() || only == "--logits" || only == "--kernels" || only == "--models")) {
        std::cerr << "usage: slimline-gpu-check [--logits|--kernels|--models]\n";
        return 2;
    }
    const auto asked = [&](std::string_view part) { return only.empty() || only == part; };
    try {
        if (gpu_count() == 0) {
            std::cout << "no GPU, or no CUDA in this build: nothing checked\n";
            return 77;
        }
        const std::shared_ptr<Device> device = open_gpu();
        std::cout << device->name() << ", " << device->processors() << " multiprocessors\n";
        bool good = true;
        if (asked("--logits")) {
            good &= check_logits(device, std::cout).as_asked();
        }
        if (asked("--kernels")) {
            constexpr double bytes = 256e6;
            good &= measure_kernels(*device, bytes, std::cout);
        }
        if (asked("--models")) {
            measure_models(device, std::cout);
        }
        std::cout << (good ? "all as asked\n" : "NOT as asked\n");
        return good ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
