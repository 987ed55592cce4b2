#pragma once

#include <atomic>
#include <memory>

#include <QObject>
#include <QString>

#include "explorer/search.h"
#include "gui/viewmodel/latest_job.h"

namespace slimline::gui {

/// How far a search is.
struct SearchProgress {
    double share = 0;
    double seconds = 0;
    double seconds_left = 0;
    double candidates_per_second = 0;
    std::size_t front = 0;
};

/// Runs search() on a copy of a question, away from the window's thread; a cancelled one keeps the front it has.
class SearchJob : public QObject {
    Q_OBJECT

 public:
    explicit SearchJob(QObject* parent = nullptr) : QObject(parent) {}
    ~SearchJob() override { cancel(); }

    void start(SearchQuestion question);
    void cancel() { cancelled_ = true; }
    bool running() const { return running_; }
    const SearchProgress& progress() const { return progress_; }

 Q_SIGNALS:
    void started();
    void progressed();
    void finished(std::shared_ptr<const slimline::SearchResult> result);
    void failed(const QString& message);

 private:
    bool running_ = false;
    SearchProgress progress_;
    std::atomic<bool> cancelled_ = false;
    LatestJob worker_{LatestJob::Pace::idle};
};

}  // namespace slimline::gui
