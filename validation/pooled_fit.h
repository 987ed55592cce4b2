#pragma once

#include <map>
#include <string>
#include <vector>

#include "validation/calibration_fit.h"

namespace slimline {

using ObservationList = std::vector<const Observation*>;

/// What devices of a kind have in common, robust against the odd one: each device counts about equally and may be
/// slower or faster as a whole by a factor of its own, and the middle of those factors is put into the result.
/// First over all observations, then, where there are some, again over those of the interface ("cuda").
Calibration pooled_fit(BackendKind backend, const std::string& interface, const ObservationList& observations,
                       const std::map<std::string, Device>& devices);

/// What one device does under one engine: from the pooled fit by way of all that was seen of its backend.
/// The observations must be of one device and one interface; those of `engine` are fitted last.
Calibration device_fit(const Calibration& pooled, const std::string& engine, const ObservationList& observations,
                       const std::map<std::string, Device>& devices);

}  // namespace slimline
