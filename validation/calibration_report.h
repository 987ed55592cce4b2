#pragma once

#include <filesystem>
#include <string>

#include "base/json.h"
#include "validation/calibrate.h"
#include "validation/statistics.h"

namespace slimline {

/// The figures that a change of the model or of the data is judged by.
struct Figures {
    ErrorSummary four_bit_decode_one_out;  // public measurements, without the survey's
    ErrorSummary four_bit_decode_device_out;
    ErrorSummary survey_decode;  // models dealt out by size
    ErrorSummary survey_prefill;
    ErrorSummary survey_both;
    ErrorSummary survey_decode_shuffled;
    ErrorSummary survey_prefill_shuffled;
};
Figures figures_of(const CalibrationReport& report);

/// Tables by device and by kind of backend, and every large miss, as Markdown; the same figures as JSON.
std::string markdown(const CalibrationReport& report);
Json to_json(const CalibrationReport& report);

/// Puts the tables between the two marks of an existing file, so that what people wrote around them stays; a file that
/// does not exist is written whole. A file without marks is an error.
void write_report(const CalibrationReport& report, const std::filesystem::path& path);

}  // namespace slimline
