#pragma once

#include <cstddef>
#include <vector>

#include "explorer/bounds.h"
#include "explorer/search.h"

namespace slimline {

/// What holds one design of a list back, in both phases.
struct DesignBounds {
    std::size_t row = 0;  // of the list
    Seconds tpot{};
    BoundShares prefill;
    BoundShares decode;
};

/// Of at most `most` designs, spread over the list with both its ends: where the time goes on the question's device, of a
/// fleet on its first one, by the whole prediction of each.
std::vector<DesignBounds> bounds_along(const SearchQuestion& question, const std::vector<FoundDesign>& designs,
                                       std::size_t most = 48);

}  // namespace slimline
