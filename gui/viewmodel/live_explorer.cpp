#include "gui/viewmodel/live_explorer.h"

#include <algorithm>
#include <iterator>

#include <QCoreApplication>
#include <QThread>
#include <tbb/task_arena.h>

#include "base/errors.h"
#include "hwmodels/device_edits.h"

namespace slimline::gui {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_fronts = 4;
constexpr std::size_t sampled = 60000;  // designs of a space too large to be held
constexpr auto still = 1000ms;          // hands are off the slider
constexpr double reach = 8;             // how far a drag may go from where it began before lists are made anew

/// The moves of a device that lists are prepared for before anybody drags.
std::vector<RateMove> likely_drags(const Scenario& run)
{
    std::vector<RateMove> drags;
    const Backend& backend = require_backend(run.device, run.backend);
    Scenario faster = run;
    faster.device = with_bandwidth(run.device, run.backend, peak_bandwidth(run.device, backend) * 2);
    Scenario stronger = run;
    stronger.device =
        with_compute(run.device, run.backend, peak_rate(backend, Arithmetic::int8, run.workload.threads) * 2);
    for (const Scenario& each : {faster, stronger}) {
        const auto move = rate_move(run, each);
        if (move && move->factor != 1) {
            drags.push_back(*move);
        }
    }
    return drags;
}

double milliseconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

bool same_run(const Scenario& a, const Scenario& b)
{
    return a.device == b.device && a.backend == b.backend && a.engine == b.engine && a.workload == b.workload &&
           a.calibration == b.calibration;
}

LiveExplorer::LiveExplorer(QObject* parent, std::size_t most_shown) : QObject(parent), most_shown_(most_shown) {}

LiveExplorer::~LiveExplorer() = default;

void LiveExplorer::set_question(SearchQuestion question, const Scenario& run, std::vector<UniformDesign> also)
{
    wanted_.run = run;
    making_ = true;
    Q_EMIT making_changed(true);
    spaces_.ask([this, number = ++asked_, question = std::move(question), also = std::move(also),
                 run](const std::stop_token&) mutable {
        std::shared_ptr<const LiveSpace> space;
        std::shared_ptr<const DesignRows> cloud;
        QString problem;
        tbb::task_arena one_core(1);  // the other one is for who types on meanwhile
        const auto make = [&] {
            const ProductSpace product = product_of(question.space);
            if (design_count(question, product) <= most_live_designs) {
                space = std::make_shared<const LiveSpace>(std::move(question));
            } else {
                const std::size_t formats = question.space.weights.size() * question.space.kv_cache.size();
                std::vector<UniformDesign> some = sample_designs(product, sampled / formats + 1);
                some.insert(some.end(), also.begin(), also.end());
                space = std::make_shared<const LiveSpace>(std::move(question), std::move(some));
            }
            if (space->size() == 0) {
                throw InputError("space", "no design keeps its constraints", "allow more values");
            }
            cloud = std::make_shared<const DesignRows>(
                fixed_rows(*space, LiveRun(space->question(), run), shown_rows(*space, most_shown_)));
        };
        try {
            one_core.execute(make);
        } catch (const std::exception& error) {
            space.reset();
            problem = QString::fromStdString(error.what());
        }
        QMetaObject::invokeMethod(this, [this, number, space, cloud, problem] {
            if (number != asked_) {
                return;
            }
            making_ = false;
            Q_EMIT making_changed(false);
            space ? take_space(space, cloud) : Q_EMIT failed(problem);
        });
    });
}

void LiveExplorer::take_space(std::shared_ptr<const LiveSpace> space, std::shared_ptr<const DesignRows> cloud)
{
    wanted_.space = std::move(space);
    wanted_.cloud = std::move(cloud);
    {
        const std::lock_guard lock(fronts_guard_);
        fronts_.clear();
        known_.reset();
    }
    ask_frame();
}

void LiveExplorer::set_asked(std::vector<DesignMetric> objectives, std::vector<Limit> limits)
{
    if (wanted_.space) {
        take_space(std::make_shared<const LiveSpace>(wanted_.space->asked_for(std::move(objectives), std::move(limits))),
                   wanted_.cloud);
    }
}

void LiveExplorer::show(const Scenario& run)
{
    if (same_run(run, wanted_.run)) {
        return;
    }
    wanted_.run = run;
    ask_frame();
}

void LiveExplorer::ask_frame()
{
    if (wanted_.space) {
        frames_.ask([this, request = wanted_](const std::stop_token&) { compute(request); }, 0ms, false);
    }
}

std::shared_ptr<LiveFront> LiveExplorer::prepared_front(const Request& request)
{
    const std::lock_guard lock(fronts_guard_);
    const auto found = std::ranges::find_if(fronts_, [&](const auto& each) {
        return each.first == request.space && each.second->is_prepared(request.run);
    });
    if (found == fronts_.end()) {
        return nullptr;
    }
    std::rotate(found, found + 1, fronts_.end());  // the oldest one is forgotten, not the one in use
    return fronts_.back().second;
}

std::optional<LiveFrontAnswer> LiveExplorer::known_answer(const Request& request) const
{
    const std::lock_guard lock(fronts_guard_);
    if (known_ && known_->request.space == request.space && same_run(known_->request.run, request.run)) {
        return known_->answer;
    }
    return std::nullopt;
}

/// On the frames' thread.
void LiveExplorer::compute(const Request& request)
{
    const auto start = std::chrono::steady_clock::now();
    const bool same_formats = last_run_ && last_space_ == request.space && last_run_->scenario().engine == request.run.engine;
    last_run_ = std::make_unique<const LiveRun>(request.space->question(), request.run, same_formats ? last_run_.get() : nullptr);
    last_space_ = request.space;
    const LiveRun& run = *last_run_;
    DesignRows cloud = measured(*request.cloud, *request.space, run);
    std::vector<std::uint8_t> within = within_limits(cloud, request.space->question(), run.memory());
    LiveFrontAnswer answer;
    bool exact = true;
    if (const auto front = prepared_front(request)) {
        answer = front->front(run);
        contenders_ = front->contenders(request.run);
    } else if (auto known = known_answer(request)) {
        answer = *std::move(known);
        contenders_ = answer.rows;
        std::ranges::sort(contenders_);
    } else {
        exact = false;
        // What is shown was asked already: only what may be on its front is asked with the others.
        Rows rows;
        std::ranges::set_union(contenders_, hopeful_rows(cloud, within, request.space->question()), std::back_inserter(rows));
        std::erase_if(rows, [&](std::uint32_t row) { return row >= request.space->size(); });
        answer = front_of_rows(*request.space, run, rows);
    }
    LiveFrame frame = frame_of(request.space, run, std::move(cloud), std::move(within), answer, exact);
    frame.milliseconds = milliseconds_since(start);
    // Exact at once where that is missing; what a next drag needs when hands are still.
    refinements_.ask(
        [this, request, exact](const std::stop_token& stop) {
            if (!exact) {
                refine(request, stop);
            }
            prepare(request, stop);
        },
        exact ? still : 30ms);
    QMetaObject::invokeMethod(this, [this, frame = std::make_shared<LiveFrame>(std::move(frame))] { take(std::move(*frame)); });
}

void LiveExplorer::take(LiveFrame frame)
{
    if (frame.space != wanted_.space) {
        return;  // overtaken
    }
    frame_ = std::make_shared<const LiveFrame>(std::move(frame));
    Q_EMIT changed();
}

void LiveExplorer::add_front(std::shared_ptr<LiveFront> front, const std::shared_ptr<const LiveSpace>& space)
{
    const std::lock_guard lock(fronts_guard_);
    std::erase_if(fronts_, [&](const auto& each) { return each.first != space; });
    if (fronts_.size() >= most_fronts) {
        fronts_.erase(fronts_.begin());
    }
    fronts_.emplace_back(space, std::move(front));
}

/// On the background's thread: the front of every design, once.
void LiveExplorer::refine(const Request& request, const std::stop_token& stop)
{
    const LiveRun run(request.space->question(), request.run);
    Known known{request, {}};
    tbb::task_arena one_core(1);  // the other one is for who goes on meanwhile
    one_core.execute([&] { known.answer = front_of_rows(*request.space, run, request.space->all_rows()); });
    {
        const std::lock_guard lock(fronts_guard_);
        known_ = std::move(known);
    }
    if (!stop.stop_requested()) {
        QMetaObject::invokeMethod(this, [this, request] {
            if (request.space == wanted_.space && same_run(request.run, wanted_.run)) {
                ask_frame();
            }
        });
    }
}

void LiveExplorer::prepare(const Request& request, const std::stop_token& stop)
{
    for (const RateMove& drag : likely_drags(request.run)) {
        std::shared_ptr<LiveFront> front;
        {
            const std::lock_guard lock(fronts_guard_);
            for (const auto& [space, each] : fronts_) {
                Scenario there = moved(request.run, {drag.moved, 1.01});
                Scenario here = moved(request.run, {drag.moved, 0.99});
                if (space == request.space && each->reaches(there) && each->reaches(here)) {
                    front = each;
                }
            }
        }
        if (!front) {
            front = std::make_shared<LiveFront>(request.space, request.run, drag, 1 / reach, reach);
            add_front(front, request.space);
        }
        tbb::task_arena one_core(1);
        bool more = true;
        while (more && !stop.stop_requested()) {
            one_core.execute([&] { more = front->prepare(request.run) || front->deepen(request.run); });
        }
    }
}

void LiveExplorer::settle(bool drags)
{
    const auto known = [&] {
        return frame_ && frame_->space == wanted_.space && frame_->of_all_rows && same_run(frame_->run, wanted_.run);
    };
    const auto busy = [&] { return spaces_.busy() || frames_.busy() || (refinements_.busy() && (drags || !known())); };
    for (bool done = false; !done; done = !busy()) {
        while (busy()) {
            QThread::msleep(1);
            QCoreApplication::sendPostedEvents(this);  // which may ask for more
        }
        QCoreApplication::sendPostedEvents(this);
    }
}

}  // namespace slimline::gui
