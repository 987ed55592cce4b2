#pragma once

#include "validation/run_fit.h"
#include "validation/run_plan.h"
#include "validation/run_samples_file.h"
#include "validation/statistics.h"

namespace slimline {

struct EngineCalibrationOptions {
    std::string mix = "Q4_0";
    int threads = 1;
    double budget_s = 120;
    std::uint64_t seed = 1;
    KeptRuns earlier{};  // of the same engine and threads, to go on from
};

struct EngineCalibration {
    Calibration calibration{};
    std::vector<PlannedModel> plan{};
    Sampling sampling{};
    ErrorSummary decode{};  // of models left out of the fit one by one
    ErrorSummary prefill{};
};

/// Runs of a sampling with the work that predictions count for them under a calibration.
std::vector<TimedRun> timed_runs(std::span<const PlannedModel> plan, const Sampling& sampling, const Bed& bed,
                                 const Calibration& calibration);

/// Learns an engine's numbers on this machine within a budget of seconds: a pilot of two small models gives the scale, the
/// rest is chosen to pin the numbers down. Residuals are those of models left out of the fit, widened by what repeating a
/// measurement gives. When cancelled, the result is that of what was measured so far; InputError when that is nothing.
EngineCalibration calibrate_engine(TestEngine& engine, const Bed& bed, const EngineCalibrationOptions& options,
                                   const Watcher& watcher);

/// The same from runs that somebody else made (a file of llama-bench), starting from what is known of the device already.
EngineCalibration calibrate_from_runs(const Calibration& start, const std::vector<PlannedModel>& plan,
                                      const Sampling& sampling, const Bed& bed, int threads);

}  // namespace slimline
