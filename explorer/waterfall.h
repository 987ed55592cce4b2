#pragma once

#include <string>
#include <vector>

#include "simulator/prediction.h"

namespace slimline {

/// What one operator (all layers together) adds on the way from one design's pass to another's.
struct WaterfallStep {
    std::string name{};  // of the operator; "fixed times" for what belongs to none
    Seconds from{};
    Seconds to{};

    Seconds difference() const { return to - from; }
};

/// Which operators make the difference between two passes: the differences add up to end - start.
struct Waterfall {
    Seconds start{};
    Seconds end{};
    std::vector<WaterfallStep> steps{};  // largest difference first
};

Waterfall waterfall(const Pass& from, const Pass& to);

}  // namespace slimline
