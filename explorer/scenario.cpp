#include "explorer/scenario.h"

#include "simulator/predict.h"

namespace slimline {

Prediction predict(const Scenario& s)
{
    return predict(s.arch, s.precision, s.device, s.backend, s.workload, s.engine, s.calibration);
}

}  // namespace slimline
