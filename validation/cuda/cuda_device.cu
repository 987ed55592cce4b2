// The GPU behind device.h. Compiled by nvcc, on a Jetson by one whose host compiler knows C++17 only.

#include "validation/cuda/cuda_device.h"

#include <cuda_runtime.h>

#include <string>
#include <vector>

#include "base/errors.h"
#include "validation/cuda/cuda_language.cuh"
#include "validation/cuda/kernels.cuh"

namespace slimline::cuda {

namespace {

void check(cudaError_t error, const char* what)
{
    if (error != cudaSuccess) {
        throw InputError("GPU", std::string(what) + ": " + cudaGetErrorString(error));
    }
}

#define SLIMLINE_ENTRY(name, args, threads, body)                             \
    __global__ void __launch_bounds__(threads) name##_entry(const args given) \
    {                                                                         \
        body(given);                                                          \
    }
SLIMLINE_CUDA_KERNELS(SLIMLINE_ENTRY)
#undef SLIMLINE_ENTRY

const void* entry_of(Kernel kernel)
{
    static const void* const entries[] = {
#define SLIMLINE_ADDRESS(name, args, threads, body) reinterpret_cast<const void*>(&name##_entry),
        SLIMLINE_CUDA_KERNELS(SLIMLINE_ADDRESS)
#undef SLIMLINE_ADDRESS
    };
    return entries[int(kernel)];
}

class Gpu final : public Device {
 public:
    explicit Gpu(int number)
    {
        check(cudaSetDevice(number), "cannot be chosen");
        check(cudaGetDeviceProperties(&properties_, number), "cannot be asked what it is");
        check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "has no stream");
    }

    ~Gpu() override
    {
        cudaStreamSynchronize(stream_);
        for (cudaGraphExec_t recording : recordings_) {
            cudaGraphExecDestroy(recording);
        }
        cudaStreamDestroy(stream_);
    }

    Gpu(const Gpu&) = delete;
    Gpu& operator=(const Gpu&) = delete;

    std::string name() const override { return properties_.name; }
    int processors() const override { return properties_.multiProcessorCount; }

    std::size_t free_bytes() const override
    {
        std::size_t free = 0;
        std::size_t total = 0;
        check(cudaMemGetInfo(&free, &total), "cannot be asked for its memory");
        return free;
    }

    void* allocate(std::size_t bytes) override
    {
        void* memory = nullptr;
        check(cudaMalloc(&memory, bytes), "has not enough memory");
        return memory;
    }
    void release(void* memory) noexcept override
    {
        cudaStreamSynchronize(stream_);
        cudaFree(memory);
    }

    void copy_in(void* to, const void* from, std::size_t bytes) override
    {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "cannot be written to");
    }
    void copy_out(void* to, const void* from, std::size_t bytes) override
    {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "cannot be read from");
        wait();
    }

    void launch(Kernel kernel, Blocks blocks, const void* args) override
    {
        void* list[] = {const_cast<void*>(args)};
        const dim3 grid(unsigned(blocks.x), unsigned(blocks.y), unsigned(blocks.z));
        check(cudaLaunchKernel(entry_of(kernel), grid, dim3(unsigned(threads_of(kernel))), list, 0, stream_),
              "does not start a kernel");
    }
    void wait() override { check(cudaStreamSynchronize(stream_), "failed in a kernel"); }

    void begin_recording() override
    {
        check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "does not record a graph");
    }
    int end_recording() override
    {
        cudaGraph_t graph = nullptr;
        check(cudaStreamEndCapture(stream_, &graph), "did not record a graph");
        cudaGraphExec_t recording = nullptr;
        const cudaError_t error = cudaGraphInstantiateWithFlags(&recording, graph, 0);
        cudaGraphDestroy(graph);
        check(error, "cannot make a recorded graph ready");
        recordings_.push_back(recording);
        return int(recordings_.size()) - 1;
    }
    void replay(int recording) override
    {
        check(cudaGraphLaunch(recordings_[std::size_t(recording)], stream_), "does not start a graph");
    }

 private:
    cudaDeviceProp properties_{};
    cudaStream_t stream_ = nullptr;
    std::vector<cudaGraphExec_t> recordings_;
};

}  // namespace

int gpu_count()
{
    int count = 0;
    return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::unique_ptr<Device> open_gpu(int number)
{
    if (number < 0 || number >= gpu_count()) {
        throw InputError("GPU " + std::to_string(number),
                         "is not there, or its driver is older than the CUDA of this build");
    }
    return std::make_unique<Gpu>(number);
}

}  // namespace slimline::cuda
