#pragma once

#include <string>
#include <vector>

#include "explorer/search.h"

namespace slimline {

/// What laws other than the question's say of the designs of a list: rank 1 has the lowest loss of the list.
struct FrontRanks {
    std::vector<std::string> laws;               // the question's first, then others: at least three
    std::vector<std::vector<double>> ranks;      // by law and design; NaN: the law cannot judge the design
    std::vector<char> disputed;                  // two laws put it and another design of the list in opposite orders
    std::vector<std::vector<std::string>> outside;  // by design: "law: quantity", where a law's fitted range is left
};
FrontRanks rank_front(const SearchQuestion& question, const std::vector<FoundDesign>& designs);

}  // namespace slimline
