#include "validation/kernels/thread_team.h"

#include <sched.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace slimline::kernels {

namespace {

void pause_briefly()
{
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Spins for some tens of microseconds, then lets others run: cores may be fewer than threads.
template <class Done>
void spin_until(Done&& done)
{
    for (int i = 0; !done(); ++i) {
        if (i < 2000) {
            pause_briefly();
        } else {
            std::this_thread::yield();
        }
    }
}

std::vector<int> allowed_cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cores;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int core = 0; core < CPU_SETSIZE; ++core) {
            if (CPU_ISSET(core, &set)) {
                cores.push_back(core);
            }
        }
    }
    return cores;
}

/// As the first team found them: a caller that is pinned by one team may make another.
const std::vector<int>& cores_of_process()
{
    static const std::vector<int> cores = allowed_cores();
    return cores;
}

thread_local int teams_that_pin_this_thread = 0;

bool stay_on(const std::vector<int>& cores)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) {
        CPU_SET(core, &set);
    }
    return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace

ThreadTeam::ThreadTeam(int threads, bool pin) : threads_(threads)
{
    const std::vector<int>& cores = cores_of_process();
    const bool enough = pin && int(cores.size()) >= threads;
    if (enough && stay_on({cores.front()})) {
        pinned_ = true;
        teams_that_pin_this_thread += 1;
    }
    for (int i = 1; i < threads; ++i) {
        others_.emplace_back([this, i, core = pinned_ ? cores[std::size_t(i)] : -1] { follow(i, core); });
    }
}

ThreadTeam::~ThreadTeam()
{
    stop_ = true;
    run_.fetch_add(1);
    run_.notify_all();
    others_.clear();
    if (pinned_ && --teams_that_pin_this_thread == 0) {
        stay_on(cores_of_process());
    }
}

void ThreadTeam::follow(int index, int core)
{
    stay_on(core >= 0 ? std::vector<int>{core} : cores_of_process());  // not the caller's core, which it inherits
    unsigned seen = 0;
    while (true) {
        for (int i = 0; i < 2000 && run_.load(std::memory_order_acquire) == seen; ++i) {
            pause_briefly();
        }
        run_.wait(seen);
        seen = run_.load(std::memory_order_acquire);
        if (stop_) {
            return;
        }
        (*work_)(index);
        barrier();
    }
}

void ThreadTeam::run(const std::function<void(int)>& work)
{
    if (threads_ == 1) {
        work(0);
        return;
    }
    work_ = &work;
    run_.fetch_add(1, std::memory_order_release);
    run_.notify_all();
    work(0);
    barrier();
}

void ThreadTeam::barrier()
{
    if (threads_ == 1) {
        return;
    }
    const unsigned before = passed_.load(std::memory_order_relaxed);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
        waiting_.store(0, std::memory_order_relaxed);
        passed_.store(before + 1, std::memory_order_release);
        return;
    }
    spin_until([&] { return passed_.load(std::memory_order_acquire) != before; });
}

}  // namespace slimline::kernels
