#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explorer/figure.h"
#include "explorer/lever.h"

namespace slimline {

/// Values that one quantity takes, in base units.
struct Axis {
    const Lever* lever = nullptr;
    std::vector<double> values;
};

/// Reads "bandwidth=50,100,200" or "layers=8:32:4" (from, to, step) or "bandwidth=20:320:*2" (times), in the lever's
/// unit; throws InputError. At most 10,000 values.
Axis read_axis(std::string_view text);

struct SweepPoint {
    std::vector<double> at;                // one for each axis, where the scenario really stands (base units)
    std::optional<Prediction> prediction;  // nothing: the value is impossible for this model
    std::vector<double> figures;           // in the order asked
};

/// Predictions over one or two axes, the last axis fastest.
std::vector<SweepPoint> sweep(const Scenario& scenario, const std::vector<Axis>& axes,
                              const std::vector<Figure>& figures, const QualityBasis* quality = nullptr);

}  // namespace slimline
