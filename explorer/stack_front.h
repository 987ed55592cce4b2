#pragma once

#include <functional>
#include <string>
#include <vector>

#include "explorer/layer_costs.h"

namespace slimline {

/// Told now and then with the share done; false stops the search.
using LayerProgress = std::function<bool(const std::string& what, double done)>;

/// Stacks of which every other is beaten or equalled in all columns of the table.
struct StackFront {
    std::vector<LayerStack> stacks;
    std::vector<std::vector<double>> values;  // by stack: the columns, in the metrics' units
    std::size_t kept = 0;                     // parts of stacks that no other part beats
    bool partial = false;
};

/// Dynamic programming over the layers. Throws InputError when too many parts are worth keeping.
StackFront stack_front(const LayerQuestion& question, const LayerCosts& costs, const LayerProgress& progress = {});

}  // namespace slimline
