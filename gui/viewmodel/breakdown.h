#pragma once

#include <string>
#include <vector>

#include "simulator/prediction.h"

namespace slimline::gui {

/// A bar: an operator's time, by the kinds of layers that it is in.
struct OperatorBar {
    std::string name{};
    std::vector<Seconds> parts{};  // one for each of the kinds
    Seconds time{};
    double share = 0;
    std::string bound{};  // of the longest part
    std::vector<std::string> others{};  // operators that it puts together
};

/// A pass as bars, the longest first; what is shorter than `least_share` of the pass, or beyond the number of bars, is put
/// together as "others".
struct Breakdown {
    std::vector<std::string> kinds{};  // of layers; "outside the stack" for what is in none
    std::vector<OperatorBar> bars{};
    Seconds time{};
};

Breakdown breakdown(const Pass& pass, double least_share = 0.005, std::size_t most_bars = 40);

/// A row for each operator of both passes, numbers as in prediction/1.
std::string operators_csv(const Prediction& prediction);

}  // namespace slimline::gui
