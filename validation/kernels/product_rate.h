#pragma once

#include "validation/kernels/thread_team.h"

namespace slimline::kernels {

/// FLOP a second of a team whose threads each multiply a Q4_0 matrix that its core's cache holds with many activations: what
/// prompts are bound by. Best of several.
double product_rate(ThreadTeam& team);

}  // namespace slimline::kernels
