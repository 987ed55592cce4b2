#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "validation/run_fit.h"
#include "validation/run_sampling.h"

namespace slimline {

/// Positions that a calibration's models have room for: those of its longest case.
inline constexpr int calibration_context = 2304;

/// What a plan may cost and what it is for.
struct PlanOptions {
    std::string mix = "Q4_0";
    int threads = 1;
    double budget_s = 60;      // for loading and all rounds
    int rounds = 5;            // that should fit into the budget
    double load_bytes_per_s = 0.5e9;  // making random weights and a past
    bool past_is_computed = false;  // once for each depth
    double most_bytes = 4e9;   // of all models together
    std::uint64_t seed = 1;
};

/// Shapes that a calibration may run: heads of several sizes, grouped and not, deep and shallow, wide, with small and large
/// vocabularies, of a few to a few hundred megabytes. None is a model that anybody published.
std::vector<Architecture> calibration_shapes(std::uint64_t seed);

/// Cases of a calibration: decode at several depths, prompts of several lengths.
std::vector<TestCase> calibration_cases(int threads);

/// Chooses, one after the other, the shape that adds most to what is known of the calibration's numbers for the seconds
/// that it takes (D-optimal: the determinant of the information matrix), until the budget is used.
std::vector<PlannedModel> plan_runs(const Calibration& start, const Bed& bed, const PlanOptions& options);

}  // namespace slimline
