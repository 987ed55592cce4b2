#pragma once

#include <string>
#include <vector>

#include "gui/viewmodel/chart.h"

namespace slimline::gui {

/// A time as predicted and as measured.
struct ComparedTime {
    std::string label{};
    bool decode = true;
    double predicted_s = 0;
    double measured_s = 0;
};

/// How far off predictions of one kind are: of a device and phase, or of a stage of the engine.
struct ErrorRow {
    std::string name{};
    int count = 0;
    double median_error = 0;
};

struct ValidationResult {
    std::string title{};
    std::vector<ComparedTime> times{};
    std::vector<ErrorRow> rows{};  // the largest error first
    std::string note{};
};

/// Predicted against measured, and the line on which they are equal.
Chart scatter_chart(const ValidationResult& result);

/// Median errors by kind, at most so many.
Chart residual_chart(const ValidationResult& result, std::size_t most = 14);

}  // namespace slimline::gui
