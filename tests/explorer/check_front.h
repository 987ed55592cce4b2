#pragma once

#include <vector>

#include <catch2/catch.hpp>

#include "explorer/search.h"

namespace slimline {

inline void check_equal(const std::vector<FoundDesign>& found, const std::vector<FoundDesign>& expected)
{
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE((found[i].candidate == expected[i].candidate));
    }
}

}  // namespace slimline
