#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "validation/case_work.h"

namespace slimline {

/// A case that was run: its work, and the time that it took where nothing disturbed it.
struct TimedRun {
    Observation work{};                   // with seconds filled in
    std::vector<TimedOperator> stages{};  // of the same run; empty where the engine does not say
};

/// Where fits of an engine's runs start: round numbers. Our own engine does one thing after the other, so memory and
/// arithmetic add up; keys and values share its caches.
Calibration run_fit_start(const Bed& bed, int threads);

/// The calibration that explains the runs best: robust least squares in log(predicted / measured) of whole times and, where
/// the engine gives them, of its stages, each as a share of the whole. Runs must be of one number of threads. The numbers that
/// were learnt are listed in it with their errors; its residuals are not filled in.
Calibration fit_runs(const Calibration& start, std::span<const TimedRun> runs, const Bed& bed, int most_steps = 40);

/// What a case tells about the numbers: one row a miss, one column a number that fit_runs would learn from `all`, over the
/// misses' noise. For choosing what to run.
class Informant {
 public:
    Informant(const Calibration& start, std::span<const TimedRun> all, const Bed& bed);
    ~Informant();
    Informant(const Informant&) = delete;
    Informant& operator=(const Informant&) = delete;

    /// log det of prior plus the information of the runs chosen; the larger, the better the numbers are known.
    double information(std::span<const std::size_t> runs) const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The name of the stage that an engine times an operator in, of ours: "ffn_up" covers the gate too.
std::string_view stage_of(OperatorKind kind);

/// What each stage takes, in the order of their names.
std::vector<TimedOperator> predicted_stages(const TimedRun& run, const Calibration& calibration, const Bed& bed);

double predicted_seconds(const TimedRun& run, const Calibration& calibration, const Bed& bed);

}  // namespace slimline
