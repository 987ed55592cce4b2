#pragma once

#include <memory>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "base/json.h"
#include "validation/cuda/device.h"

namespace slimline::cuda {

/// Speeds of a whole model with random weights, as rows of a measurements file (data/schema/measurements.schema.json): prompts
/// of 128 and 512 tokens, and tokens generated behind 0, 1,024 and 4,096 others, as far as the model's context goes. Each the
/// median of several tries. Throws InputError where the GPU's engine does not run the model.
Json measured_rows(const std::shared_ptr<Device>& device, const Architecture& arch, const WeightMix& mix);

}  // namespace slimline::cuda
