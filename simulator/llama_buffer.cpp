#include "simulator/llama_buffer.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "simulator/passes.h"

namespace slimline {

namespace {

struct Span {
    double offset = 0;
    double size = 0;
};

/// ggml-alloc's dynamic allocator: the smallest hole that fits, else the open end; freed spans join their neighbours.
class BestFit {
 public:
    Span take(double bytes)
    {
        constexpr double alignment = 128;
        const double size = std::ceil(bytes / alignment) * alignment;
        auto best = holes_.end();
        for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
            if (hole->size >= size && (best == holes_.end() || hole->size <= best->size)) {
                best = hole;
            }
        }
        if (best == holes_.end()) {
            const Span span{end_, size};
            end_ += size;
            peak_ = std::max(peak_, end_);
            return span;
        }
        const Span span{best->offset, size};
        best->offset += size;
        best->size -= size;
        if (best->size <= 0) {
            holes_.erase(best);
        }
        return span;
    }

    void give_back(Span span)
    {
        auto next = std::find_if(holes_.begin(), holes_.end(), [&](const Span& hole) { return hole.offset > span.offset; });
        next = holes_.insert(next, span);
        if (const auto after = next + 1; after != holes_.end() && next->offset + next->size == after->offset) {
            next->size += after->size;
            holes_.erase(after);
        }
        if (next != holes_.begin() && (next - 1)->offset + (next - 1)->size == next->offset) {
            (next - 1)->size += next->size;
            next = holes_.erase(next) - 1;
        }
        if (next->offset + next->size == end_) {
            end_ = next->offset;
            holes_.erase(next);
        }
    }

    double peak() const { return peak_; }

 private:
    std::vector<Span> holes_;  // ascending, below end_
    double end_ = 0;
    double peak_ = 0;
};

/// Nodes in the order in which they run. A node's tensor takes memory when it runs, unless it may write over an input
/// that nobody else reads; inputs without further readers are given back after it.
class TensorGraph {
 public:
    using Node = int;

    Node add(double bytes, std::initializer_list<Node> inputs, bool in_place = false)
    {
        nodes_.push_back({bytes, bytes * written_share_, in_place, std::vector<Node>(inputs)});
        for (const Node input : inputs) {
            nodes_[std::size_t(input)].readers += 1;
        }
        return Node(nodes_.size()) - 1;
    }

    /// Of the tensors that are added from now on, so much is written.
    void set_written_share(double share) { written_share_ = share; }

    LlamaBuffer lay_out()
    {
        BestFit memory;
        std::vector<Span> written;
        for (Tensor& tensor : nodes_) {
            if (tensor.bytes > 0) {
                place(tensor, memory);
                written.push_back({tensor.span.offset, tensor.written});
            }
            for (const Node input : tensor.inputs) {
                Tensor& read = nodes_[std::size_t(input)];
                if (--read.readers == 0 && read.placed) {
                    memory.give_back(read.span);
                    read.placed = false;
                }
            }
        }
        return {.reserved = memory.peak(), .written = covered(std::move(written))};
    }

 private:
    struct Tensor {
        double bytes = 0;
        double written = 0;
        bool in_place = false;
        std::vector<Node> inputs{};
        int readers = 0;
        bool placed = false;
        Span span{};
    };

    static double covered(std::vector<Span> spans)
    {
        std::ranges::sort(spans, {}, &Span::offset);
        double bytes = 0;
        double end = 0;
        for (const Span& each : spans) {
            bytes += std::max(0.0, each.offset + each.size - std::max(end, each.offset));
            end = std::max(end, each.offset + each.size);
        }
        return bytes;
    }

    void place(Tensor& tensor, BestFit& memory)
    {
        for (const Node input : tensor.inputs) {
            Tensor& read = nodes_[std::size_t(input)];
            if (tensor.in_place && read.readers == 1 && read.placed && read.bytes == tensor.bytes) {
                tensor.span = read.span;
                tensor.placed = true;
                read.placed = false;
                return;
            }
        }
        tensor.span = memory.take(tensor.bytes);
        tensor.placed = true;
    }

    std::vector<Tensor> nodes_;
    double written_share_ = 1;
};

/// llama.cpp's graph of a batch, as far as it decides memory: on a CPU with flash attention that of release 0.5.0 (2026), else
/// that of summer 2024, which the survey ran.
class LlamaGraph {
 public:
    using Node = TensorGraph::Node;

