#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <QElapsedTimer>
#include <QObject>
#include <QThreadPool>

#include "archspace/architecture.h"
#include "gui/viewmodel/validation_result.h"

namespace slimline {
struct Watcher;
}

namespace slimline::gui {

/// What to run, and where.
struct MeasuringQuestion {
    std::string target{};  // "ssh:user@host", "adb", ... (validation/transport/target.h); "": this machine
    std::string engine = "int4";
    std::vector<Architecture> archs{};
    std::string mix = "Q4_0";
    int threads = 1;
    double budget_s = 20;
};

/// Compares predictions with times: measured by others, or here and now. Works on copies in a thread of its own and tells
/// the window's thread; one job at a time.
class ValidationJob : public QObject {
    Q_OBJECT

 public:
    explicit ValidationJob(QObject* parent = nullptr);
    ~ValidationJob() override;

    bool running() const { return running_; }
    void survey();
    void measure(MeasuringQuestion question);
    void cancel();

 Q_SIGNALS:
    void started();
    /// A share between 0 and 1, and the seconds that are probably left (-1: unknown).
    void progressed(const QString& what, double share, double left_s);
    /// Also after cancel(): what there was by then.
    void finished(const slimline::gui::ValidationResult& result);
    void failed(const QString& message);

 private:
    template <class Work>
    void start(Work&& work);
    Watcher watcher(double budget_s);

    QThreadPool pool_;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    QElapsedTimer clock_;
    bool running_ = false;
};

}  // namespace slimline::gui

Q_DECLARE_METATYPE(slimline::gui::ValidationResult)
