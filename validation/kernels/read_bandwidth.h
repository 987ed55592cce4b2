#pragma once

#include <cstddef>

#include "validation/kernels/thread_team.h"

namespace slimline::kernels {

/// Bytes a second that a team reads from a buffer of `bytes`, each thread its own part from end to end: best of several.
double read_bandwidth(ThreadTeam& team, std::size_t bytes);

}  // namespace slimline::kernels
