#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "archspace/quality/law.h"

namespace slimline {

/// A training run: what a law reads of it, and the loss it ended with.
struct LossObservation {
    LawInputs inputs;
    double loss = 0;
};

/// A table with a header line. Columns: `loss`, any quantities of the design by their names (parameters, tokens,
/// width, ...), or `architecture` (an id, a file or the short form, in quotes when it has commas) beside `tokens`.
/// Errors name file, line and column.
std::vector<LossObservation> read_loss_observations(const std::filesystem::path& csv);
std::vector<LossObservation> parse_loss_observations(const std::string& text, const std::string& name);

struct LawFitOptions {
    std::vector<std::string> fixed{};  // coefficients that keep their value
    /// Residuals of ln(loss) beyond it count linearly only (Huber), so that single bad runs do not pull the fit.
    double huber = 1e-2;
    int starts = 12;  // the law's own coefficients, and changed ones around them
};

struct LawFit {
    Law law;  // the form with fitted coefficients and the range of the observations
    std::size_t observations = 0;
    double mean_absolute_error = 0;  // in the law's unit
    double largest_error = 0;
    double r_squared = 0;
};

/// Coefficients of `form` that describe the observations best, by Levenberg-Marquardt on ln(loss) from several starts.
/// A coefficient keeps its sign, and one that is 0 stays 0. Throws InputError when the observations cannot tell.
LawFit fit_law(const Law& form, std::span<const LossObservation> observations, const LawFitOptions& options = {});

}  // namespace slimline