    /// Memory is reserved for a whole batch with the logits of all rows; a pass has a prompt's tokens, or one of each
    /// sequence, and wants one row of each.
    LlamaGraph(const Architecture& arch, const Workload& workload, bool offloaded)
        : arch_(arch),
          tokens_(workload.ubatch),
          written_(std::min(1.0, std::max(workload.prompt_tokens, workload.batch) / tokens_)),
          wanted_(std::min(1.0, std::max(1, workload.batch) / tokens_)),
          context_(cache_positions(workload)),
          flash_(workload.flash_attention),
          offloaded_(offloaded),
          of_2026_(flash_ && !offloaded)
    {
    }

    LlamaBuffer lay_out()
    {
        const double d = arch_.d_model;
        graph_.set_written_share(written_);
        of_2026_ ? add_inputs() : add_inputs_of_2024();
        for (std::size_t i = 0; i < arch_.layers.size(); ++i) {
            const Block& block = arch_.blocks[std::size_t(arch_.layers[i])];
            for (int run = 0; run < block.runs; ++run) {
                add_layer(block, of_2026_ && i + 1 == arch_.layers.size() && run + 1 == block.runs);
            }
        }
        graph_.set_written_share(wanted_);
        const Node normed = arch_.final_norm ? norm(stream_, d) : stream_;
        Node logits = normed;
        if (arch_.head_input_width() != arch_.d_model) {
            logits = graph_.add(numbers(arch_.head_input_width()), {logits});
        }
        logits = graph_.add(numbers(arch_.vocabulary), {logits});
        if (arch_.head_bias) {
            graph_.add(numbers(arch_.vocabulary), {logits}, true);
        }
        return graph_.lay_out();
    }

 private:
    double numbers(double width) const { return width * tokens_ * 4; }

    /// All are placed before anything runs, in the order of their first readers. Room for embeddings that a caller might hand
    /// over instead of tokens is kept for the whole pass.
    void add_inputs()
    {
        const double d = arch_.d_model;
        const Node words = graph_.add(4 * tokens_, {});
        graph_.set_written_share(0);
        graph_.add(numbers(d), {});
        graph_.set_written_share(written_);
        positions_ = graph_.add(4 * tokens_, {});
        key_rows_ = graph_.add(8 * tokens_, {});
        value_rows_ = graph_.add(8 * tokens_, {});
        mask_ = graph_.add(context_ * tokens_ * 2, {});
        output_rows_ = graph_.add(4 * tokens_, {});
        stream_ = graph_.add(numbers(d), {words});
        if (arch_.positions == Positions::learned) {
            stream_ = graph_.add(numbers(d), {graph_.add(numbers(d), {positions_}), stream_}, true);
        }
        if (arch_.embedding_norm) {
            stream_ = norm(stream_, d);
        }
    }

    /// What the first layer reads is handed over when the pass starts; the mask stays until the last layer.
    void add_inputs_of_2024()
    {
        stream_ = graph_.add(numbers(arch_.d_model), {});
        positions_ = graph_.add(offloaded_ && arch_.positions == Positions::rope ? 4 * tokens_ : 0, {});
        mask_ = graph_.add(context_ * tokens_ * 4, {});
        if (flash_) {
            mask_ = graph_.add(context_ * tokens_ * 2, {mask_});
        }
        key_rows_ = value_rows_ = graph_.add(0, {});
    }

    Node norm(Node input, double width)
    {
        const bool rms = arch_.norm == NormKind::rms;
        Node node = graph_.add(numbers(width), {input}, rms);
        if (arch_.norm != NormKind::layer_no_parameters) {
            node = graph_.add(numbers(width), {node}, true);
        }
        if (arch_.norm == NormKind::layer) {
            node = graph_.add(numbers(width), {node}, true);
        }
        return node;
    }

    Node with_bias(Node node, double width, bool biased) { return biased ? graph_.add(numbers(width), {node}, true) : node; }

    /// Norm of heads and rotation. What reads a reshaped product takes new memory, be it the rotation or the norm of each head.
    Node head_shaped(const Attention& a, Node node, double width)
    {
        const bool normed = a.qk_norm != QkNorm::none;
        if (normed) {
            node = graph_.add(numbers(width), {node}, !(of_2026_ && a.qk_norm == QkNorm::per_head));
            node = a.qk_norm == QkNorm::no_parameters ? node : graph_.add(numbers(width), {node}, true);
        }
        if (arch_.positions == Positions::rope && a.rope_fraction > 0) {
            node = graph_.add(numbers(width), {node, positions_}, normed && !(of_2026_ && a.qk_norm == QkNorm::full_width));
        }
        return node;
    }

