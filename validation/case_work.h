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

/// How many tokens' attention an engine runs on its kernels of few rows (Calibration::attention_vec_most_rows): llama.cpp's
/// fused attention goes through tiles of 64 tokens, and through fewer token by token.
int attention_vec_most_rows(Engine engine);

/// What a case makes the engine do, as predictions count it: an observation that nobody has timed yet. A decode case is
/// the token in the middle of those generated, a prefill case the whole prompt.
Observation work_of(const TestModel& model, const TestCase& test, const Bed& bed);

}  // namespace slimline
