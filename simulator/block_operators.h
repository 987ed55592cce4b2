#pragma once

#include <array>
#include <utility>

#include "archspace/architecture.h"
#include "archspace/tensors.h"
#include "simulator/operators.h"

namespace slimline {

/// Formats of a layer's tensors by role. attn_v and ffn_down are the two that mixes vary over the depth of a stack:
/// `other_*_layers` of the layers hold them in `other_*`.
struct LayerFormats {
    std::array<Format, tensor_role_count> by_role{};
    Format other_v = Format::f32;
    Format other_down = Format::f32;
    double other_v_layers = 0;
    double other_down_layers = 0;
    Format last_down = Format::f32;  // of the model's last layer, if it is one of these

    Format operator[](TensorRole role) const { return by_role[std::size_t(role)]; }
};

/// Equal layers of a model.
struct LayerGroup {
    double layers = 1;
    bool has_last = false;    // the model's last layer is one of them
    bool rotary = true;       // the model's positions are rotary
    double weight_reads = 1;  // share of the weight traffic that is left when a repeated block finds its weights in cache
};

enum class Part { all, fixed, attention };

/// Lists the operators of a group of equal layers as sink(OperatorCost): every formula of docs/model.md section 2,
/// once. `fixed` are those whose cost does not depend on the past, `attention` those that read the KV cache.
/// No allocation: the batch evaluator runs this a million times a second.
template <class Sink>
class BlockOperators {
 public:
    BlockOperators(const PassRules& rules, const PassShape& pass, double d_model, Sink& sink)
        : rules_(rules), pass_(pass), d_(d_model), tokens_(pass.tokens()), sink_(sink)
    {
    }

    template <Part part>
    void visit(const Block& block, NormKind norm, const LayerFormats& formats, const LayerGroup& group)
    {
        count_ = group.layers * block.runs;
        reads_ = group.weight_reads;
        rotary_ = group.rotary;
        if constexpr (part != Part::attention) {
            if (block.norms.before_mixer) {
                normalise(OperatorKind::attn_norm, input_width(block), tokens_, norm);
            }
        }
        visit_mixer<part>(block.mixer, formats, group, block.runs);
        if constexpr (part != Part::attention) {
            if (block.norms.after_mixer) {
                for_rows_that_go_on(group, block.runs, [&](double rows, double count) {
                    normalise(OperatorKind::post_attn_norm, d_, rows, norm, count);
                });
            }
            if (block.mixer.index() != 0) {
                for_rows_that_go_on(group, block.runs,
                                    [&](double rows, double count) { add(OperatorKind::attn_residual, rows, count); });
            }
            visit_all_ffn(block, norm, formats, group);
        }
    }

 private:
    double input_width(const Block& block) const
    {
        const auto* attention = std::get_if<Attention>(&block.mixer);
        return attention != nullptr && attention->input_width > 0 ? attention->input_width : d_;
    }

    /// After attention: visit(rows, count) for all layers of the group, the model's last one apart where only some of its
    /// rows go on.
    template <class Visit>
    void for_rows_that_go_on(const LayerGroup& group, double runs, Visit&& visit)
    {
        const bool apart = group.has_last && pass_.last_layer == LastLayer::projection_and_ffn_for_outputs;
        const double layers = apart ? group.layers - 1 : group.layers;
        if (layers > 0) {
            visit(tokens_, layers * runs);
        }
        if (apart && pass_.output_rows > 0) {
            visit(pass_.output_rows, runs);
        }
    }

    // out = x W for `rows` rows; `matrices` of the `stored` ones are read (experts), each meeting an equal share of rows.
    void product(OperatorKind kind, Format format, double in, double out, double rows, double count, double matrices = 1,
                 bool bias = false)
    {
        const double rows_each = rows / matrices;
        const bool few = rows_each <= rules_.mat_vec_most_rows;
        OperatorCost cost;
        cost.kind = kind;
        cost.kernel = few ? KernelClass::mat_vec : KernelClass::mat_mat;
        cost.format = format;
        cost.count = count;
        cost.flops = 2 * rows * in * out;
        cost.weight_bytes = in * out * bytes_per_element(format) * matrices * reads_;
        cost.activation_bytes = rows * (in + out) * rules_.activation_bytes;
        cost.output_bytes = rows * out * rules_.activation_bytes;
        if (bias) {  // a kernel of its own in ggml, over the product's output
            cost.launches += 1;
            cost.flops += rows * out;
            cost.activation_bytes += 2 * rows * out * rules_.activation_bytes;
        }
        cost.rows = rows_each;
        cost.padding = tile_padding(rows_each, rules_.tile_rows) * tile_padding(out, rules_.tile_columns);
        sink_(cost);
    }

