#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "gui/viewmodel/found_designs.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// A model, with the weight format that a GGUF file has it in (empty: the file does not say).
struct TakenModel {
    Architecture arch{};
    std::string mix{};
};

/// A search/1 document, and what it asks.
struct TakenSearch {
    std::string text{};
    SearchQuestion question{};
};

using TakenFile = std::variant<SessionState, TakenModel, Device, TakenSearch, FoundDesigns>;

/// What a file is that was dropped on the window or named on the command line, told by its content: a session, one of our
/// models, a Hugging Face config.json, GGUF (its header alone is read), a device, a search, what a search found. Throws
/// InputError with place, fact and remedy for all others.
TakenFile take_file(const std::filesystem::path& path);

}  // namespace slimline::gui
