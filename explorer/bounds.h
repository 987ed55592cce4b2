#pragma once

#include "simulator/prediction.h"

namespace slimline {

/// Which share of a pass's time each roof holds; the four add up to 1.
struct BoundShares {
    double memory = 0;
    double compute = 0;
    double overhead = 0;   // operators whose launch or barrier takes longer than their work
    double fixed = 0;      // times a pass or a prompt, which belong to no operator
    double intensity = 0;  // FLOP a byte of main memory, over the pass
};

BoundShares bound_shares(const Pass& pass);

}  // namespace slimline
