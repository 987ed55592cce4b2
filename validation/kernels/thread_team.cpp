#include "validation/kernels/thread_team.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/errors.h"
#include "base/units.h"
#include "validation/kernels/core_speed.h"

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

/// The only number of a file; 0 where there is none.
double number_in(const std::string& file)
{
    std::ifstream in(file);
    double number = 0;
    return in >> number && number > 0 ? number : 0;
}

/// The fastest first: an even split waits for the slowest, and a phone's first cores are its small ones.
std::vector<int> fastest_first(const std::vector<int>& cores)
{
    std::vector<CoreSpeed> told;
    for (const int core : cores) {
        const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/";
        told.push_back({number_in(folder + "cpu_capacity"), number_in(folder + "cpufreq/cpuinfo_max_freq") * kilo});
    }
    const std::vector<double> speeds = comparable_speeds(told);
    std::vector<std::size_t> order(cores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!speeds.empty()) {
        std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return speeds[i]; });
    }
    std::vector<int> sorted(cores.size());
    std::ranges::transform(order, sorted.begin(), [&](std::size_t i) { return cores[i]; });
    return sorted;
}

/// As the first team found them: a caller that is pinned by one team may make another.
const std::vector<int>& cores_of_process()
{
    static const std::vector<int> cores = fastest_first(allowed_cores());
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
    start(enough ? std::vector<int>(cores.begin(), cores.begin() + threads) : std::vector<int>{});
}

ThreadTeam::ThreadTeam(const std::vector<int>& cores) : threads_(std::max(1, int(cores.size())))
{
    for (const int core : cores) {
        if (std::ranges::find(cores_of_process(), core) == cores_of_process().end()) {
            throw InputError("core " + std::to_string(core), "is none that this program may use");
        }
    }
    start(cores);
}

/// On no core in particular where none are named.
void ThreadTeam::start(const std::vector<int>& cores)
{
    if (!cores.empty() && stay_on({cores.front()})) {
        pinned_ = true;
        teams_that_pin_this_thread += 1;
    }
    for (int i = 1; i < threads_; ++i) {
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
