#pragma once

#include <cmath>
#include <random>
#include <set>

#include "base/errors.h"
#include "tests/support/toy.h"
#include "validation/run_fit.h"

namespace slimline {

inline Bed toy_bed()
{
    Device device = toy_device();
    device.backends.erase(device.backends.begin());  // the CPU remains
    return {.device = device, .backend = BackendKind::cpu, .engine_name = "int4", .engine = Engine::int4};
}

/// Numbers that no round guess hits.
inline Calibration toy_truth()
{
    Calibration c = run_fit_start(toy_bed(), 1);
    c.weight_bandwidth = 0.43;
    c.kv_bandwidth = 0.31;
    c.other_mat_vec_compute = 0.27;
    c.other_mat_mat_compute = 0.55;
    c.attention_vec_compute = 0.07;
    c.attention_mat_compute = 0.33;
    c.per_operator = {0.8e-6};
    c.per_pass = {9e-6};
    c.working_set_cost = {{16 * MiB, 0.5}, {64 * MiB, 0.6}, {256 * MiB, 1}};
    return c;
}

/// Times as a calibration says, with noise that slows only, and now and then a disturbance of twice the time. Its clock moves
/// by what its runs take, so that a budget buys the same runs on every machine.
class FakeEngine final : public TestEngine {
 public:
    FakeEngine(Calibration truth, double noise) : truth_(std::move(truth)), noise_(noise) {}

    std::string name() const override { return "int4"; }
    std::string version() const override { return "fake"; }
    std::unique_ptr<LoadedModel> load(const TestModel& model) override
    {
        if (refused.contains(model.arch.id)) {
            throw InputError(model.arch.id, "the fake engine does not like it");
        }
        return std::make_unique<Model>(*this, model);
    }
    double now() const override { return now_; }

    std::set<std::string> refused{};
    double slower = 1;  // times what it was made for
    /// In the run of this number (from 1) the clock jumps by so many seconds.
    int jumps_in = 0;
    double jump = 0;

 private:
    struct Model final : LoadedModel {
        Model(FakeEngine& owner, const TestModel& loaded) : engine(owner), model(loaded) {}

        double run(const TestCase& test) override
        {
            const TimedRun run{work_of(model, test, toy_bed(), engine.truth_), {}};
            const double share = double(engine.random_()) / double(std::mt19937::max());
            const double slower = engine.slower * (1 + engine.noise_ * share + (engine.random_() % 20 == 0 ? 1 : 0));
            times = predicted_stages(run, engine.truth_, toy_bed());
            for (TimedOperator& each : times) {
                each.seconds *= slower;
            }
            const int times_run = test.phase == Phase::decode ? test.tokens : 1;
            const double jump = ++engine.runs_ == engine.jumps_in ? engine.jump : 0;
            const double seconds = slower * predicted_seconds(run, engine.truth_, toy_bed()) + jump / times_run;
            engine.now_ += seconds * times_run;
            return seconds;
        }
        PrintedMemory memory() const override { return {.weights = 1, .kv_cache = 2, .compute = 3}; }
        std::vector<TimedOperator> operator_times() const override { return times; }

        FakeEngine& engine;
        TestModel model;
        std::vector<TimedOperator> times;
    };

    Calibration truth_;
    double noise_;
    std::mt19937 random_{1};
    double now_ = 0;
    int runs_ = 0;
};

}  // namespace slimline
