#pragma once

#include "base/json.h"
#include "simulator/prediction.h"

namespace slimline {

/// Format "prediction/1" (docs/json.md, data/schema/prediction-1.json): a contract that other programs read. The inputs
/// are repeated in full, so that the file alone says what was asked.
Json to_json(const Prediction& prediction, const Architecture& arch, const Device& device);

}  // namespace slimline
