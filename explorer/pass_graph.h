#pragma once

#include "explorer/scenario.h"
#include "simulator/graph.h"

namespace slimline {

/// The operators of the prompt's last chunk, or of a generated token (the mean over those generated).
OperatorGraph prefill_graph(const Scenario& scenario);
OperatorGraph decode_graph(const Scenario& scenario);

/// What a generated token would take if operators that do not wait for each other ran side by side, each as fast as alone; fixed
/// times included.
Seconds decode_critical_path(const Scenario& scenario);

}  // namespace slimline
