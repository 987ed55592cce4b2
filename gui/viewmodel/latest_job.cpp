#include "gui/viewmodel/latest_job.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace slimline::gui {

namespace {

/// Of this thread alone, as Linux has it; elsewhere all are alike.
void give_way()
{
#if defined(__linux__)
    constexpr int niceness = 10;  // six of these together leave the window most of one core
    setpriority(PRIO_PROCESS, id_t(gettid()), niceness);  // where it is refused, work goes on as it is
#endif
}

}  // namespace

LatestJob::LatestJob(Pace pace) : thread_([this, pace](const std::stop_token& end) { run(end, pace); }) {}

LatestJob::~LatestJob()
{
    cancel();
    thread_.request_stop();
}

void LatestJob::ask(Job job, std::chrono::milliseconds delay, bool interrupt)
{
    {
        const std::lock_guard lock(guard_);
        waiting_ = std::move(job);
        due_ = std::chrono::steady_clock::now() + delay;
        if (interrupt) {
            current_.request_stop();
        }
    }
    news_.notify_all();
}

void LatestJob::cancel()
{
    const std::lock_guard lock(guard_);
    waiting_ = nullptr;
    current_.request_stop();
}

bool LatestJob::busy() const
{
    const std::lock_guard lock(guard_);
    return running_ || waiting_ != nullptr;
}

void LatestJob::run(const std::stop_token& end, Pace pace)
{
    if (pace == Pace::idle) {
        give_way();
    }
    std::unique_lock lock(guard_);
    while (!end.stop_requested()) {
        if (!waiting_) {
            news_.wait(lock, end, [this] { return waiting_ != nullptr; });
            continue;
        }
        if (const auto due = due_; std::chrono::steady_clock::now() < due) {
            news_.wait_until(lock, end, due, [this, due] { return waiting_ == nullptr || due_ != due; });
            continue;
        }
        const Job job = std::move(waiting_);
        waiting_ = nullptr;
        current_ = std::stop_source();
        const std::stop_token stop = current_.get_token();
        running_ = true;
        lock.unlock();
        job(stop);
        lock.lock();
        running_ = false;
    }
}

}  // namespace slimline::gui
