#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "block_threads.h"
#include "validation/cuda/device.h"

namespace slimline::cuda {

/// Runs the kernels on this processor, thread by thread. Its memory is the heap, each buffer by itself and filled with what
/// is no number, so that sanitizers and results tell of reads and writes that are wrong.
class EmulatedDevice final : public Device {
 public:
    explicit EmulatedDevice(Order order = Order::forward, std::size_t memory = std::size_t(1) << 30);
    ~EmulatedDevice() override;

    std::string name() const override { return "emulated"; }
    int processors() const override { return 2; }
    std::size_t free_bytes() const override { return memory_ - held_; }
    void* allocate(std::size_t bytes) override;
    void release(void* memory) noexcept override;
    void copy_in(void* to, const void* from, std::size_t bytes) override;
    void copy_out(void* to, const void* from, std::size_t bytes) override;
    void launch(Kernel kernel, Blocks blocks, const void* args) override;
    void wait() override {}
    void begin_recording() override;
    int end_recording() override;
    void replay(int recording) override;

    std::size_t held_bytes() const { return held_; }
    int launches() const { return launches_; }
    int replays() const { return replays_; }

 private:
    struct Call {
        Kernel kernel{};
        Blocks blocks{};
        std::vector<std::uint64_t> args{};
    };
    void run(const Call& call);

    BlockThreads threads_;
    Order order_;
    std::size_t memory_;
    std::size_t held_ = 0;
    std::map<void*, std::size_t> buffers_{};
    bool recording_ = false;
    std::vector<std::vector<Call>> recordings_{};
    int launches_ = 0;
    int replays_ = 0;
};

}  // namespace slimline::cuda
