#pragma once

#include <map>
#include <string>
#include <vector>

#include "validation/pooled_fit.h"

namespace slimline {

/// How far a prediction was off that was made without the measurement it is held against.
struct Judged {
    const Observation* observation = nullptr;
    double log_ratio = 0;  // log(measured / predicted) of times
};

/// A device's backend under one programming interface: what is fitted together and left out together.
struct Bench {
    std::string device;
    BackendKind backend{};
    std::string interface;
    auto operator<=>(const Bench&) const = default;
};

Bench bench_of(const Observation& observation);
std::map<Bench, ObservationList> benches(const std::vector<Observation>& observations);

/// Pooled over all other devices; the device's own measurements never touch it.
using Priors = std::map<Bench, Calibration>;
Priors priors_without_device(const Observations& observations);

/// Each bench predicted by its prior alone.
std::vector<Judged> leave_one_device_out(const Observations& observations, const Priors& priors);

/// Each measurement predicted by a fit of its bench to all the others of the bench, starting from the prior.
std::vector<Judged> leave_one_out(const Observations& observations, const Priors& priors);

/// Models are ordered by size and dealt out in turn: each half predicted by a fit to the other.
/// `shuffles` more ways of halving them at random (fixed seed) tell how much the luck of the draw matters.
std::vector<Judged> half_split(const Observations& observations, const Priors& priors, const Bench& bench,
                               int shuffles = 0);

std::vector<double> log_ratios(const std::vector<Judged>& judged, bool (*of_interest)(const Observation&));

}  // namespace slimline
