#pragma once

#include "simulator/lowering.h"
#include "simulator/passes.h"
#include "validation/observation.h"

namespace slimline {

/// The pass in the middle of a series stands for all of them: costs are linear in the past but for windows.
PassShape middle(const PassSeries& series);

/// Adds a pass's operators, `times` times, to the work of an observation.
void add_pass(Observation& o, const Architecture& arch, const LoweredModel& model, const PassRules& rules,
              const PassShape& pass, double times);

/// Weight bytes of one pass, the rows of the token table left out: what caches are asked to hold.
double streamed_bytes(const Observation& o);

/// Keys and values that the observation's attention reads.
double cache_bytes_read(const Observation& o);

}  // namespace slimline
