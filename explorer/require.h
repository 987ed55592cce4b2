#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explorer/bounds.h"
#include "explorer/figure.h"
#include "explorer/lever.h"

namespace slimline {

/// What a design must reach on a device.
struct Requirement {
    std::vector<FigureTarget> targets;
    bool must_fit = true;  // into the memory that the device has
    const QualityBasis* quality = nullptr;
};

/// A target (or "fits") that a scenario misses, with what it reaches.
struct Miss {
    std::string target;
    double reached = 0;
};

/// Empty: all targets are met.
std::vector<Miss> misses(const Scenario& scenario, const Requirement& requirement);

/// How far one quantity alone must go: the least of a device that meets the targets; of a model or workload the nearest
/// that does, or, where it does as it is, the most.
struct RequiredValue {
    const Lever* lever = nullptr;
    double now = 0;
    std::optional<double> value;  // nothing: no value of this quantity meets the targets
    std::optional<Scenario> scenario;
    std::vector<Miss> binding;  // what is missed just beyond the value, or wherever it goes
    Prediction prediction;      // at the value, or at the best end where there is none
};

/// Exact to 1e-9 of continuous quantities and to the granule of whole ones, for figures that rise or fall with the
/// quantity all the way. Nothing: the scenario has no such quantity.
std::optional<RequiredValue> required(const Scenario& scenario, const Lever& lever, const Requirement& requirement);

/// A model with fewer layers, less width or a narrower FFN that meets the targets.
struct NearestModel {
    Scenario scenario;
    double layers = 0;
    double d_model = 0;
    double d_ffn = 0;
    double distance = 0;  // root of the sum of squared logarithms of the three ratios
    Prediction prediction;
};

/// The nearest on a grid of whole layers and of widths in granules (halved at the most: a quarter of the model); the
/// first that meets the targets in the order of their distance. Nothing: none does.
std::optional<NearestModel> nearest_model(const Scenario& scenario, const Requirement& requirement);

}  // namespace slimline
