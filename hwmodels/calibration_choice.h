#pragma once

#include <string>
#include <string_view>

#include "hwmodels/calibration.h"

namespace slimline {

/// The id, and so the file name, of what was learnt of a device ("" for pooled over devices), a backend and
/// an engine: "rtx-4090--gpu--llama.cpp", "default--cpu--llama.cpp", pooled over one interface
/// "default--gpu-vulkan--llama.cpp", or with one number of threads "local--cpu--int4--t2".
std::string calibration_id(std::string_view device, BackendKind backend, std::string_view interface,
                           std::string_view engine, int threads = 0);

/// The calibration that fits best: of this device, backend and engine; of this device and backend under
/// another engine; pooled over the backend's usual interface; pooled over backends of this kind; else the
/// datasheet's. At each step the user's own come before the shipped ones. Only file names are looked at until
/// one is chosen. Of calibrations of this device and engine made for a number of threads, that of the threads asked
/// for is taken (0: of all cores), else the nearest; those without one hold for any number.
Calibration best_calibration(const Device& device, BackendKind backend, std::string_view engine,
                             int threads = 0);

}  // namespace slimline
