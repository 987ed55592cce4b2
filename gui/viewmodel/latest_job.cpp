#include "gui/viewmodel/latest_job.h"

namespace slimline::gui {

LatestJob::LatestJob() : thread_([this](const std::stop_token& end) { run(end); }) {}

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

void LatestJob::run(const std::stop_token& end)
{
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