    void product(OperatorKind kind, Format format, double in, double out, bool bias = false)
    {
        product(kind, format, in, out, tokens_, count_, 1, bias);
    }

    void elementwise(OperatorKind kind, double flops, double numbers_moved, double numbers_out, double launches, double count,
                     double weight_numbers = 0)
    {
        OperatorCost cost;
        cost.kind = kind;
        cost.kernel = KernelClass::elementwise;
        cost.count = count;
        cost.launches = launches;
        cost.flops = flops;
        cost.weight_bytes = weight_numbers * 4 * reads_;
        cost.activation_bytes = numbers_moved * rules_.activation_bytes;
        cost.output_bytes = numbers_out * rules_.activation_bytes;
        sink_(cost);
    }

    void normalise(OperatorKind kind, double width, double rows, NormKind norm)
    {
        normalise(kind, width, rows, norm, count_);
    }

    void normalise(OperatorKind kind, double width, double rows, NormKind norm, double count)
    {
        const double vectors = norm == NormKind::layer_no_parameters ? 0 : norm == NormKind::layer ? 2 : 1;
        elementwise(kind, 4 * rows * width, 2 * rows * width, rows * width, 1, count, vectors * width);
    }

    void add(OperatorKind kind, double rows, double count) { elementwise(kind, rows * d_, 3 * rows * d_, rows * d_, 1, count); }

    template <Part part>
    void visit_mixer(const Mixer& mixer, const LayerFormats& formats, const LayerGroup& group, double runs)
    {
        if (const auto* attention = std::get_if<Attention>(&mixer)) {
            visit_attention<part>(*attention, formats, group, runs);
        } else if (const auto* latent = std::get_if<LatentAttention>(&mixer)) {
            visit_latent_attention<part>(*latent, formats);
        } else if constexpr (part != Part::attention) {
            if (const auto* mamba = std::get_if<Mamba2>(&mixer)) {
                visit_mamba2(*mamba, formats);
            } else if (const auto* lru = std::get_if<RgLru>(&mixer)) {
                visit_rg_lru(*lru, formats);
            } else if (const auto* conv = std::get_if<ShortConv>(&mixer)) {
                visit_short_conv(*conv, formats);
            } else if (const auto* delta = std::get_if<GatedDeltaNet>(&mixer)) {
                visit_gated_delta_net(*delta, formats);
            }
        }
    }

    template <Part part>
    void visit_attention(const Attention& a, const LayerFormats& formats, const LayerGroup& group, double runs)
    {
        const double q = a.query_width();
        const double kv = a.kv_width();
        if constexpr (part != Part::attention) {
            const double in = a.input_width == 0 ? d_ : a.input_width;
            const double q_out = a.output_gate ? 2 * q : q;
            if (a.fused_qkv) {
                product(OperatorKind::attn_qkv, formats[TensorRole::attn_qkv], in, q_out + 2 * kv, a.q_bias);
            } else {
                product(OperatorKind::attn_q, formats[TensorRole::attn_q], in, q_out, a.q_bias);
                product(OperatorKind::attn_k, formats[TensorRole::attn_k], in, kv, a.q_bias);
                const double other = formats.other_v_layers;
                product(OperatorKind::attn_v, formats[TensorRole::attn_v], in, kv, tokens_, (group.layers - other) * runs, 1, a.q_bias);
                if (other > 0) {
                    product(OperatorKind::attn_v, formats.other_v, in, kv, tokens_, other * runs, 1, a.q_bias);
                }
            }
            if (a.qk_norm != QkNorm::none) {
                elementwise(OperatorKind::qk_norm, 4 * tokens_ * (q + kv), 2 * tokens_ * (q + kv), tokens_ * (q + kv), 2, count_);
            }
            if (rotary_ && a.rope_fraction > 0) {
                const double rotated = (q + kv) * a.rope_fraction;
                elementwise(OperatorKind::rope, 3 * tokens_ * rotated, 2 * tokens_ * rotated, tokens_ * rotated, 2, count_);
            }
            write_kv(2 * kv);
        }
        if constexpr (part != Part::fixed) {
            attend(a.heads, a.head_dim, a.head_dim, kv, kv, a.window, a.head_dim);
        }
        if constexpr (part != Part::attention) {
            if (a.output_gate) {
                elementwise(OperatorKind::attn_gate, 5 * tokens_ * q, 3 * tokens_ * q, tokens_ * q, 1, count_);
            }
            for_rows_that_go_on(group, runs, [&](double rows, double count) {
                product(OperatorKind::attn_output, formats[TensorRole::attn_output], q, d_, rows, count, 1, a.out_bias);
            });
        }
    }

