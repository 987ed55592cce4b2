#pragma once

#include "simulator/prediction.h"

namespace slimline {

/// Latency, memory and energy of a model on one backend of a device. A pure function of its arguments.
/// Throws InputError when the device has no such backend; "does not fit" is an answer, not an error.
Prediction predict(const Architecture& arch, const Precision& precision, const Device& device, BackendKind backend,
                   const Workload& workload, Engine engine, const Calibration& calibration);

/// In which 90 % of measured times lie, where this one is predicted.
Interval interval_of(Seconds time, const Residuals& residuals);

}  // namespace slimline
