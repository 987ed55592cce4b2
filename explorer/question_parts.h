#pragma once

#include <vector>

#include "base/json.h"
#include "explorer/search_question.h"

namespace slimline {

/// Parts that several kinds of questions are written in: prompt, answer, context, batch, threads.
Workload read_workload(const JsonPlace& place);

/// Device, backend, engine and calibration; `workload` is what they run.
Scenario read_run(JsonObject& question, const Workload& workload);

std::vector<DesignMetric> read_objectives(const JsonPlace& place);
std::vector<Limit> read_limits(const JsonPlace& place);

/// The member `law`, or the law that stands where a person names none; one that gives a loss.
Law read_loss_law(JsonObject& question);

}  // namespace slimline