    void write_kv(double numbers)
    {
        OperatorCost cost;
        cost.kind = OperatorKind::kv_write;
        cost.count = count_;
        cost.launches = 2;
        cost.kv_bytes = tokens_ * numbers * rules_.kv_bytes;
        cost.activation_bytes = tokens_ * numbers * rules_.activation_bytes;
        sink_(cost);
    }

    // Scores against keys of `key_dim` and the sum of values of `value_dim` a head, over the causal part of the cache.
    void attend(double heads, double key_dim, double value_dim, double key_width, double value_width, double window,
                double head_size)
    {
        const double attended = pass_.sequences * attended_positions(pass_.past, pass_.new_tokens, window);
        const double positions = pass_.sequences * positions_read(pass_.past, pass_.new_tokens, window);
        const double read = positions * rules_.kv_bytes;
        const double score_flops = 2 * attended * heads * key_dim;
        const double softmax_flops = 5 * attended * heads;
        const double value_flops = 2 * attended * heads * value_dim;
        const double in_out = tokens_ * heads * (key_dim + value_dim) * rules_.activation_bytes;

        OperatorCost cost;
        cost.kernel = pass_.new_tokens <= rules_.attention_vec_most_rows ? KernelClass::attention_vec : KernelClass::attention_mat;
        cost.count = count_;
        cost.rows = pass_.new_tokens;
        cost.head_size = head_size;
        cost.head_group = key_width > 0 ? heads * key_dim / key_width : 1;
        const double kv_rows = cost.kernel == KernelClass::attention_vec ? positions * rows_apart(key_width / key_dim) : 0;
        if (rules_.flash_attention) {
            cost.kind = OperatorKind::attention;
            cost.kv_rows = kv_rows;
            cost.attention_rows = tokens_ * heads;
            cost.attention_scores = attended * heads;
            cost.flops = score_flops + softmax_flops + value_flops;
            cost.kv_bytes = read * (key_width + value_width);
            cost.activation_bytes = in_out;
            cost.output_bytes = tokens_ * heads * value_dim * rules_.activation_bytes;
            sink_(cost);
            return;
        }
        // Without fusion the score matrix goes to memory and back, over all positions that are read (masked ones too).
        const double matrix = heads * tokens_ * positions_read(pass_.past, pass_.new_tokens, window) * 4;
        cost.kind = OperatorKind::attn_scores;
        cost.kv_rows = kv_rows / 2;  // keys here, values below
        cost.flops = score_flops;
        cost.kv_bytes = read * key_width;
        cost.activation_bytes = tokens_ * heads * key_dim * rules_.activation_bytes + matrix;
        cost.output_bytes = matrix;
        sink_(cost);
        OperatorCost softmax;
        softmax.kind = OperatorKind::attn_softmax;
        softmax.count = count_;
        softmax.attention_rows = tokens_ * heads;
        softmax.attention_scores = attended * heads;
        softmax.flops = softmax_flops;
        softmax.activation_bytes = 2 * matrix;
        softmax.output_bytes = matrix;
        sink_(softmax);
        cost.kind = OperatorKind::attn_weighted_sum;
        cost.flops = value_flops;
        cost.kv_bytes = read * value_width;
        cost.activation_bytes = tokens_ * heads * value_dim * rules_.activation_bytes + matrix;
        cost.output_bytes = tokens_ * heads * value_dim * rules_.activation_bytes;
        sink_(cost);
    }

