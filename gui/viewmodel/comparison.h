#pragma once

#include <string>
#include <vector>

#include "gui/viewmodel/chart.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// A row of the comparison: a figure of every design, and how each stands to the first.
struct ComparedFigure {
    std::string name{};
    std::vector<std::string> values{};
    std::vector<std::string> deltas{};  // "" for the first and for what is no number
};

/// The present design first, then those pinned.
struct Comparison {
    std::vector<std::string> names{};
    std::vector<ComparedFigure> figures{};
};

Comparison comparison(const SessionState& state, const Prediction& prediction);

/// Which operators make the difference between two of them: 0 is the present design, then those pinned.
Chart waterfall_chart(const SessionState& state, const Prediction& prediction, std::size_t from, std::size_t to, bool decode);

/// Lines of what differs between the inputs of two designs: "/architecture/d_model: 896 -> 1024".
std::vector<std::string> input_differences(const SessionState& state, std::size_t from, std::size_t to);

}  // namespace slimline::gui
