#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "archspace/quality/law.h"
#include "archspace/space.h"
#include "base/json.h"
#include "explorer/hardware_space.h"
#include "explorer/scenario.h"

namespace slimline {

/// What a search can compare designs by, and limit. Times in seconds, energy in joules a generated token, memory in
/// bytes, loss in the law's unit; per character of text: times and losses of different vocabularies are comparable.
enum class DesignMetric : std::uint8_t {
    ttft,
    tpot,
    total,
    energy,
    memory,
    loss,
    parameters,
    active_parameters,
    tpot_per_character,
    loss_per_character,
    memory_share,  // of the device's memory
    price,         // of the device, in dollars
    power,         // of the device, in watts
};
inline constexpr std::size_t metric_count = std::size_t(DesignMetric::power) + 1;
std::string_view word(DesignMetric metric);

struct Limit {
    DesignMetric metric{};
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
};

/// One of several uses that a design is judged by at once.
struct WeightedRun {
    Scenario run;
    double weight = 1;
};

/// How several runs become one number: the worst of them, or their weighted mean. Memory is always the largest.
enum class Across : std::uint8_t { worst, mean };

/// Which designs of a space are on the front of these objectives, all to be made small.
struct SearchQuestion {
    std::string name;
    Space space;
    Scenario run;  // device, backend, engine, calibration, workload; its architecture and precision are not read
    std::vector<WeightedRun> fleet;  // of several devices or workloads, all of them; empty: `run` alone
    Across across = Across::worst;
    HardwareSpace hardware;  // empty: devices as they are
    std::vector<DesignMetric> objectives;
    std::vector<Limit> limits;
    Law law;
    double tokens = 0;             // of training
    std::optional<Law> text_rate;  // tokens per character
    bool must_fit = true;          // into the memory of the device
    std::uint64_t identity = 0;    // of the document, device, calibration and law; what a checkpoint must agree with
};

/// Of the backend while it works, by its datasheet; 0: unknown.
double busy_power(const Scenario& run);

/// Reads `"format": "search/1"`; every mistake is found here, before a search starts.
SearchQuestion read_search(const JsonPlace& place);

}  // namespace slimline
