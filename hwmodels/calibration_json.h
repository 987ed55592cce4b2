#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "hwmodels/calibration.h"

namespace slimline {

/// Format "calibration/1" (data/schema/calibration-1.json).
Calibration read_calibration(const JsonPlace& place);
Json to_json(const Calibration& calibration);

/// A file, or an id of the user's folder or the shipped one; "datasheet" stands for no learnt numbers at all.
Calibration load_calibration(const std::string& id_or_path, BackendKind backend = BackendKind::cpu);

/// All of the shipped folder, by id.
std::vector<Calibration> shipped_calibrations();

}  // namespace slimline
