#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "explorer/scenario.h"

namespace slimline {

enum class LeverOf : std::uint8_t { device, model, workload };

/// A quantity of a scenario that can be given another value while everything else stays: what sweeps, elasticities,
/// requirements and neighbours move.
struct Lever {
    std::string_view name;   // as options and JSON say it: "bandwidth"
    std::string_view title;  // "memory bandwidth"
    std::string_view unit;   // "GB/s"; "" for counts
    double scale = 1;        // base units in one of the unit
    LeverOf of{};
    bool whole = false;  // takes whole numbers only

    /// In base units; of layers that differ, the mean. NaN: this scenario has no such quantity.
    double (*value)(const Scenario&) = nullptr;

    /// The scenario at another value, as near as it can be set: read value() for where it stands. Widths of layers that
    /// differ keep their proportions. Nothing when the value is impossible or larger than models and devices can be.
    std::optional<Scenario> (*with)(const Scenario&, double) = nullptr;

    /// What whole values must stay a multiple of, so that no tensor falls back to another format; 1 otherwise.
    int (*granule)(const Scenario&) = nullptr;
};

/// In the order in which a person reads them: of the device, of the model, of the workload.
std::span<const Lever> levers();

/// By name; throws InputError that names the nearest.
const Lever& lever_named(std::string_view name);

}  // namespace slimline
