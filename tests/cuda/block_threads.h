#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace slimline::cuda {

/// Coordinates as CUDA names them.
struct Place {
    unsigned x = 0;
    unsigned y = 0;
    unsigned z = 0;
};

/// In which order threads and blocks get their turns: results must not depend on it.
enum class Order { forward, backward, mixed };

/// The threads of one block as contexts of this one, that take turns at barriers and shuffles. Runs a block at a time.
class BlockThreads {
 public:
    explicit BlockThreads(Order order);
    ~BlockThreads();

    /// body() once in every thread. Throws std::logic_error when threads wait for each other without end.
    void run(int threads, const std::function<void()>& body);

    void block_barrier();
    void warp_barrier();
    /// Gives `bytes` (up to 16) of this thread and takes those of another of its warp.
    void exchange(const void* give, void* take, std::size_t bytes, int from_lane);
    /// Gives words of this thread; pointers to those of all 32 threads, until the next exchange but one.
    const unsigned (*share_words(const unsigned* give, int count))[8];

 private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Those of the block that runs now.
BlockThreads& current_threads();

}  // namespace slimline::cuda
