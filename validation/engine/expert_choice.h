#pragma once

#include <span>
#include <vector>

namespace slimline::engine {

/// One token's use of one expert.
struct ExpertSlot {
    int row = 0;
    int expert = 0;
    float weight = 0;
};

/// Which experts the tokens of a pass go to: slots sorted by expert.
struct ExpertChoice {
    std::vector<ExpertSlot> slots;
    std::vector<int> first_slot;  // of each expert; one more at the end
    std::vector<int> slots_of_row;  // `active` a row
};

/// The `active` experts of the largest scores for each row, weighted by a softmax over the chosen scores (Mixtral's rule), or over
/// all of them (OLMoE's).
void choose_experts(const float* scores, std::size_t stride, int rows, int experts, int active, ExpertChoice& choice,
                    bool of_chosen = true);

}  // namespace slimline::engine
