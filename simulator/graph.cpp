#include "simulator/graph.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include <boost/graph/topological_sort.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "simulator/series_sum.h"

namespace slimline {

namespace {

using Kinds = std::initializer_list<OperatorKind>;

/// Adds the operators of one layer after another and knows what each of them reads.
class GraphBuilder {
 public:
    GraphBuilder(const Roofs& roofs, double weight_factor, double passes)
        : roofs_(roofs), weight_factor_(weight_factor), passes_(passes)
    {
    }

    void begin_layer(int layer, std::size_t block, bool parallel)
    {
        layer_ = layer;
        block_ = block;
        parallel_ = parallel;
        here_.clear();
        layer_input_ = stream_;
    }

    void operator()(const OperatorCost& cost)
    {
        const OperatorVertex v = boost::add_vertex(graph);
        OperatorNode& node = graph[v];
        node.cost = cost;
        node.layer = layer_;
        node.block = block_;
        node.parts = seconds_of(cost, roofs_, weight_factor_);
        node.seconds = cost.count * time_on(node.parts, roofs_);
        node.output_bytes = cost.output_bytes;
        connect(v, cost.kind);
        here_[cost.kind].push_back(v);
        if (writes_stream(cost.kind)) {
            stream_ = {v};
        }
    }

    /// Empties the attention operators of this layer, before add_attention() fills them with the mean over the passes.
    void clear_attention(const AttentionCosts& costs)
    {
        for (std::size_t i = 0; i < costs.count; ++i) {
            OperatorNode& node = graph[here_.at(costs.costs[i].kind).front()];
            node.seconds = 0;
            node.parts = {.launch = node.parts.launch};
            node.cost.flops = node.cost.kv_bytes = node.cost.activation_bytes = 0;
        }
    }

    void add_attention(const AttentionPiece& piece)
    {
        OperatorNode& node = graph[here_.at(piece.cost.kind).front()];
        node.seconds += piece.cost.count * piece.seconds / passes_;
        node.parts.memory += piece.memory_s / passes_;
        node.parts.compute += piece.compute_s / passes_;
        node.cost.flops += piece.flops / passes_;
        node.cost.kv_bytes += piece.kv_bytes / passes_;
        node.cost.activation_bytes += piece.activation_bytes / passes_;
    }

    OperatorGraph graph;

 private:
    static bool writes_stream(OperatorKind kind)
    {
        switch (kind) {
            case OperatorKind::embedding:
            case OperatorKind::position_embedding:
            case OperatorKind::embedding_norm:
            case OperatorKind::project_in:
            case OperatorKind::attn_residual:
            case OperatorKind::ffn_residual:
            case OperatorKind::output_norm:
            case OperatorKind::project_out:
            case OperatorKind::head: return true;
            default: return false;
        }
    }

    void link(const std::vector<OperatorVertex>& from, OperatorVertex to)
    {
        for (const OperatorVertex v : from) {
            if (!boost::edge(v, to, graph).second) {
                boost::add_edge(v, to, graph);
            }
        }
    }

    /// The first of these kinds that the layer has; false when it has none.
    bool read_first(OperatorVertex to, Kinds kinds)
    {
        for (const OperatorKind kind : kinds) {
            if (const auto found = here_.find(kind); found != here_.end()) {
                link(found->second, to);
                return true;
            }
        }
        return false;
    }

    void read_all(OperatorVertex to, Kinds kinds)
    {
        for (const OperatorKind kind : kinds) {
            read_first(to, {kind});
        }
    }

