#pragma once

#include <string>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "archspace/architecture.h"
#include "simulator/lowering.h"
#include "simulator/passes.h"
#include "simulator/roofs.h"

namespace slimline {

/// One operator of one layer. Costs are of one pass (the mean over the passes of its series).
struct OperatorNode {
    OperatorCost cost;
    int layer = -1;        // -1: outside the stack
    std::size_t block = 0;
    double seconds = 0;
    OperatorSeconds parts;
    double output_bytes = 0;  // of the activation it leaves behind
};

using OperatorGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, OperatorNode, boost::no_property>;
using OperatorVertex = boost::graph_traits<OperatorGraph>::vertex_descriptor;

/// Every operator of a pass, layer by layer, with an edge from each to those that read what it wrote. Attention costs
/// are the mean over the passes of the series, evaluated one by one (in closed form beyond 4,096 passes).
OperatorGraph build_graph(const Architecture& arch, const LoweredModel& by_layer, const PassRules& rules, const Roofs& roofs,
                          double weight_factor, const PassSeries& series);

/// Vertices in an order in which each comes after all it reads.
std::vector<OperatorVertex> execution_order(const OperatorGraph& graph);

/// Most bytes of activations that are alive at once when operators run in execution order.
double peak_activation_bytes(const OperatorGraph& graph);

/// Longest chain of operator times: what is left if independent operators ran side by side.
double critical_path_seconds(const OperatorGraph& graph);

double total_seconds(const OperatorGraph& graph);

/// The graph in Graphviz's language: operators with time and bytes, one cluster a layer.
std::string to_dot(const OperatorGraph& graph, const Architecture& arch);

}  // namespace slimline
