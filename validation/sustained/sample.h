#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace slimline::sustained {

/// What a machine was doing: nothing, generating tokens, reading prompts.
enum class Doing : std::uint8_t { idle, decode, prefill };

/// A number with the name that the system gives its source.
struct Reading {
    std::string name{};
    double value = 0;
    bool operator==(const Reading&) const = default;
};

/// What the machine said of itself in a span of time. What it does not say is not there.
struct Readings {
    std::vector<Reading> clocks_hz{};       // of cores that share one, the mean over the span
    std::vector<Reading> temperatures_c{};  // at its end
    std::vector<Reading> powers_w{};        // by source, the mean over the span
    std::optional<double> power_w{};        // of what Sensors::power_source says
    bool operator==(const Readings&) const = default;
};

/// A span of a long session.
struct Sample {
    Doing doing = Doing::idle;
    double start_s = 0;  // since the session began
    double end_s = 0;
    double tokens = 0;  // generated, or of prompts
    double busy_s = 0;  // that they took
    Readings readings{};

    double tokens_per_s() const { return tokens / busy_s; }
    bool operator==(const Sample&) const = default;
};

/// What a machine can say, and what it cannot with the reason.
struct SensorList {
    std::string power_source{};          // "VDD_IN"; "": nothing tells power
    std::vector<std::string> missing{};  // "clock: /sys/... is not there"
    bool operator==(const SensorList&) const = default;
};

/// As runners say them and files keep them.
Json to_json(const Sample& sample);
Sample read_sample(const JsonPlace& place);
Json to_json(const SensorList& sensors);
SensorList read_sensor_list(const JsonPlace& place);

}  // namespace slimline::sustained
