#pragma once

#include <string>
#include <vector>

#include "explorer/layer_measures.h"

namespace slimline {

/// Costs of a stack as sums over its layers, in whole ticks, so that equal layers in another order cost exactly the same.
/// Found by changing single layers of a stack, and checked on stacks drawn at random.
struct LayerCosts {
    std::vector<DesignMetric> metrics;  // a column each; of the loss: what decides it, the more the worse
    std::vector<double> tick;           // by column, in the metric's unit
    std::vector<double> base;           // ticks of a stack whatever its layers are
    std::vector<std::vector<double>> ticks;  // by position: of a kind's columns, one after the other
    std::vector<double> most;           // ticks that a limit allows; infinite where there is none

    std::size_t checked = 0;            // stacks
    double largest_difference = 0;      // of a checked stack, over the largest cost
    std::string not_sums;               // the first metric that is no sum over layers, "" when all are
    std::string undecided;              // what of the loss is no sum over layers, "" when it is

    bool exact() const { return not_sums.empty() && undecided.empty(); }
    double at(std::size_t position, int kind, std::size_t column) const
    {
        return ticks[position][std::size_t(kind) * metrics.size() + column];
    }
};

/// Differences above this share of the largest cost mean that a metric is no sum over layers.
inline constexpr double sum_tolerance = 1e-9;

LayerCosts layer_costs(const LayerQuestion& question);

}  // namespace slimline
