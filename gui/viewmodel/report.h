#pragma once

#include <string>

#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// What is on screen as Markdown: the question, the answer, where the time goes, the comparison, why, and the command that
/// gives the same numbers.
std::string markdown_report(const SessionState& state, const Prediction& prediction);

}  // namespace slimline::gui
