#pragma once

#include <array>
#include <map>
#include <span>
#include <vector>

#include "validation/run_sampling.h"

namespace slimline {

/// How much slower a machine is now than when it was calibrated, by the same runs timed again.
struct Drift {
    int runs = 0;                   // of the calibration, timed again
    double decode = 1;              // time now over time then, the median of the runs; 1: nothing was timed again
    double prefill = 1;
    std::array<Repeatability, 2> repeatability{};  // by phase, |now / then - 1|: nothing that was learnt then predicts better

    double of(Phase phase) const { return phase == Phase::decode ? decode : prefill; }
    const Repeatability& repeats(Phase phase) const { return repeatability[std::size_t(phase)]; }
};

/// Of the models that a calibration ran, those to keep (the smallest, the largest and one between): small enough that
/// timing them again costs seconds, and large enough that memory's speed shows.
std::vector<AnchorRun> anchors_of(std::span<const PlannedModel> plan, const Sampling& sampling);

/// The models of calibrations' anchors with their cases, each model once.
std::vector<PlannedModel> anchor_plan(std::span<const Calibration> calibrations);

/// What was measured of the anchors again against what their calibrations hold, by number of threads. `model` of the cases
/// counts in `plan`; cases of other models than anchors' are passed over.
std::map<int, Drift> drift_since(std::span<const Calibration> calibrations, std::span<const PlannedModel> plan,
                                 std::span<const SampledCase> cases);

}  // namespace slimline
