#pragma once

#include <string>

#include "explorer/search_question.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// The state with another model; locked fields keep their values where the model has them. `mix`: the weight format that
/// its file has it in, empty where that is not said.
SessionState with_architecture(SessionState state, const Architecture& arch, const std::string& mix = {});

/// The same with another device, on its first processor unless another is locked.
SessionState with_device(SessionState state, const Device& device);

/// The state with a search/1 document and its device, engine, calibration and workload; what it reads is given as well.
SessionState with_search(SessionState state, const std::string& text, const SearchQuestion& question);

/// The calibration that the state asks for. A choice for another kind of processor is given up.
void settle_calibration(SessionState& state);

}  // namespace slimline::gui
