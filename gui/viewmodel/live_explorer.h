#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <QObject>
#include <QString>

#include "gui/viewmodel/latest_job.h"
#include "gui/viewmodel/live_frame.h"

namespace slimline::gui {

/// They differ at most in their models: a search's picture is the same for both.
bool same_run(const Scenario& a, const Scenario& b);

/// Keeps the picture of a search up to date while a person moves things: asks the shown designs and the front again for
/// each device, drops requests that a newer one has overtaken, and prepares the lists of drags that may come. Results
/// arrive on the thread of this object, by changed().
class LiveExplorer : public QObject {
    Q_OBJECT

 public:
    explicit LiveExplorer(QObject* parent = nullptr, std::size_t most_shown = 100000);
    ~LiveExplorer() override;

    /// Makes the live space of a question; the frame stays what it was until it is there. Of a space too large for that
    /// a sample is shown, with `also` (what a search found).
    void set_question(SearchQuestion question, const Scenario& run, std::vector<UniformDesign> also = {});
    /// Other objectives and limits of the same space.
    void set_asked(std::vector<DesignMetric> objectives, std::vector<Limit> limits);
    void show(const Scenario& run);

    /// The newest picture; nothing before the first.
    const std::shared_ptr<const LiveFrame>& frame() const { return frame_; }
    bool making_space() const { return making_; }

    /// Waits until the picture will not change any more; with `drags`, also until lists for them are made.
    void settle(bool drags = false);

 Q_SIGNALS:
    void changed();
    void making_changed(bool making);
    void failed(const QString& message);

 private:
    struct Request {
        std::shared_ptr<const LiveSpace> space;
        std::shared_ptr<const DesignRows> cloud;
        Scenario run;
    };
    struct Known {
        Request request;
        LiveFrontAnswer answer;
    };
    void ask_frame();
    void compute(const Request& request);
    void refine(const Request& request, const std::stop_token& stop);
    void prepare(const Request& request, const std::stop_token& stop);
    std::shared_ptr<LiveFront> prepared_front(const Request& request);
    std::optional<LiveFrontAnswer> known_answer(const Request& request) const;
    void add_front(std::shared_ptr<LiveFront> front, const std::shared_ptr<const LiveSpace>& space);
    void take(LiveFrame frame);
    void take_space(std::shared_ptr<const LiveSpace> space, std::shared_ptr<const DesignRows> cloud);

    std::size_t most_shown_;
    std::shared_ptr<const LiveFrame> frame_;
    Request wanted_;
    bool making_ = false;
    std::size_t asked_ = 0;  // spaces; an older one that comes late is dropped

    mutable std::mutex fronts_guard_;
    std::vector<std::pair<std::shared_ptr<const LiveSpace>, std::shared_ptr<LiveFront>>> fronts_;  // last used last
    std::optional<Known> known_;
    // Of the frames' thread.
    Rows contenders_;
    std::unique_ptr<const LiveRun> last_run_;
    std::shared_ptr<const LiveSpace> last_space_;  // whose run it was

    LatestJob spaces_{LatestJob::Pace::idle};
    LatestJob refinements_{LatestJob::Pace::idle};
    LatestJob frames_;  // last, and so the first to end: it asks for refinements
};

}  // namespace slimline::gui
