#include "gui/viewmodel/search_job.h"

namespace slimline::gui {

namespace {

SearchProgress progress_of(const SearchStatistics& s, std::size_t front)
{
    const double share = s.blocks > 0 ? s.blocks_done / s.blocks : 1;
    return {.share = share,
            .seconds = s.seconds,
            .seconds_left = share > 0 ? s.seconds * (1 - share) / share : 0,
            .candidates_per_second = s.seconds > 0 ? s.candidates * share / s.seconds : 0,
            .front = front};
}

}  // namespace

void SearchJob::start(SearchQuestion question)
{
    if (running_) {
        return;
    }
    running_ = true;
    cancelled_ = false;
    progress_ = {};
    Q_EMIT started();
    worker_.ask([this, question = std::move(question)](const std::stop_token&) {
        try {
            const auto tell = [this](const SearchStatistics& s, std::size_t front) {
                QMetaObject::invokeMethod(this, [this, now = progress_of(s, front)] {
                    progress_ = now;
                    Q_EMIT progressed();
                });
                return !cancelled_.load();
            };
            auto result = std::make_shared<const SearchResult>(search(question, {.progress = tell}));
            QMetaObject::invokeMethod(this, [this, result] {
                running_ = false;
                Q_EMIT finished(result);
            });
        } catch (const std::exception& error) {
            QMetaObject::invokeMethod(this, [this, message = QString::fromStdString(error.what())] {
                running_ = false;
                Q_EMIT failed(message);
            });
        }
    });
}

}  // namespace slimline::gui
