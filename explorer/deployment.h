#pragma once

#include <optional>

#include "base/json.h"
#include "explorer/scenario.h"
#include "simulator/fine_tuning.h"
#include "simulator/speculative.h"
#include "simulator/storage.h"
#include "simulator/sustained.h"

namespace slimline {

/// Ways of running a model that go beyond one plain pass, each asked for by itself.
struct DeploymentQuestion {
    std::optional<Architecture> draft;  // speculative decoding with this model
    Speculation speculation;
    std::optional<Bytes> resident;      // weights that stay in memory; the others are read from flash
    std::optional<FineTuning> fine_tuning;
    int lora_rank = 16;
    std::optional<std::vector<Seconds>> sustained;  // a machine that has long been at work, and after so long
};

struct DeploymentAnswer {
    std::optional<SpeculativeDecoding> speculative;
    std::optional<StorageDecoding> storage;
    std::optional<FineTuningStep> fine_tuning;
    std::optional<SustainedAnswer> sustained;
};

/// Throws InputError where a long session is asked for and the calibration knows none.
DeploymentAnswer answer(const DeploymentQuestion& question, const Scenario& scenario, const Prediction& prediction);

/// The keys `speculative`, `storage`, `fine_tuning` and `sustained` of docs/json.md, those that were asked for.
Json to_json(const DeploymentAnswer& answer);

}  // namespace slimline