    // Keys and values stay compressed: queries are carried into the latent space (absorption), in every pass.
    template <Part part>
    void visit_latent_attention(const LatentAttention& a, const LayerFormats& formats)
    {
        const double head = a.nope_dim + a.rope_dim;
        const double latent = a.kv_rank + a.rope_dim;
        if constexpr (part != Part::attention) {
            if (a.q_rank > 0) {
                product(OperatorKind::latent_q_a, formats[TensorRole::latent_q_a], d_, a.q_rank);
            }
            product(OperatorKind::latent_q_b, formats[TensorRole::latent_q_b], a.q_rank > 0 ? a.q_rank : d_, a.heads * head);
            product(OperatorKind::latent_kv_a, formats[TensorRole::latent_kv_a], d_, latent);
            elementwise(OperatorKind::latent_norm, 4 * tokens_ * (a.q_rank + a.kv_rank), 2 * tokens_ * (a.q_rank + a.kv_rank),
                        tokens_ * (a.q_rank + a.kv_rank), a.q_rank > 0 ? 2 : 1, count_, a.q_rank + a.kv_rank);
            const double rotated = double(a.heads + 1) * a.rope_dim;
            elementwise(OperatorKind::rope, 3 * tokens_ * rotated, 2 * tokens_ * rotated, tokens_ * rotated, 2, count_);
            product(OperatorKind::latent_kv_b, formats[TensorRole::latent_kv_b], a.kv_rank,
                    double(a.heads) * (a.nope_dim + a.v_dim));
            write_kv(latent);
        }
        if constexpr (part != Part::fixed) {
            attend(a.heads, latent, a.kv_rank, latent, 0, 0, latent);
        }
        if constexpr (part != Part::attention) {
            product(OperatorKind::attn_output, formats[TensorRole::attn_output], double(a.heads) * a.v_dim, d_);
        }
    }

    void recurrent(OperatorKind kind, double flops, double state_numbers, double numbers_moved, double numbers_out)
    {
        OperatorCost cost;
        cost.kind = kind;
        cost.kernel = KernelClass::recurrent;
        cost.count = count_;
        cost.flops = flops;
        cost.kv_bytes = 2 * pass_.sequences * state_numbers * 4;  // float32 state, read and written once a pass
        cost.activation_bytes = numbers_moved * rules_.activation_bytes;
        cost.output_bytes = numbers_out * rules_.activation_bytes;
        sink_(cost);
    }

    void convolve(double width, double kernel)
    {
        recurrent(OperatorKind::mixer_conv, 2 * tokens_ * width * kernel, width * (kernel - 1), 2 * tokens_ * width,
                  tokens_ * width);
    }

    void visit_mamba2(const Mamba2& m, const LayerFormats& formats)
    {
        const double inner = m.inner_width();
        const double conv = m.conv_width();
        product(OperatorKind::mixer_in, formats[TensorRole::ssm_in], d_, inner + conv + m.heads);
        convolve(conv, m.conv_kernel);
        recurrent(OperatorKind::mixer_scan, 6 * tokens_ * inner * m.state, inner * m.state, tokens_ * (2 * inner + conv),
                  tokens_ * inner);
        elementwise(OperatorKind::mixer_norm, 6 * tokens_ * inner, 3 * tokens_ * inner, tokens_ * inner, 2, count_, inner);
        product(OperatorKind::mixer_out, formats[TensorRole::ssm_out], inner, d_);
    }

    void visit_rg_lru(const RgLru& r, const LayerFormats& formats)
    {
        const double w = r.width;
        const double block = w / r.gate_blocks;
        product(OperatorKind::mixer_in, formats[TensorRole::lru_x], d_, w);
        product(OperatorKind::mixer_in, formats[TensorRole::lru_y], d_, w);
        convolve(w, r.conv_kernel);
        product(OperatorKind::mixer_gates, formats[TensorRole::lru_gate_in], block, w);
        product(OperatorKind::mixer_gates, formats[TensorRole::lru_gate_a], block, w);
        recurrent(OperatorKind::mixer_scan, 12 * tokens_ * w, w, 4 * tokens_ * w, tokens_ * w);
        product(OperatorKind::mixer_out, formats[TensorRole::lru_out], w, d_);
    }

    void visit_short_conv(const ShortConv& c, const LayerFormats& formats)
    {
        product(OperatorKind::mixer_in, formats[TensorRole::shortconv_in], d_, 3 * d_);
        convolve(d_, c.kernel);
        elementwise(OperatorKind::mixer_gates, 2 * tokens_ * d_, 5 * tokens_ * d_, tokens_ * d_, 2, count_);
        product(OperatorKind::mixer_out, formats[TensorRole::shortconv_out], d_, d_);
    }

    void visit_gated_delta_net(const GatedDeltaNet& g, const LayerFormats& formats)
    {
        const double conv = 2.0 * g.key_width() + g.value_width();
        const double state = double(g.value_heads) * g.key_dim * g.value_dim;
        product(OperatorKind::mixer_in, formats[TensorRole::attn_qkv], d_, conv);
        product(OperatorKind::mixer_gates, formats[TensorRole::ssm_gate], d_, g.value_width());
        product(OperatorKind::mixer_gates, formats[TensorRole::ssm_beta], d_, 2.0 * g.value_heads);
        convolve(conv, g.conv_kernel);
        recurrent(OperatorKind::mixer_scan, 8 * tokens_ * state, state, tokens_ * (conv + g.value_width()),
                  tokens_ * g.value_width());
        elementwise(OperatorKind::mixer_norm, 6 * tokens_ * g.value_width(), 3 * tokens_ * g.value_width(), tokens_ * g.value_width(),
                    2, count_, g.value_dim);
        product(OperatorKind::mixer_out, formats[TensorRole::ssm_out], g.value_width(), d_);
    }

