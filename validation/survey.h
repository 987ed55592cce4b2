#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "validation/observation.h"
#include "validation/run_sampling.h"

namespace slimline {

/// A time that somebody measured, beside what the calibration of its device and engine gives for the same work. Calibrations
/// were fitted to such times: docs/validation.md has the errors on what a fit did not see.
struct SurveyedTime {
    std::string measurement{};  // its id
    std::string device{};
    std::string engine{};
    std::string architecture{};
    Phase phase{};
    double predicted_s = 0;
    double measured_s = 0;

    double relative_error() const;  // |predicted / measured - 1|
};

/// Every usable measurement of a folder; cancelled: those up to then.
std::vector<SurveyedTime> survey(const std::filesystem::path& measurements, const Watcher& watcher = {});

}  // namespace slimline
