#include "gui/viewmodel/validation_job.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"
#include "hwmodels/calibration_choice.h"
#include "validation/accuracy.h"
#include "validation/survey.h"
#include "validation/transport/measuring_place.h"

namespace slimline::gui {

namespace {

constexpr double worth_telling = 0.1;  // of a machine that has become slower or faster

double median(std::vector<double> values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

void sort_rows(ValidationResult& result)
{
    std::ranges::stable_sort(result.rows, std::greater<>{}, &ErrorRow::median_error);
}

ValidationResult result_of(const std::vector<SurveyedTime>& times)
{
    ValidationResult result{.title = fmt::format("{} published measurements", times.size())};
    std::map<std::string, std::vector<double>> errors;
    std::vector<double> all;
    for (const SurveyedTime& each : times) {
        const bool decode = each.phase == Phase::decode;
        result.times.push_back({fmt::format("{} on {}, {}, {}", each.architecture, each.device, each.engine, decode ? "a token" : "first token"),
                                decode, each.predicted_s, each.measured_s});
        errors[each.device + (decode ? ", a token" : ", first token")].push_back(each.relative_error());
        all.push_back(each.relative_error());
    }
    for (const auto& [name, of_device] : errors) {
        result.rows.push_back({name, int(of_device.size()), median(of_device)});
    }
    sort_rows(result);
    result.note = all.empty() ? "" : fmt::format("median error {:.1f} %; calibrations were fitted to these times, docs/validation.md has those that fits did not see", 100 * median(all));
    return result;
}

ValidationResult result_of(const AccuracyReport& report)
{
    ValidationResult result{.title = fmt::format("{} cases on {}, {} {}", report.cases.size(), report.device == "local" ? "this machine" : report.device, report.engine, report.version)};
    std::vector<double> all;
    for (const JudgedCase& each : report.cases) {
        const TestCase& test = each.predicted.test;
        const bool decode = test.phase == Phase::decode;
        result.times.push_back({fmt::format("{}, {} tokens after {}, {}", report.plan[each.predicted.model].model.arch.id, test.tokens, test.past,
                                            decode ? "a token" : "first token"),
                                decode, each.predicted.seconds, each.seconds});
        all.push_back(std::abs(each.predicted.seconds / each.seconds - 1));
    }
    for (const StageAccuracy& stage : accuracy_by_stage(report)) {
        result.rows.push_back({stage.phase + ", " + stage.stage, int(report.cases.size()), stage.median_error});
    }
    sort_rows(result);
    result.note = all.empty() ? "nothing was measured" : fmt::format("median error {:.1f} %; bars are shares of the whole time", 100 * median(all));
    for (const auto& [threads, drift] : report.drift) {
        if (std::max(std::abs(drift.decode - 1), std::abs(drift.prefill - 1)) > worth_telling) {
            result.note += "; " + drift_text(threads, drift);
        }
    }
    for (const std::string& failure : report.failures) {
        result.note += "; " + failure;
    }
    return result;
}

MeasuringPlace place_of(const MeasuringQuestion& question, const Watcher& watcher)
{
    return question.target.empty() ? place_here(question.engine)
                                   : place_on_target(question.engine, {.target = target_named(question.target), .cancelled = watcher.cancelled});
}

ValidationResult measured(const MeasuringQuestion& question, const Watcher& watcher)
{
    const MeasuringPlace place = place_of(question, watcher);
    const Bed bed = place.bed(watcher);
    AccuracyOptions options{.mix = question.mix, .threads = {question.threads}, .budget_s = question.budget_s, .least_rounds = 2};
    options.most_bytes = 0.4 * bed.device.memory.capacity.value;
    Calibration calibration = best_calibration(bed.device, bed.backend, bed.engine_name, question.threads);
    calibration.threads = question.threads;
    return result_of(validate_engine(*place.engine, bed, question.archs, {calibration}, options, watcher, [](const std::vector<PredictedCase>&) {}));
}

}  // namespace

ValidationJob::ValidationJob(QObject* parent) : QObject(parent), cancelled_(std::make_shared<std::atomic<bool>>(false))
{
    qRegisterMetaType<ValidationResult>();
    pool_.setMaxThreadCount(1);
}

ValidationJob::~ValidationJob()
{
    cancel();
    pool_.waitForDone();
}

void ValidationJob::cancel()
{
    *cancelled_ = true;
}

/// Ends early where asked to; tells the window at most ten times a second.
Watcher ValidationJob::watcher(double budget_s)
{
    const auto flag = cancelled_;
    auto last = std::make_shared<qint64>(-1000);
    return {.progress =
                [this, budget_s, last](const std::string& what, double done) {
                    const qint64 now = clock_.elapsed();
                    if (now - *last < 100) {
                        return;
                    }
                    *last = now;
                    const double spent = double(now) / 1000;
                    const double share = budget_s > 0 ? std::min(1.0, spent / budget_s) : done;
                    const double left = share > 0.02 ? spent * (1 - share) / share : -1;
                    Q_EMIT progressed(QString::fromStdString(what), share, left);
                },
            .cancelled = [flag] { return flag->load(); }};
}

template <class Work>
void ValidationJob::start(Work&& work)
{
    if (running_) {
        return;
    }
    running_ = true;
    *cancelled_ = false;
    clock_.start();
    Q_EMIT started();
    pool_.start([this, work = std::forward<Work>(work)] {
        const auto tell = [this](auto&& say) {
            QMetaObject::invokeMethod(this, [this, say] {
                running_ = false;
                say();
            }, Qt::QueuedConnection);
        };
        try {
            ValidationResult result = work();
            tell([this, result] { Q_EMIT finished(result); });
        } catch (const std::exception& error) {
            tell([this, message = QString::fromUtf8(error.what())] { Q_EMIT failed(message); });
        }
    });
}

void ValidationJob::survey()
{
    start([watch = watcher(0)] { return result_of(slimline::survey(data_folder() / "measurements", watch)); });
}

void ValidationJob::measure(MeasuringQuestion question)
{
    const double budget = question.budget_s;
    start([watch = watcher(budget), question = std::move(question)] { return measured(question, watch); });
}

}  // namespace slimline::gui
