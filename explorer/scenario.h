#pragma once

#include "simulator/prediction.h"

namespace slimline {

/// Everything a prediction follows from, as one value that can be changed and asked again.
struct Scenario {
    Architecture arch{};
    Precision precision{};
    Device device{};
    BackendKind backend{};
    Workload workload{};
    Engine engine{};
    Calibration calibration{};
    bool operator==(const Scenario&) const = default;
};

Prediction predict(const Scenario& scenario);

}  // namespace slimline
