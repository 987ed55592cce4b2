#pragma once

#include <map>
#include <string>
#include <vector>

#include "hwmodels/calibration.h"
#include "validation/observation.h"

namespace slimline {

/// An observation with its say in a fit.
struct Weighted {
    const Observation* observation = nullptr;
    double weight = 1;
    double offset = 0;  // log of how much slower its device is than the calibration can know
};

/// How far a fit may stray from where it starts, and how exact it takes measurements to be.
struct FitOptions {
    double noise = 0.05;  // of a measurement, in log(time)
    double freedom = 1;   // multiplies the spreads of the prior
    int most_steps = 30;
};

/// The calibration that explains the observations best: least squares in log(predicted / measured) with Student's
/// weights (far misses count less), and a log-normal prior around `start` for every number. Formats that were
/// observed get a share of their own; the others keep their ratio to the rest. Deterministic.
Calibration fit_calibration(const Calibration& start, const std::vector<Weighted>& observations,
                            const std::map<std::string, Device>& devices, const FitOptions& options = {});

/// Where pooled fits start: round numbers that say no more than "a good part of the peak".
Calibration initial_guess(BackendKind backend);

}  // namespace slimline
