#pragma once

#include <map>

#include "base/json.h"
#include "validation/drift.h"
#include "validation/engine_calibration.h"

namespace slimline {

/// A case as it was predicted before anybody ran it.
struct PredictedCase {
    std::size_t model = 0;  // index into the plan
    TestCase test{};
    double seconds = 0;
    double low = 0;  // 90 % interval
    double high = 0;
    std::vector<TimedOperator> stages{};
};

/// The same with what was measured.
struct JudgedCase {
    PredictedCase predicted{};
    double seconds = 0;  // typical of all rounds
    std::vector<TimedOperator> stages{};

    double log_ratio() const;  // log(measured / predicted)
    bool inside() const { return seconds >= predicted.low && seconds <= predicted.high; }
};

/// How well some cases were predicted.
struct Accuracy {
    ErrorSummary error{};
    double bias = 0;              // median of measured / predicted, less 1
    double coverage = 0;          // share of measurements inside the 90 % interval
    double rank_correlation = 0;  // Spearman's, of predicted and measured times; 0 of fewer than three
    Repeatability machine{};      // how far runs are from their own repeats; where groups are phases, else 0
};
Accuracy accuracy_of(const std::vector<const JudgedCase*>& cases);

struct AccuracyReport {
    std::string engine{};
    std::string version{};
    std::string device{};
    std::string origin = "that the calibration never saw";  // of the architectures
    std::vector<Calibration> calibrations{};                // by number of threads
    std::vector<PlannedModel> plan{};
    std::vector<JudgedCase> cases{};
    std::vector<PrintedMemory> memory{};  // as the engine says, by model
    std::vector<MemoryPlan> predicted_memory{};
    std::vector<std::string> failures{};
    std::map<std::pair<Phase, int>, Repeatability> repeatability{};  // by phase and number of threads
    std::map<int, Drift> drift{};  // by number of threads; of calibrations that hold runs to time again
};

struct AccuracyOptions {
    std::string mix = "Q4_0";
    std::vector<int> threads{1};
    double budget_s = 120;
    int least_rounds = 3;
    double most_bytes = 8e9;        // of models that are in memory together
    std::vector<TestCase> cases{};  // empty: calibration_cases() of each number of threads
    bool anchors = true;            // runs of the calibrations are timed again
};

/// Predicts every case; the calibrations must be of the threads that the options ask for, in that order.
std::vector<PredictedCase> predict_cases(const std::vector<PlannedModel>& plan,
                                         const std::vector<Calibration>& calibrations, const Bed& bed);

/// Predicts all architectures, hands the predictions to `predicted`, and only then runs them,
/// among runs of the calibrations, which tell whether the machine is still as fast.
AccuracyReport validate_engine(TestEngine& engine, const Bed& bed, const std::vector<Architecture>& archs,
                               const std::vector<Calibration>& calibrations, const AccuracyOptions& options,
                               const Watcher& watcher,
                               const std::function<void(const std::vector<PredictedCase>&)>& predicted);

/// Holds runs that somebody else made (a file of llama-bench) against what is predicted for them.
AccuracyReport judge_runs(const std::vector<PlannedModel>& plan, const Sampling& sampling,
                          const std::string& engine_version, const Calibration& calibration, const Bed& bed);

/// The same with predictions as they are for a machine that has become slower or faster by its drift.
AccuracyReport as_the_machine_is_now(AccuracyReport report);

/// Rounds against each other, or a calibration's runs against themselves timed again, whichever differ more: what is learnt
/// from the one predicts the other no better.
Repeatability repeatability_of(const AccuracyReport& report, Phase phase, int threads);

/// Cases by what they have in common: phase and threads; these and the depth or prompt.
std::vector<std::pair<std::string, Accuracy>> accuracy_by_phase(const AccuracyReport& report);
std::vector<std::pair<std::string, Accuracy>> accuracy_by_case(const AccuracyReport& report);

/// Of each stage that the engine times: its share of the time, and its error as a share of the whole.
struct StageAccuracy {
    std::string phase{};
    std::string stage{};
    double share = 0;         // median
    double median_error = 0;  // |predicted - measured| over the whole time
    double bias = 0;          // median of (measured - predicted) over the whole time
};
std::vector<StageAccuracy> accuracy_by_stage(const AccuracyReport& report);

/// "With 2 threads the machine is 12.0 % slower (decode) and ..."
std::string drift_text(int threads, const Drift& drift);

Json to_json(const AccuracyReport& report);
std::string markdown(const AccuracyReport& report);

/// Ranks from 1, equal values sharing their mean rank; their correlation.
double rank_correlation(std::span<const double> a, std::span<const double> b);
/// Kendall's tau-b.
double kendall_tau(std::span<const double> a, std::span<const double> b);

}  // namespace slimline
