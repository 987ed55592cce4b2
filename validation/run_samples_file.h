#pragma once

#include <filesystem>

#include "base/json.h"
#include "validation/run_sampling.h"

namespace slimline {

/// Runs that were measured, with what was run: kept so that a calibration can go on from them.
struct KeptRuns {
    std::string engine{};
    std::string version{};
    std::string device{};
    std::vector<PlannedModel> plan{};
    Sampling sampling{};
};

/// Format "engine_runs/1".
Json to_json(const KeptRuns& runs);
KeptRuns read_kept_runs(const JsonPlace& place);

}  // namespace slimline
