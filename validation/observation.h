#pragma once

#include <map>
#include <string>
#include <vector>

#include "hwmodels/calibration.h"
#include "simulator/operators.h"
#include "simulator/roofs.h"
#include "validation/measurement.h"
#include "validation/phase.h"

namespace slimline {

/// A measured time with the work that was done in it: what a calibration is fitted to.
struct Observation {
    Measurement measurement;
    Phase phase{};
    double seconds = 0;  // of one generated token, or of the whole prompt
    double passes = 1;
    double prompts = 0;               // 1 when the time is that of a prompt
    bool four_bit = false;            // weights of about four bits (4 to 4.6 with their scales)
    std::vector<OperatorCost> costs;  // of all passes together
    double weight_bytes = 0;
    double kv_bytes = 0;  // keys and values that a generated token reads
};

/// Tokens of a prompt whose length nobody stated; rates depend little on it.
inline constexpr int usual_prompt = 128;

/// Measurements that say how long something took and what it was, and why the others cannot be used.
struct Observations {
    std::vector<Observation> used;
    std::map<std::string, int> unused;  // reason, number of measurements
    std::map<std::string, Device> devices;
};

Observations observe(const std::vector<Measurement>& measurements);

/// Of an engine that people deploy. Measurements of our own (int4) say little of those: its fits are its own, and defaults,
/// pooled fits and what they miss on unseen devices are judged without it.
bool of_deployed_engine(const Observation& observation);

/// What a byte takes where the work's working set lies, relative to main memory.
double working_set_factor(const Observation& observation, const Roofs& roofs);

/// The time the calibration predicts for the work of an observation.
double predicted_seconds(const Observation& observation, const Roofs& roofs);

Roofs roofs_for(const Observation& observation, const std::map<std::string, Device>& devices,
                const Calibration& calibration);

}  // namespace slimline
