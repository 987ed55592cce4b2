#include "validation/engine/expert_choice.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace slimline::engine;

TEST_CASE("tokens go to the experts of their largest scores, weighted by a softmax over these", "[engine][moe]")
{
    // Two tokens, three experts, two each; scores are logarithms so that the weights are 3/4 and 1/4, 2/3 and 1/3.
    const float scores[] = {std::log(3.f), -9, 0, 0, 0, std::log(2.f)};
    ExpertChoice choice;
    choose_experts(scores, 3, 2, 3, 2, choice);
    REQUIRE(choice.slots.size() == 4);
    CHECK(choice.first_slot == std::vector<int>{0, 2, 2, 4});
    CHECK(choice.slots[0].row == 0);
    CHECK(choice.slots[0].weight == Approx(0.75));
    CHECK(choice.slots[1].row == 1);
    CHECK(choice.slots[1].weight == Approx(1.0 / 3));
    CHECK(choice.slots[2].weight == Approx(0.25));
    CHECK(choice.slots[3].weight == Approx(2.0 / 3));
    for (int row = 0; row < 2; ++row) {
        for (int i = 0; i < 2; ++i) {
            CHECK(choice.slots[std::size_t(choice.slots_of_row[std::size_t(2 * row + i)])].row == row);
        }
    }
}
