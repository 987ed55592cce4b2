#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hwmodels/calibration.h"
#include "validation/backends/test_engine.h"

namespace slimline {

/// What to load and what to time on it.
struct PlannedModel {
    TestModel model{};
    std::vector<TestCase> cases{};
};

/// A case with every time that was measured.
struct SampledCase {
    std::size_t model = 0;  // index into the plan
    TestCase test{};
    std::vector<double> seconds{};
    std::vector<TimedOperator> stages{};  // of the fastest run

    double best() const;
    /// The lower quartile: what disturbs now and then is left out, and unlike the best it does not become less the more often
    /// a case is run, so that a long calibration and a short validation of a restless machine speak of the same.
    double typical() const;
    /// Those of the fastest run, so that they add up to what is typical.
    std::vector<TimedOperator> typical_stages() const;
};

struct Sampling {
    std::vector<SampledCase> cases{};  // only those that ran at least once
    std::vector<PrintedMemory> memory{};  // by model of the plan
    std::vector<std::string> failures{};  // "model: what went wrong"
    double load_s = 0;  // that all models took to load
    int rounds = 0;
    int disturbed = 0;  // samples more than half above their case's best
    Repeatability repeatability{};
    bool cancelled = false;
};

/// Told now and then; the share done is between 0 and 1.
struct Watcher {
    std::function<void(const std::string& what, double done)> progress = [](const std::string&, double) {};
    std::function<bool()> cancelled = [] { return false; };
};

/// Seconds since its making by an engine's clock. One that is set back (a device that learns the time of day) is not
/// believed: no budget grows by it.
class Stopwatch {
 public:
    explicit Stopwatch(const TestEngine& engine) : engine_(engine), last_(engine.now()) {}
    double seconds()
    {
        const double now = engine_.now();
        sum_ += std::max(0.0, now - last_);
        last_ = now;
        return sum_;
    }

 private:
    const TestEngine& engine_;
    double last_;
    double sum_ = 0;
};

/// Loads all models and runs all cases round after round in an order drawn anew each time, so that what is compared sees
/// the same disturbances; at least `least_rounds`, then until the budget of seconds is used. A model that the engine cannot
/// run is reported and left out.
Sampling sample(TestEngine& engine, std::span<const PlannedModel> plan, double budget_s, int least_rounds,
                const Watcher& watcher);

/// Typical times of even against odd rounds, or of the first against the second half where those differ more (a machine that
/// others slow down for a while); 0 where no case has two.
Repeatability repeatability_of(std::span<const SampledCase> cases);

/// Of a phase's cases: tokens take a few milliseconds, prompts a hundred times as long, and what disturbs the one is not
/// seen in the other.
Repeatability repeatability_of(std::span<const SampledCase> cases, Phase phase);

}  // namespace slimline
