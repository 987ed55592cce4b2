#pragma once

#include <limits>
#include <string>
#include <vector>

#include "explorer/layer_measures.h"
#include "explorer/stack_front.h"

namespace slimline {

struct FoundStack {
    LayerStack stack;
    Measures measures{};
};

struct LayerSearchResult {
    std::vector<FoundStack> front;  // ascending by the objectives; of stacks that measure the same, one
    bool exact = false;             // no stack of the space is better in any objective without being worse in another
    std::string why_not_exact;      // "" when it is
    bool partial = false;           // stopped before the end

    double sequences = 0;           // of allowed kinds
    std::size_t kept = 0;           // stacks and parts of stacks that no other part beats
    std::size_t predicted = 0;      // whole stacks, one by one
    std::size_t checked = 0;        // stacks by which costs were seen to be sums over layers
    double largest_difference = 0;

    int generations = 0;  // of an evolution; 0: there was none
    /// Of the front, and of points that nothing can beat, from the same corner; NaN where there is none.
    double hypervolume = std::numeric_limits<double>::quiet_NaN();
    double hypervolume_bound = std::numeric_limits<double>::quiet_NaN();
    double seconds = 0;
};

/// The front of stacks of unlike layers. Where costs are sums over layers, and the loss is decided by such a sum, by dynamic
/// programming over the layers: exact up to `sum_tolerance` of the largest cost. Else by an evolution that starts from that
/// answer, with the hypervolume of points that bound every stack beside its own where such points are known.
/// Throws InputError when too many parts of stacks are worth keeping.
LayerSearchResult layer_search(const LayerQuestion& question, const LayerProgress& progress = {});

}  // namespace slimline
