#include <catch2/catch.hpp>

#include <algorithm>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "simulator/graph.h"
#include "tests/support/toy.h"

using namespace slimline;

namespace {

OperatorGraph decode_graph(const Architecture& arch)
{
    const Device device = toy_device();
    const Roofs roofs = roofs_of(device, device.backends[0], toy_calibration(), 0);
    const PassRules rules = pass_rules({}, {}, roofs);
    return build_graph(arch, lower_by_layer(arch, WeightMix{}, Engine::llama_cpp, 0), rules, roofs, 1, decode_series({}));
}

OperatorVertex vertex_of(const OperatorGraph& graph, OperatorKind kind, int layer)
{
    for (const OperatorVertex v : boost::make_iterator_range(boost::vertices(graph))) {
        if (graph[v].cost.kind == kind && graph[v].layer == layer) {
            return v;
        }
    }
    throw std::runtime_error("no such operator");
}

}  // namespace

TEST_CASE("operators run after all they read, on every catalogued model", "[simulator][graph]")
{
    for (const std::string& id : shipped_ids("archs")) {
        CAPTURE(id);
        const OperatorGraph graph = decode_graph(load_architecture(id));
        const std::vector<OperatorVertex> order = execution_order(graph);
        REQUIRE(order.size() == boost::num_vertices(graph));
        std::vector<std::size_t> position(order.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            position[order[i]] = i;
        }
        for (const auto& edge : boost::make_iterator_range(boost::edges(graph))) {
            CHECK(position[boost::source(edge, graph)] < position[boost::target(edge, graph)]);
        }
    }
}

TEST_CASE("every operator but the embedding reads something, and all but the head are read", "[simulator][graph]")
{
    for (const std::string& id : shipped_ids("archs")) {
        CAPTURE(id);
        const OperatorGraph graph = decode_graph(load_architecture(id));
        for (const OperatorVertex v : boost::make_iterator_range(boost::vertices(graph))) {
            CAPTURE(name(graph[v].cost.kind), graph[v].layer);
            CHECK((boost::in_degree(v, graph) > 0) == (graph[v].cost.kind != OperatorKind::embedding));
            CHECK((boost::out_degree(v, graph) > 0) == (graph[v].cost.kind != OperatorKind::head));
        }
    }
}

TEST_CASE("a parallel block's FFN does not wait for its attention, a sequential one's does", "[simulator][graph]")
{
    const auto reaches = [](const OperatorGraph& graph, OperatorVertex from, OperatorVertex to) {
        std::vector<OperatorVertex> open{from};
        while (!open.empty()) {
            const OperatorVertex v = open.back();
            open.pop_back();
            if (v == to) {
                return true;
            }
            for (const auto& edge : boost::make_iterator_range(boost::out_edges(v, graph))) {
                if (boost::target(edge, graph) <= to) {
                    open.push_back(boost::target(edge, graph));
                }
            }
        }
        return false;
    };
    const auto ffn_waits = [&](const char* id) {
        const OperatorGraph graph = decode_graph(load_architecture(id));
        return reaches(graph, vertex_of(graph, OperatorKind::attention, 0), vertex_of(graph, OperatorKind::ffn_up, 0));
    };
    CHECK_FALSE(ffn_waits("pythia-2.8b"));
    CHECK_FALSE(ffn_waits("phi-1.5"));
    CHECK(ffn_waits("qwen2-0.5b"));
}

TEST_CASE("the critical path is part of the total, and shorter where operators are independent", "[simulator][graph]")
{
    const OperatorGraph graph = decode_graph(load_architecture("qwen2-0.5b"));
    CHECK(critical_path_seconds(graph) < total_seconds(graph));
    CHECK(critical_path_seconds(graph) > total_seconds(graph) / 3);
}

TEST_CASE("the activation peak of a decode step is its logits and what they are made from", "[simulator][graph]")
{
    const Architecture arch = load_architecture("qwen2-0.5b");
    const double logits = arch.vocabulary * 4.0;
    const double peak = peak_activation_bytes(decode_graph(arch));
    CHECK(peak >= logits);
    CHECK(peak <= logits + 3 * arch.d_model * 4.0);
}

TEST_CASE("the DOT export names each operator once and each edge once", "[simulator][graph]")
{
    const Architecture arch = load_architecture("smollm-135m");
    const OperatorGraph graph = decode_graph(arch);
    const std::string dot = to_dot(graph, arch);
    const auto count = [&](const std::string& what) {
        std::size_t found = 0;
        for (std::size_t at = dot.find(what); at != std::string::npos; at = dot.find(what, at + 1)) {
            ++found;
        }
        return found;
    };
    CHECK(dot.starts_with("digraph"));
    CHECK(count(" -> ") == boost::num_edges(graph));
    CHECK(count("subgraph cluster_") == arch.layers.size());
    CHECK(count("{") == count("}"));
}