    void connect(OperatorVertex v, OperatorKind kind)
    {
        using K = OperatorKind;
        switch (kind) {
            case K::embedding: return;
            case K::position_embedding:
            case K::embedding_norm:
            case K::project_in:
            case K::output_norm:
            case K::project_out:
            case K::head:
            case K::attn_norm: return link(stream_, v);
            case K::attn_q:
            case K::attn_k:
            case K::attn_v:
            case K::attn_qkv:
            case K::latent_q_a:
            case K::latent_kv_a:
            case K::mixer_in:
                if (!read_first(v, {K::attn_norm})) {
                    link(stream_, v);
                }
                return;
            case K::latent_q_b:
                if (!read_first(v, {K::latent_q_a, K::attn_norm})) {
                    link(stream_, v);
                }
                return;
            case K::latent_norm: return read_all(v, {K::latent_q_a, K::latent_kv_a});
            case K::latent_kv_b: return read_all(v, {K::latent_norm, K::rope});
            case K::qk_norm: return read_all(v, {K::attn_q, K::attn_k, K::attn_qkv});
            case K::rope:
                if (!read_first(v, {K::qk_norm})) {
                    read_all(v, {K::attn_q, K::attn_k, K::attn_qkv, K::latent_q_b, K::latent_kv_a});
                }
                return;
            case K::kv_write:
                read_first(v, {K::rope, K::qk_norm, K::attn_k, K::attn_qkv});
                return read_all(v, {K::attn_v, K::attn_qkv, K::latent_norm, K::latent_kv_b});
            case K::attention:
            case K::attn_scores:
                read_first(v, {K::rope, K::qk_norm, K::attn_q, K::attn_qkv});
                return read_all(v, {K::kv_write});
            case K::attn_softmax: return read_all(v, {K::attn_scores});
            case K::attn_weighted_sum: return read_all(v, {K::attn_softmax, K::kv_write});
            case K::attn_gate:
                read_first(v, {K::attention, K::attn_weighted_sum});
                return read_all(v, {K::attn_q, K::attn_qkv});
            case K::attn_output:
                read_first(v, {K::attn_gate, K::attention, K::attn_weighted_sum});
                return;
            case K::mixer_conv: return read_all(v, {K::mixer_in});
            case K::mixer_gates:
                read_first(v, {K::mixer_conv, K::mixer_in});
                return;
            case K::mixer_scan: return read_all(v, {K::mixer_conv, K::mixer_gates});
            case K::mixer_norm: return read_all(v, {K::mixer_scan});
            case K::mixer_out:
                read_first(v, {K::mixer_norm, K::mixer_scan, K::mixer_gates, K::mixer_conv});
                return;
            case K::post_attn_norm: return read_all(v, {K::attn_output, K::mixer_out});
            case K::attn_residual:
                read_first(v, {K::post_attn_norm, K::attn_output, K::mixer_out});
                return link(stream_, v);
            case K::ffn_norm: return link(parallel_ ? layer_input_ : stream_, v);
            case K::router:
            case K::ffn_gate:
            case K::ffn_up:
            case K::shared_gate:
            case K::shared_up:
            case K::adapter:
                read_all(v, {K::router});
                if (!read_first(v, {K::ffn_norm}) && !(parallel_ && read_first(v, {K::attn_norm}))) {
                    link(parallel_ ? layer_input_ : stream_, v);
                }
                return;
            case K::ffn_activation: return read_all(v, {K::ffn_gate, K::ffn_up});
            case K::ffn_down: return read_all(v, {K::ffn_activation});
            case K::shared_down: return read_all(v, {K::shared_gate, K::shared_up});
            case K::post_ffn_norm: return read_all(v, {K::ffn_down, K::shared_down});
            case K::ffn_residual:
                if (!read_first(v, {K::post_ffn_norm})) {
                    read_all(v, {K::ffn_down, K::shared_down});
                }
                read_all(v, {K::adapter});
                return link(stream_, v);
        }
    }

