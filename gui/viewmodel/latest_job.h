#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace slimline::gui {

/// A thread that does the latest of what it is asked: a job that waits is forgotten when the next one comes, and one that
/// runs is told to stop. Costs nothing while there is nothing to do.
class LatestJob {
 public:
    using Job = std::function<void(const std::stop_token& stop)>;

    /// What nobody waits for runs where the rest leaves a processor idle.
    enum class Pace { prompt, idle };

    explicit LatestJob(Pace pace = Pace::prompt);
    ~LatestJob();
    LatestJob(const LatestJob&) = delete;
    LatestJob& operator=(const LatestJob&) = delete;

    /// Begins after `delay`, unless another is asked for before. `interrupt` tells a running one to stop.
    void ask(Job job, std::chrono::milliseconds delay = {}, bool interrupt = true);
    /// Forgets what waits and stops what runs.
    void cancel();
    bool busy() const;

 private:
    void run(const std::stop_token& end, Pace pace);

    mutable std::mutex guard_;
    std::condition_variable_any news_;
    Job waiting_;
    std::chrono::steady_clock::time_point due_;
    std::stop_source current_;
    bool running_ = false;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace slimline::gui
