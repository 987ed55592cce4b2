#pragma once

#include <string>

#include "hwmodels/device.h"
#include "simulator/prediction.h"
#include "validation/backends/test_engine.h"
#include "validation/observation.h"

namespace slimline {

/// Where cases run: a backend of a device under an engine.
struct Bed {
    Device device{};
    BackendKind backend = BackendKind::cpu;
    std::string engine_name = "int4";  // as calibrations call it
    Engine engine = Engine::int4;
};

/// What a case makes the engine do, as predictions count it: an observation that nobody has timed yet. A decode case is
/// the token in the middle of those generated, a prefill case the whole prompt. The calibration says which kernels run it.
Observation work_of(const TestModel& model, const TestCase& test, const Bed& bed, const Calibration& calibration);

}  // namespace slimline
