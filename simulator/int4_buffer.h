#pragma once

#include <optional>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "simulator/prediction.h"

namespace slimline {

/// Bytes of activations as our engine lays them out (docs/model.md, memory): the residual stream and what is read of it,
/// and beside them the largest of attention, FFN and logits, for chunks of n_ubatch tokens whatever the prompt. What each
/// thread needs to attend and the tables of rotations are left out. None for what the engine has no buffers for: mixers
/// other than attention.
std::optional<double> int4_buffer_bytes(const Architecture& arch, const WeightMix& mix, const Workload& workload);

/// Bytes a number takes beside its float where products read it rounded to 8 bit: a scale and a sum for 32 of them.
double rounded_bytes(Format base);

}  // namespace slimline
