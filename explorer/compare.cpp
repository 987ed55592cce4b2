#include "explorer/compare.h"

namespace slimline {

Ratios ratios(const Prediction& first, const Prediction& other)
{
    return {.ttft = other.ttft / first.ttft,
            .tpot = other.tpot / first.tpot,
            .total = other.total() / first.total(),
            .memory = other.memory.total() / first.memory.total(),
            .energy = other.energy_per_token / first.energy_per_token};
}

std::vector<Ratios> compare(std::span<const Prediction> predictions)
{
    std::vector<Ratios> all;
    for (const Prediction& prediction : predictions) {
        all.push_back(ratios(predictions.front(), prediction));
    }
    return all;
}

}  // namespace slimline