    void visit_all_ffn(const Block& block, NormKind norm, const LayerFormats& formats, const LayerGroup& group)
    {
        if (!block.ffn) {
            return;
        }
        const bool apart = group.has_last && pass_.last_layer != LastLayer::whole;
        const double layers = apart ? group.layers - 1 : group.layers;
        const bool last_is_other = apart && formats.other_down_layers > 0 && formats.last_down == formats.other_down;
        const double other = formats.other_down_layers - (last_is_other ? 1 : 0);
        if (layers > 0) {
            visit_ffn(block, norm, formats, tokens_, layers, other, formats.other_down);
        }
        if (apart && pass_.output_rows > 0) {
            visit_ffn(block, norm, formats, pass_.output_rows, 1, 1, formats.last_down);
        }
    }

    void visit_ffn(const Block& block, NormKind norm, const LayerFormats& formats, double rows, double layers, double other,
                   Format other_down)
    {
        const Ffn& f = *block.ffn;
        const double runs = block.runs;
        const double count = layers * runs;
        const bool mixture = f.experts > 0;
        const double routed = mixture ? rows * f.active : rows;  // rows that the experts see together
        const double hits = mixture ? expert_hits(f.experts, f.active, rows) : 1;
        if (block.norms.before_ffn) {
            normalise(OperatorKind::ffn_norm, d_, rows, norm, count);
        }
        if (mixture) {
            product(OperatorKind::router, Format::f32, d_, f.experts, rows, count);
        }
        if (f.gated && f.fused_gate_up) {
            product(OperatorKind::ffn_up, formats[TensorRole::ffn_up], d_, 2.0 * f.width, routed, count, hits, f.bias);
        } else {
            if (f.gated) {
                product(OperatorKind::ffn_gate, formats[TensorRole::ffn_gate], d_, f.width, routed, count, hits, f.bias);
            }
            product(OperatorKind::ffn_up, formats[TensorRole::ffn_up], d_, f.width, routed, count, hits, f.bias);
        }
        elementwise(OperatorKind::ffn_activation, 4 * routed * f.width, (f.gated ? 3 : 2) * routed * f.width,
                    routed * f.width, 1, count);
        if (layers > other) {
            product(OperatorKind::ffn_down, formats[TensorRole::ffn_down], f.width, d_, routed, (layers - other) * runs, hits,
                    f.bias);
        }
        if (other > 0) {
            product(OperatorKind::ffn_down, other_down, f.width, d_, routed, other * runs, hits, f.bias);
        }
        if (f.shared_width > 0) {
            if (f.gated) {
                product(OperatorKind::shared_gate, formats[TensorRole::shared_gate], d_, f.shared_width, rows, count);
            }
            product(OperatorKind::shared_up, formats[TensorRole::shared_up], d_, f.shared_width, rows, count);
            product(OperatorKind::shared_down, formats[TensorRole::shared_down], f.shared_width, d_, rows, count);
        }
        visit_adapter(block, formats, rows, count);
        if (block.norms.after_ffn) {
            normalise(OperatorKind::post_ffn_norm, d_, rows, norm, count);
        }
        add(OperatorKind::ffn_residual, rows, count);
    }

    void visit_adapter(const Block& block, const LayerFormats& formats, double rows, double count)
    {
        const Adapter& adapter = block.adapter;
        if (adapter.lora_rank > 0) {
            const double out = double(block.ffn->width) * (block.ffn->gated ? 2 : 1);
            product(OperatorKind::adapter, formats[TensorRole::adapter_a], d_, adapter.lora_rank, rows, count);
            product(OperatorKind::adapter, formats[TensorRole::adapter_b], adapter.lora_rank, out, rows, count);
        }
        if (adapter.linear) {
            product(OperatorKind::adapter, formats[TensorRole::adapter_linear], d_, d_, rows, count);
        }
    }

    const PassRules& rules_;
    const PassShape& pass_;
    double d_;
    double tokens_;
    double count_ = 1;
    double reads_ = 1;
    bool rotary_ = true;
    Sink& sink_;
};

}  // namespace slimline
