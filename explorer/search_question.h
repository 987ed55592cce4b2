#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "archspace/quality/law.h"
#include "archspace/space.h"
#include "base/json.h"
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
};
inline constexpr std::size_t metric_count = std::size_t(DesignMetric::loss_per_character) + 1;
std::string_view word(DesignMetric metric);

struct Limit {
    DesignMetric metric{};
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
};

/// Which designs of a space are on the front of these objectives, all to be made small.
struct SearchQuestion {
    std::string name;
    Space space;
    Scenario run;  // device, backend, engine, calibration, workload; its architecture and precision are not read
    std::vector<DesignMetric> objectives;
    std::vector<Limit> limits;
    Law law;
    double tokens = 0;             // of training
    std::optional<Law> text_rate;  // tokens per character
    bool must_fit = true;          // into the memory of the device
};

/// Reads `"format": "search/1"`; every mistake is found here, before a search starts.
SearchQuestion read_search(const JsonPlace& place);

}  // namespace slimline
