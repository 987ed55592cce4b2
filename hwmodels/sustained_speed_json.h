#pragma once

#include "base/json.h"
#include "hwmodels/sustained_speed.h"

namespace slimline {

/// The member `sustained` of calibration/1.
SustainedSpeed read_sustained_speed(const JsonPlace& place);
Json to_json(const SustainedSpeed& speed);

}  // namespace slimline
