#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "archspace/inline_architecture.h"
#include "archspace/layer_stack.h"

namespace slimline {

inline Architecture small_architecture(const std::string& what = "")
{
    return inline_architecture("L=2,d=256,h=4,kv=2,hd=32,ffn=512,V=320,ctx=256,tied" + what);
}

template <class Change>
Architecture changed_architecture(Architecture arch, Change&& change)
{
    for (Block& block : arch.blocks) {
        change(arch, block, std::get<Attention>(block.mixer), *block.ffn);
    }
    return arch;
}

struct ArchitectureKind {
    std::string name;
    Architecture arch;
};

/// One small architecture for each kind of the catalogue that the engine runs.
inline std::vector<ArchitectureKind> architecture_kinds()
{
    std::vector<ArchitectureKind> all;
    const auto add = [&](std::string name, Architecture arch, auto&& change) {
        all.push_back({std::move(name), changed_architecture(std::move(arch), change)});
    };
    const auto as_it_is = [](auto&, auto&, auto&, auto&) {};
    add("llama, grouped queries", small_architecture(), as_it_is);
    add("multi-head, untied, odd vocabulary", inline_architecture("L=2,d=256,h=4,ffn=512,V=321,untied"), as_it_is);
    add("qwen2: biases", small_architecture(",qkv_bias"), as_it_is);
    add("gemma 2: softcaps, norms on both sides, window", small_architecture(),
        [](auto& arch, auto& block, auto& a, auto& f) {
            a.softcap = 5;
            a.window = 9;
            arch.final_softcap = 3;
            block.norms = {true, true, true, true};
            f.activation = Activation::gelu_tanh;
        });
    add("qwen3: norms of each head", small_architecture(),
        [](auto&, auto&, auto& a, auto&) { a.qk_norm = QkNorm::per_head; });
    add("olmo 2: norms after, full-width query norms", small_architecture(), [](auto&, auto& block, auto& a, auto&) {
        a.qk_norm = QkNorm::full_width;
        block.norms = {false, true, false, true};
    });
    add("phi-2: parallel with one norm, partial rotation, layer norms", small_architecture(",plain,parallel"),
        [](auto& arch, auto& block, auto& a, auto& f) {
            arch.norm = NormKind::layer;
            arch.head_bias = true;
            block.norms = {true, false, false, false};
            a.rope_fraction = 0.5;
            a.fused_qkv = a.q_bias = a.out_bias = f.bias = true;
            f.activation = Activation::gelu;
        });
    add("pythia: parallel with two norms", small_architecture(",plain,parallel"),
        [](auto& arch, auto& block, auto&, auto&) {
            arch.norm = NormKind::layer_no_bias;
            block.norms = {true, false, true, false};
        });
    add("phi-3: fused matrices", small_architecture(),
        [](auto&, auto&, auto& a, auto& f) { a.fused_qkv = f.fused_gate_up = true; });
    add("OPT: learned positions, narrow embedding", small_architecture(",plain"),
        [](auto& arch, auto&, auto&, auto& f) {
            arch.positions = Positions::learned;
            arch.learned_positions = 64;
            arch.embedding_width = 128;
            arch.norm = NormKind::layer;
            f.activation = Activation::relu;
        });
    add("OPT: learned positions, biases", small_architecture(",plain"), [](auto& arch, auto&, auto& a, auto& f) {
        arch.positions = Positions::learned;
        arch.learned_positions = 64;
        arch.norm = NormKind::layer;
        a.q_bias = a.out_bias = f.bias = true;
        f.activation = Activation::relu;
    });
    add("bloom: ALiBi, norm of the embedding, one KV head",
        inline_architecture("L=2,d=256,h=4,kv=1,hd=32,ffn=512,V=320,plain"), [](auto& arch, auto&, auto&, auto& f) {
            arch.positions = Positions::alibi;
            arch.embedding_norm = true;
            arch.norm = NormKind::layer;
            f.activation = Activation::relu2;
        });
    add("mixture of experts with a shared one",
        inline_architecture("L=2,d=256,h=4,kv=2,hd=32,ffn=256,V=320,E=6,K=2,S=512"), as_it_is);
    add("shared FFN, gated attention", small_architecture(), [](auto&, auto& block, auto& a, auto&) {
        block.sharing = Sharing::ffn;
        a.output_gate = true;
    });
    add("blocks that run twice", small_architecture(), [](auto&, auto& block, auto&, auto&) { block.runs = 2; });

    Architecture unlike = small_architecture();
    Block other = unlike.blocks[0];
    other.name = "other";
    other.ffn->width = 768;
    std::get<Attention>(other.mixer) = {.heads = 8, .kv_heads = 4, .head_dim = 64, .window = 5};
    add_layer(unlike, other);
    Block bare = unlike.blocks[0];
    bare.name = "bare";
    bare.ffn.reset();
    add_layer(unlike, bare);
    Block no_mixer = unlike.blocks[0];
    no_mixer.name = "no mixer";
    no_mixer.mixer = {};
    no_mixer.norms.before_mixer = false;
    add_layer(unlike, no_mixer);
    all.push_back({"layers of four kinds", unlike});
    return all;
}

/// Tokens of their vocabulary.
inline std::vector<int> prompt(int length)
{
    std::vector<int> tokens(std::size_t(length), 0);
    for (int i = 0; i < length; ++i) {
        tokens[std::size_t(i)] = (7 + 31 * i) % 320;
    }
    return tokens;
}

/// Length of the difference over that of what is expected.
template <class Expected>
double relative_error(std::span<const float> got, const Expected& expected)
{
    double off = 0;
    double size = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        off += std::pow(double(got[i]) - expected[i], 2);
        size += std::pow(double(expected[i]), 2);
    }
    return std::sqrt(off / size);
}

}  // namespace slimline