    const Roofs& roofs_;
    double weight_factor_;
    double passes_;
    int layer_ = -1;
    std::size_t block_ = 0;
    bool parallel_ = false;
    std::map<OperatorKind, std::vector<OperatorVertex>> here_;
    std::vector<OperatorVertex> stream_;
    std::vector<OperatorVertex> layer_input_;
};

// Longer series are summed in closed form: a million steps one by one would take a minute.
constexpr double most_passes_one_by_one = 4096;

AttentionCosts attention_at(const Architecture& arch, const StackGroup& g, const PassRules& rules, const PassSeries& series, double i)
{
    PassShape pass = series.first;
    pass.past += i * series.stride;
    AttentionCosts costs;
    BlockOperators(rules, pass, arch.d_model, costs)
        .template visit<Part::attention>(arch.blocks[g.block], arch.norm, g.formats, g.group);
    return costs;
}

/// Replaces the attention operators of the layer just built by their mean over the passes of the series.
void average_attention(GraphBuilder& builder, const Architecture& arch, const StackGroup& g, const PassRules& rules,
                       const Roofs& roofs, double weight_factor, const PassSeries& series)
{
    builder.clear_attention(attention_at(arch, g, rules, series, 0));
    auto add = [&](const AttentionPiece& piece) { builder.add_attention(piece); };
    if (series.passes > most_passes_one_by_one) {
        AttentionSum(rules, roofs, weight_factor, arch.d_model, add).add(arch.blocks[g.block], arch.norm, g.formats, g.group, series);
        return;
    }
    for (double i = 0; i < series.passes; ++i) {
        const AttentionCosts pass = attention_at(arch, g, rules, series, i);
        for (std::size_t k = 0; k < pass.count; ++k) {
            const OperatorCost& cost = pass.costs[k];
            const OperatorSeconds parts = seconds_of(cost, roofs, weight_factor);
            add({cost, 1, time_on(parts, roofs), parts.memory, parts.compute, cost.flops, cost.kv_bytes, cost.activation_bytes});
        }
    }
}

}  // namespace

OperatorGraph build_graph(const Architecture& arch, const LoweredModel& by_layer, const PassRules& rules, const Roofs& roofs,
                          double weight_factor, const PassSeries& series)
{
    GraphBuilder builder(roofs, weight_factor, series.passes);
    visit_inputs(arch, by_layer, rules, series.first, builder);
    int layer = 0;
    for (const StackGroup& g : by_layer.groups) {
        const Block& block = arch.blocks[g.block];
        builder.begin_layer(layer++, g.block, block.parallel);
        BlockOperators(rules, series.first, arch.d_model, builder).template visit<Part::all>(block, arch.norm, g.formats, g.group);
        if (series.passes > 1) {
            average_attention(builder, arch, g, rules, roofs, weight_factor, series);
        }
    }
    builder.begin_layer(-1, 0, false);
    visit_outputs(arch, by_layer, rules, series.first, builder);
    return std::move(builder.graph);
}

std::vector<OperatorVertex> execution_order(const OperatorGraph& graph)
{
    std::vector<OperatorVertex> order;
    boost::topological_sort(graph, std::back_inserter(order));
    std::reverse(order.begin(), order.end());
    return order;
}

double peak_activation_bytes(const OperatorGraph& graph)
{
    // Operators were added in the order in which an engine runs them; a buffer lives until its last reader has run.
    const std::size_t n = boost::num_vertices(graph);
    std::vector<std::size_t> last_reader(n);
    for (OperatorVertex v = 0; v < n; ++v) {
        last_reader[v] = v;
        for (const auto& edge : boost::make_iterator_range(boost::out_edges(v, graph))) {
            last_reader[v] = std::max(last_reader[v], std::size_t(boost::target(edge, graph)));
        }
    }
    std::vector<double> freed_after(n, 0.0);
    double alive = 0;
    double peak = 0;
    for (OperatorVertex v = 0; v < n; ++v) {
        alive += graph[v].output_bytes;
        peak = std::max(peak, alive);
        freed_after[last_reader[v]] += graph[v].output_bytes;
        alive -= freed_after[v];
    }
    return peak;
}

double critical_path_seconds(const OperatorGraph& graph)
{
    std::vector<double> finish(boost::num_vertices(graph), 0.0);
    double longest = 0;
    for (const OperatorVertex v : execution_order(graph)) {
        double start = 0;
        for (const auto& edge : boost::make_iterator_range(boost::in_edges(v, graph))) {
            start = std::max(start, finish[boost::source(edge, graph)]);
        }
        finish[v] = start + graph[v].seconds;
        longest = std::max(longest, finish[v]);
    }
    return longest;
}

double total_seconds(const OperatorGraph& graph)
{
    double seconds = 0;
    for (const OperatorVertex v : boost::make_iterator_range(boost::vertices(graph))) {
        seconds += graph[v].seconds;
    }
    return seconds;
}

std::string to_dot(const OperatorGraph& graph, const Architecture& arch)
{
    std::string dot = "digraph pass {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n";
    int open = -1;
    for (const OperatorVertex v : boost::make_iterator_range(boost::vertices(graph))) {
        const OperatorNode& node = graph[v];
        if (node.layer != open) {
            dot += open >= 0 ? "  }\n" : "";
            dot += node.layer < 0 ? ""
                                  : fmt::format("  subgraph cluster_{0} {{\n    label=\"{0}: {1}\";\n", node.layer,
                                                printable(arch.blocks[node.block].name));
            open = node.layer;
        }
        dot += fmt::format("    n{} [label=\"{}\\n{}, {}\"];\n", v, name(node.cost.kind), display(Seconds{node.seconds}),
                           display(Bytes{node.cost.weight_bytes + node.cost.kv_bytes + node.cost.activation_bytes}));
    }
    dot += open >= 0 ? "  }\n" : "";
    for (const auto& edge : boost::make_iterator_range(boost::edges(graph))) {
        dot += fmt::format("  n{} -> n{};\n", boost::source(edge, graph), boost::target(edge, graph));
    }
    return dot + "}\n";
}

}  // namespace slimline
