#include "emulated_device.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "base/errors.h"
#include "emulated_language.h"
// After the language that it is written in.
#include "validation/cuda/kernels.cuh"

namespace slimline::cuda {

namespace {

struct Entry {
    std::size_t bytes = 0;
    void (*run)(const void* args) = nullptr;
};

template <class Args, void (*body)(const Args&)>
Entry entry()
{
    return {sizeof(Args), [](const void* args) { body(*static_cast<const Args*>(args)); }};
}

#define SLIMLINE_ROW(name, args, threads, body) entry<args, body>(),
const Entry entries[] = {SLIMLINE_CUDA_KERNELS(SLIMLINE_ROW)};
#undef SLIMLINE_ROW

}  // namespace

EmulatedDevice::EmulatedDevice(Order order, std::size_t memory) : threads_(order), order_(order), memory_(memory) {}

EmulatedDevice::~EmulatedDevice()
{
    for (const auto& [memory, bytes] : buffers_) {
        std::free(memory);
    }
}

void* EmulatedDevice::allocate(std::size_t bytes)
{
    if (bytes > free_bytes()) {
        throw InputError("GPU", "has not enough memory");
    }
    constexpr std::size_t alignment = 256;  // as cudaMalloc's
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    std::memset(memory, 0xff, bytes);
    buffers_[memory] = bytes;
    held_ += bytes;
    return memory;
}

void EmulatedDevice::release(void* memory) noexcept
{
    const auto found = buffers_.find(memory);
    held_ -= found->second;
    buffers_.erase(found);
    std::free(memory);
}

void EmulatedDevice::copy_in(void* to, const void* from, std::size_t bytes)
{
    if (recording_) {
        throw std::logic_error("copies are not recorded");
    }
    std::memcpy(to, from, bytes);
}

void EmulatedDevice::copy_out(void* to, const void* from, std::size_t bytes)
{
    copy_in(to, from, bytes);
}

void EmulatedDevice::launch(Kernel kernel, Blocks blocks, const void* args)
{
    if (blocks.x < 1 || blocks.y < 1 || blocks.z < 1 || blocks.y > 65535 || blocks.z > 65535) {
        throw std::logic_error("a kernel has at least one block, and CUDA's most");
    }
    Call call{kernel, blocks};
    const std::size_t bytes = entries[int(kernel)].bytes;
    call.args.resize((bytes + 7) / 8);
    std::memcpy(call.args.data(), args, bytes);
    if (recording_) {
        recordings_.back().push_back(call);
    } else {
        run(call);
    }
}

void EmulatedDevice::run(const Call& call)
{
    ++launches_;
    const int threads = threads_of(call.kernel);
    blockDim = {unsigned(threads), 1, 1};
    gridDim = {unsigned(call.blocks.x), unsigned(call.blocks.y), unsigned(call.blocks.z)};
    const unsigned count = gridDim.x * gridDim.y * gridDim.z;
    const Entry& of = entries[int(call.kernel)];
    for (unsigned i = 0; i < count; ++i) {
        const unsigned block = order_ == Order::forward ? i : count - 1 - i;
        blockIdx = {block % gridDim.x, block / gridDim.x % gridDim.y, block / gridDim.x / gridDim.y};
        threads_.run(threads, [&] { of.run(call.args.data()); });
    }
}

void EmulatedDevice::begin_recording()
{
    recording_ = true;
    recordings_.emplace_back();
}

int EmulatedDevice::end_recording()
{
    recording_ = false;
    return int(recordings_.size()) - 1;
}

void EmulatedDevice::replay(int recording)
{
    ++replays_;
    for (const Call& call : recordings_[std::size_t(recording)]) {
        run(call);
    }
}

}  // namespace slimline::cuda
