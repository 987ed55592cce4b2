#include "explorer/front_bounds.h"

#include <algorithm>

#include "archspace/uniform_design.h"

namespace slimline {

namespace {

Scenario scenario_of(const SearchQuestion& question, const Candidate& candidate)
{
    Scenario run = question.fleet.empty() ? question.run : question.fleet.front().run;
    if (!question.hardware.empty()) {
        run = on_hardware(run, question.hardware, candidate.hardware);
    }
    run.arch = architecture_of(candidate.design);
    run.precision.weights = question.space.weights[candidate.weights];
    run.precision.kv_cache = question.space.kv_cache[candidate.kv_cache];
    return run;
}

}  // namespace

std::vector<DesignBounds> bounds_along(const SearchQuestion& question, const std::vector<FoundDesign>& designs,
                                       std::size_t most)
{
    const std::size_t wanted = std::min(most, designs.size());
    std::vector<DesignBounds> all;
    for (std::size_t i = 0; i < wanted; ++i) {
        const std::size_t row = wanted < 2 ? 0 : i * (designs.size() - 1) / (wanted - 1);
        const Prediction p = predict(scenario_of(question, designs[row].candidate));
        all.push_back({row, p.decode.time, bound_shares(p.prefill), bound_shares(p.decode)});
    }
    return all;
}

}  // namespace slimline