    /// Sums of values; the product behind them is projected().
    Node attended(const Attention& a, Node input)
    {
        const double q = a.query_width();
        const double kv = a.kv_width();
        Node query = 0;
        Node key = 0;
        Node value = 0;
        if (a.fused_qkv) {
            Node qkv = with_bias(graph_.add(numbers(q + 2 * kv), {input}), q + 2 * kv, a.q_bias);
            const auto part = [&](double width) { return of_2026_ ? qkv : graph_.add(numbers(width), {qkv}); };  // a view, or a copy
            query = head_shaped(a, part(q), q);
            key = head_shaped(a, part(kv), kv);
            value = part(kv);
        } else {
            const double wide = a.output_gate ? 2 * q : q;
            const auto add_key = [&] { key = head_shaped(a, with_bias(graph_.add(numbers(kv), {input}), kv, a.q_bias), kv); };
            query = head_shaped(a, with_bias(graph_.add(numbers(wide), {input}), wide, a.q_bias), q);
            if (!of_2026_) {
                add_key();
            }
            value = with_bias(graph_.add(numbers(kv), {input}), kv, a.q_bias);
            if (of_2026_) {
                add_key();
            }
        }
        graph_.add(0, {key, key_rows_});  // copies into the cache
        graph_.add(0, {value, value_rows_});
        return weighted_values(query, a.heads, q);
    }

    Node projected(const Attention& a, Node values)
    {
        return with_bias(graph_.add(numbers(arch_.d_model), {values}), arch_.d_model, a.out_bias);
    }

    Node weighted_values(Node query, double heads, double width)
    {
        if (flash_) {
            return graph_.add(numbers(width), {query, mask_});
        }
        const double scores_bytes = heads * context_ * tokens_ * 4;
        const Node scores = graph_.add(scores_bytes, {query});
        const Node softmax = graph_.add(scores_bytes, {scores, mask_}, true);
        const Node sum = graph_.add(numbers(width), {softmax});
        return graph_.add(numbers(width), {sum});  // heads side by side again
    }

    Node latent_attention(const LatentAttention& a, Node input)
    {
        const double q = double(a.heads) * (a.nope_dim + a.rope_dim);
        Node query = input;
        if (a.q_rank > 0) {
            query = norm(graph_.add(numbers(a.q_rank), {query}), a.q_rank);
        }
        query = graph_.add(numbers(q), {query});
        const Node latent = graph_.add(numbers(a.kv_rank + a.rope_dim), {input});
        graph_.add(0, {latent});
        const Node absorbed = graph_.add(numbers(double(a.heads) * (a.kv_rank + a.rope_dim)), {query});
        const Node values = weighted_values(absorbed, a.heads, double(a.heads) * a.kv_rank);
        const Node expanded = graph_.add(numbers(double(a.heads) * a.v_dim), {values});
        return graph_.add(numbers(arch_.d_model), {expanded});
    }

    Node recurrent(Node input, double inner, double wide)
    {
        const Node in = graph_.add(numbers(inner), {input});
        const Node conv = graph_.add(numbers(wide), {in});
        const Node scan = graph_.add(numbers(wide), {conv, in});
        return graph_.add(numbers(arch_.d_model), {scan});
    }

    Node mixer(const Mixer& mixer, Node input)
    {
        if (const auto* a = std::get_if<Attention>(&mixer)) {
            return projected(*a, attended(*a, input));
        }
        if (const auto* a = std::get_if<LatentAttention>(&mixer)) {
            return latent_attention(*a, input);
        }
        if (const auto* m = std::get_if<Mamba2>(&mixer)) {
            return recurrent(input, m->inner_width() + m->conv_width() + m->heads, m->inner_width());
        }
        if (const auto* r = std::get_if<RgLru>(&mixer)) {
            return recurrent(input, 2.0 * r->width, r->width);
        }
        if (const auto* g = std::get_if<GatedDeltaNet>(&mixer)) {
            return recurrent(input, 2.0 * g->key_width() + 2.0 * g->value_width(), g->value_width());
        }
        return recurrent(input, 3.0 * arch_.d_model, arch_.d_model);
    }

