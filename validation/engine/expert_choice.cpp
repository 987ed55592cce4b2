#include "validation/engine/expert_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace slimline::engine {

namespace {

void add_row(const float* scores, int row, int experts, int active, bool of_chosen, std::vector<ExpertSlot>& slots)
{
    std::vector<int> order(std::size_t(experts), 0);
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + active, order.end(), [&](int a, int b) {
        return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
    });
    float total = 0;
    for (int i = 0; i < (of_chosen ? active : experts); ++i) {
        total += std::exp(scores[order[std::size_t(i)]] - scores[order[0]]);
    }
    for (int i = 0; i < active; ++i) {
        const int expert = order[std::size_t(i)];
        slots.push_back({row, expert, std::exp(scores[expert] - scores[order[0]]) / total});
    }
}

}  // namespace

void choose_experts(const float* scores, std::size_t stride, int rows, int experts, int active, ExpertChoice& choice,
                    bool of_chosen)
{
    choice.slots.clear();
    for (int row = 0; row < rows; ++row) {
        add_row(scores + std::size_t(row) * stride, row, experts, active, of_chosen, choice.slots);
    }
    std::stable_sort(choice.slots.begin(), choice.slots.end(),
                     [](const ExpertSlot& a, const ExpertSlot& b) { return a.expert < b.expert; });
    choice.first_slot.assign(std::size_t(experts + 1), 0);
    choice.slots_of_row.assign(choice.slots.size(), 0);
    std::vector<int> seen(std::size_t(rows), 0);
    for (std::size_t i = 0; i < choice.slots.size(); ++i) {
        const ExpertSlot& slot = choice.slots[i];
        choice.first_slot[std::size_t(slot.expert + 1)] += 1;
        choice.slots_of_row[std::size_t(slot.row * active + seen[std::size_t(slot.row)]++)] = int(i);
    }
    std::partial_sum(choice.first_slot.begin(), choice.first_slot.end(), choice.first_slot.begin());
}

}  // namespace slimline::engine
