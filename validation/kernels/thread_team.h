#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace slimline::kernels {

/// Threads that work on one thing together, the caller being the first; each on a core of its own where the system
/// allows it, the fastest cores first where it tells them apart. They meet at barriers that spin, because an operator lasts microseconds.
class ThreadTeam {
 public:
    explicit ThreadTeam(int threads, bool pin = true);
    /// One thread on each of these cores; throws InputError for one that this process may not use.
    explicit ThreadTeam(const std::vector<int>& cores);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    int size() const { return threads_; }
    bool pinned() const { return pinned_; }

    /// work(index) on every thread; returns when all are done. `work` must not throw.
    void run(const std::function<void(int)>& work);

    /// Inside run: nobody goes on before all have come here.
    void barrier();

 private:
    void start(const std::vector<int>& cores);
    void follow(int index, int core);

    int threads_ = 1;
    bool pinned_ = false;
    const std::function<void(int)>* work_ = nullptr;
    std::atomic<unsigned> run_{0};
    std::atomic<bool> stop_{false};
    alignas(64) std::atomic<int> waiting_{0};
    alignas(64) std::atomic<unsigned> passed_{0};
    std::vector<std::jthread> others_;
};

/// The share of `count` things that thread `index` of `threads` does: [begin, end).
struct Share {
    int begin = 0;
    int end = 0;
};
inline Share share_of(int count, int index, int threads)
{
    return {int(std::int64_t(count) * index / threads), int(std::int64_t(count) * (index + 1) / threads)};
}

}  // namespace slimline::kernels
