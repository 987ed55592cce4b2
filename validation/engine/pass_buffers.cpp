// Where the activations of a pass lie in memory.

#include <algorithm>
#include <initializer_list>

#include "validation/engine/forward_pass.h"

namespace slimline::engine {

namespace {

/// Which of the layers' matrices are read from one buffer, as kinds of their inputs.
InputKinds kinds_of_roles(const EngineWeights& weights, std::initializer_list<TensorRole> roles)
{
    InputKinds kinds;
    const auto add = [&](const LayerWeights& layer) {
        for (const TensorRole role : roles) {
            if (layer[role] != nullptr && !layer[role]->matrices.empty()) {
                kinds.add(kernels::input_of(layer.matrix(role).format));
            }
        }
    };
    add(weights.globals);
    std::ranges::for_each(weights.layers, add);
    return kinds;
}

void reserve_attention(PassState& pass, const Attention& a, int rows)
{
    pass.mixer.reserve(rows, pass.arch.d_model);
    pass.qkv.reserve(rows, a.projected_query_width() + 2 * a.kv_width());
    pass.attended.reserve(rows, a.query_width(), kinds_of_roles(pass.weights, {TensorRole::attn_output}),
                          a.query_width());
}

void reserve_ffn(PassState& pass, const Ffn& ffn, int rows)
{
    const int d = pass.arch.d_model;
    const int chosen = ffn.active * rows;
    const int slots = (ffn.experts > 0 ? chosen : rows) + (ffn.shared_width > 0 ? rows : 0);
    const int width = std::max(ffn.width, ffn.shared_width);
    pass.ffn.reserve(slots, d);
    pass.wide.reserve(slots, ffn.gated ? 2 * whole_vectors(width) : width,
                      kinds_of_roles(pass.weights, {TensorRole::ffn_down, TensorRole::shared_down}), width);
    if (ffn.experts > 0) {
        pass.router.reserve(rows, ffn.experts);
        pass.gathered.reserve(chosen, d, kinds_of_roles(pass.weights, {TensorRole::ffn_gate, TensorRole::ffn_up}), d);
    }
}

void reserve_head(PassState& pass, int outputs)
{
    const int width = pass.arch.head_input_width();
    const TensorRole head =
        pass.weights.globals[TensorRole::output] != nullptr ? TensorRole::output : TensorRole::token_embedding;
    pass.head_input.reserve(outputs, width, kinds_of_roles(pass.weights, {head}), width);
    pass.logits.reserve(outputs, pass.arch.vocabulary);
}

/// Gives buffers their places one behind the other; returns the end.
std::size_t place(std::initializer_list<Activations*> buffers, std::size_t at, std::byte* memory)
{
    for (Activations* each : buffers) {
        if (memory != nullptr) {
            each->attach(memory + at);
        }
        at += each->bytes();
    }
    return at;
}

/// Lays all buffers out; without memory only the size is found.
std::size_t lay_out(PassState& p, std::byte* memory)
{
    const bool parallel = std::ranges::any_of(p.arch.blocks, &Block::parallel);
    const std::size_t always = place({&p.hidden, &p.input, &p.head_input}, 0, memory);
    const std::size_t after_mixer = place({&p.mixer}, always, memory);
    const std::size_t attention = place({&p.qkv, &p.attended}, after_mixer, memory);
    const std::size_t ffn = place({&p.ffn, &p.router, &p.gathered, &p.wide}, parallel ? after_mixer : always, memory);
    const std::size_t head = place({&p.logits}, always, memory);
    return std::max({attention, ffn, head});
}

}  // namespace

void reserve(PassState& pass, int rows, int outputs)
{
    const Architecture& arch = pass.arch;
    const int widest = std::max(arch.d_model, arch.head_input_width());
    pass.hidden.reserve(rows, arch.d_model);
    const auto read = kinds_of_roles(
        pass.weights, {TensorRole::attn_q, TensorRole::attn_k, TensorRole::attn_v, TensorRole::attn_qkv,
                       TensorRole::ffn_gate, TensorRole::ffn_up, TensorRole::shared_gate, TensorRole::shared_up,
                       TensorRole::router, TensorRole::project_in, TensorRole::project_out});
    pass.input.reserve(rows, widest, read, widest);
    for (const Block& block : arch.blocks) {
        if (const auto* a = std::get_if<Attention>(&block.mixer)) {
            reserve_attention(pass, *a, rows);
        }
        if (block.ffn) {
            reserve_ffn(pass, *block.ffn, rows);
        }
    }
    reserve_head(pass, outputs);
    pass.memory.resize(lay_out(pass, nullptr) / sizeof(CacheLine));
    lay_out(pass, reinterpret_cast<std::byte*>(pass.memory.data()));
    pass.scratch.resize(std::size_t(pass.team.size()));
}

}  // namespace slimline::engine
