#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "validation/cuda/kernel_list.h"

namespace slimline::cuda {

/// How many blocks a kernel gets.
struct Blocks {
    int x = 1;
    int y = 1;
    int z = 1;
};

/// So many that each of `of_block` items has its place.
constexpr int blocks_for(int items, int of_block)
{
    return (items + of_block - 1) / of_block;
}

/// A GPU, or what stands in for it: memory, and kernels that run one after the other. What fails throws InputError.
class Device {
 public:
    virtual ~Device() = default;

    virtual std::string name() const = 0;
    virtual int processors() const = 0;
    virtual std::size_t free_bytes() const = 0;

    virtual void* allocate(std::size_t bytes) = 0;
    virtual void release(void* memory) noexcept = 0;
    virtual void copy_in(void* to, const void* from, std::size_t bytes) = 0;
    /// After all that was launched before.
    virtual void copy_out(void* to, const void* from, std::size_t bytes) = 0;

    virtual void launch(Kernel kernel, Blocks blocks, const void* args) = 0;
    virtual void wait() = 0;

    /// What is launched until end_recording() is not run but kept, to be replayed with the same arguments.
    virtual void begin_recording() = 0;
    virtual int end_recording() = 0;
    virtual void replay(int recording) = 0;
};

/// Memory of a device that is given back with its holder.
class Buffer {
 public:
    Buffer() = default;
    Buffer(Device& device, std::size_t bytes)
        : memory_(device.allocate(bytes == 0 ? 1 : bytes), [&device](void* memory) { device.release(memory); }),
          bytes_(bytes)
    {
    }

    template <class T>
    T* as() const
    {
        return static_cast<T*>(memory_.get());
    }
    std::size_t bytes() const { return bytes_; }

 private:
    std::shared_ptr<void> memory_;
    std::size_t bytes_ = 0;
};

}  // namespace slimline::cuda
