#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// A call of the CLI, and the files that it names: a changed model or device has no id.
struct CopiedCommand {
    std::vector<std::string> arguments{};  // without "slimline"
    std::vector<std::pair<std::filesystem::path, std::string>> files{};

    /// As a shell takes it.
    std::string text() const;
    void write_files() const;
};

/// What predicts the scenario again, to the last digit. Files go to `folder` under names that follow from their content, so
/// that a copied command keeps its meaning when the window goes on.
CopiedCommand copied_command(const Scenario& scenario, const std::string& calibration_choice, const std::filesystem::path& folder);

/// What says again what binds it and what would help: `explain`.
CopiedCommand copied_explanation(const Scenario& scenario, const std::string& calibration_choice, const std::filesystem::path& folder);

/// What predicts the present design and those pinned again: `compare`, where they are all models on all devices in all
/// formats of some lists; else a `batch` with a prediction each.
CopiedCommand copied_comparison(const SessionState& state, const std::filesystem::path& folder);

/// What gives the points of the curves again: a `batch` with a `sweep` each.
CopiedCommand copied_curves(const SessionState& state, const std::filesystem::path& folder);

/// The text of a search/1 document on the scenario's device, engine and workload: what the window answers by it.
std::string search_on(const std::string& search, const Scenario& scenario, const std::string& calibration_choice);

/// What answers that search again.
CopiedCommand copied_search(const std::string& search, const Scenario& scenario, const std::string& calibration_choice,
                            const std::filesystem::path& folder);

/// Where the window writes such files: below the user's folder.
std::filesystem::path command_folder();

}  // namespace slimline::gui