    Node ffn(const Ffn& f, Node input)
    {
        const double width = f.experts > 0 ? double(f.width) * f.active : f.width;
        Node hidden = 0;
        if (f.gated && !f.fused_gate_up && !of_2026_) {
            const Node gate = with_bias(graph_.add(numbers(width), {input}), width, f.bias);
            const Node activated = graph_.add(numbers(width), {gate}, true);
            const Node up = with_bias(graph_.add(numbers(width), {input}), width, f.bias);
            hidden = graph_.add(numbers(width), {activated, up}, true);
        } else if (f.gated && !f.fused_gate_up) {
            const Node gate = with_bias(graph_.add(numbers(width), {input}), width, f.bias);
            const Node up = with_bias(graph_.add(numbers(width), {input}), width, f.bias);
            hidden = graph_.add(numbers(width), {gate, up});  // activation and product are one node
        } else if (f.gated) {
            hidden = graph_.add(numbers(width), {graph_.add(numbers(2 * width), {input})});
        } else {
            hidden = graph_.add(numbers(width), {with_bias(graph_.add(numbers(width), {input}), width, f.bias)}, true);
        }
        const double out = f.experts > 0 ? double(arch_.d_model) * f.active : arch_.d_model;
        Node down = with_bias(graph_.add(numbers(out), {hidden}), out, f.bias);
        return f.experts > 0 ? graph_.add(numbers(arch_.d_model), {down}) : down;
    }

    /// Of the last layer's rows only those whose logits are wanted go on: here all, but copied.
    void add_layer(const Block& block, bool last)
    {
        const double d = arch_.d_model;
        Node input = stream_;
        const auto wanted_rows = [&](Node node) {
            graph_.set_written_share(last ? wanted_ : written_);
            return last ? graph_.add(numbers(d), {node, output_rows_}) : node;
        };
        const auto normed = [&](bool wanted, Node node) { return wanted ? norm(node, d) : node; };
        const auto sum = [&](Node a, Node b) { return graph_.add(numbers(d), {a, b}, true); };

        Node mixer_input = normed(block.norms.before_mixer, input);
        Node mixed = input;
        const auto* a = of_2026_ ? std::get_if<Attention>(&block.mixer) : nullptr;
        if (a != nullptr && block.ffn && block.parallel && (block.norms.before_ffn || arch_.norm == NormKind::layer_no_bias)) {
            // The sum names the FFN first, and so the product behind attention waits for it.
            const Node values = attended(*a, mixer_input);
            input = block.norms.before_ffn ? wanted_rows(input) : input;
            const Node fed = normed(block.norms.after_ffn, ffn(*block.ffn, block.norms.before_ffn ? norm(input, d) : wanted_rows(mixer_input)));
            input = block.norms.before_ffn ? input : wanted_rows(input);
            const Node middle = sum(fed, input);
            stream_ = sum(middle, normed(block.norms.after_mixer, wanted_rows(projected(*a, values))));
            return;
        }
        if (a != nullptr && a->fused_qkv && a->qk_norm != QkNorm::none && !block.parallel) {  // OpenELM names the stream first
            const Node values = attended(*a, mixer_input);
            mixed = wanted_rows(input);
            input = wanted_rows(projected(*a, values));
        } else if (block.mixer.index() != 0) {
            const Node out = wanted_rows(mixer(block.mixer, mixer_input));
            mixed = normed(block.norms.after_mixer, out);
            input = wanted_rows(input);
            mixer_input = block.parallel && !block.norms.before_ffn ? wanted_rows(mixer_input) : mixer_input;
        }
        if (!block.ffn) {
            stream_ = sum(mixed, input);
            return;
        }
        if (block.parallel && !block.norms.before_ffn) {
            const Node fed = normed(block.norms.after_ffn, ffn(*block.ffn, mixer_input));
            stream_ = sum(sum(mixed, fed), input);
        } else if (block.parallel) {
            const Node fed = normed(block.norms.after_ffn, ffn(*block.ffn, norm(input, d)));
            stream_ = sum(sum(fed, input), mixed);
        } else {
            const Node middle = block.mixer.index() != 0 ? sum(mixed, input) : input;
            const Node fed = ffn(*block.ffn, normed(block.norms.before_ffn, middle));
            stream_ = sum(normed(block.norms.after_ffn, fed), middle);
        }
    }

    const Architecture& arch_;
    double tokens_;
    double written_;  // share of them that a pass has
    double wanted_;   // and whose logits are wanted
    double context_;
    bool flash_;
    bool offloaded_;
    bool of_2026_;
    TensorGraph graph_;
    Node stream_ = 0;
    Node positions_ = 0;
    Node key_rows_ = 0;  // where in the cache keys go
    Node value_rows_ = 0;
    Node output_rows_ = 0;
    Node mask_ = 0;
};

}  // namespace

LlamaBuffer llama_buffer(const Architecture& arch, const Workload& workload, bool offloaded)
{
    return LlamaGraph(arch, workload, offloaded).lay_out();
}

}  // namespace slimline
