#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "validation/cross_validation.h"

namespace slimline {

/// Everything that calibrating from measurements finds out: the calibrations and how far off they are.
struct CalibrationReport {
    Observations observations;
    std::vector<Calibration> calibrations;
    std::vector<Judged> leave_one_out;
    std::vector<Judged> leave_one_device_out;
    std::vector<Judged> survey_halves;    // the survey's Jetson rows, models dealt out by size
    std::vector<Judged> survey_shuffles;  // the same with models dealt out at random, many times
};

/// The bench of the survey's measurements (arXiv 2409.15790), which are judged by halves.
Bench survey_bench();

/// Reads a file or folder of measurements, fits one calibration for each kind of backend, interface, and device with
/// its engines, and cross-validates them: device calibrations by leaving out single measurements, pooled ones by
/// leaving out whole devices. Deterministic; a fit never sees what it is judged by.
CalibrationReport calibrate_from(const std::filesystem::path& measurements);

/// One file a calibration, named by its id. Files of earlier runs that have no successor are left alone.
void write_calibrations(const CalibrationReport& report, const std::filesystem::path& folder);

}  // namespace slimline
