// The GPU's engine on an emulated device against the CPU's: the same weights, prompts and steps.

#include <catch2/catch.hpp>
#include <cmath>
#include <iostream>
#include <memory>

#include "archspace/inline_architecture.h"
#include "archspace/layer_stack.h"
#include "base/errors.h"
#include "emulated_device.h"
#include "validation/cuda/gpu_engine.h"
#include "validation/engine/int4_engine.h"

using namespace slimline;
using namespace slimline::cuda;
using engine::EngineOptions;
using engine::Int4Engine;

namespace {

Architecture small(const std::string& what = "")
{
    return inline_architecture("L=2,d=256,h=4,kv=2,hd=32,ffn=512,V=320,ctx=256,tied" + what);
}

template <class Change>
Architecture changed(Architecture arch, Change&& change)
{
    for (Block& block : arch.blocks) {
        change(arch, block, std::get<Attention>(block.mixer), *block.ffn);
    }
    return arch;
}

struct Kind {
    std::string name;
    Architecture arch;
};

/// One small architecture for each kind of the catalogue that the GPU's engine runs.
std::vector<Kind> kinds()
{
    std::vector<Kind> all;
    const auto add = [&](std::string name, Architecture arch, auto&& change) {
        all.push_back({std::move(name), changed(std::move(arch), change)});
    };
    const auto as_it_is = [](auto&, auto&, auto&, auto&) {};
    add("llama, grouped queries", small(), as_it_is);
    add("multi-head, untied, odd vocabulary", inline_architecture("L=2,d=256,h=4,ffn=512,V=321,untied"), as_it_is);
    add("one KV head for six, heads of 80", inline_architecture("L=2,d=256,h=6,kv=1,hd=80,ffn=512,V=320,tied"), as_it_is);
    add("qwen2: biases", small(",qkv_bias"), as_it_is);
    add("gemma 2: softcaps, norms on both sides, window", small(), [](auto& arch, auto& block, auto& a, auto& f) {
        a.softcap = 5;
        a.window = 9;
        arch.final_softcap = 3;
        block.norms = {true, true, true, true};
        f.activation = Activation::gelu_tanh;
    });
    add("qwen3: norms of each head", small(), [](auto&, auto&, auto& a, auto&) { a.qk_norm = QkNorm::per_head; });
    add("olmo 2: norms after, full-width query norms", small(), [](auto&, auto& block, auto& a, auto&) {
        a.qk_norm = QkNorm::full_width;
        block.norms = {false, true, false, true};
    });
    add("phi-2: parallel with one norm, partial rotation, layer norms", small(",plain,parallel"),
        [](auto& arch, auto& block, auto& a, auto& f) {
            arch.norm = NormKind::layer;
            arch.head_bias = true;
            block.norms = {true, false, false, false};
            a.rope_fraction = 0.5;
            a.fused_qkv = a.q_bias = a.out_bias = f.bias = true;
            f.activation = Activation::gelu;
        });
    add("pythia: parallel with two norms", small(",plain,parallel"), [](auto& arch, auto& block, auto&, auto&) {
        arch.norm = NormKind::layer_no_bias;
        block.norms = {true, false, true, false};
    });
    add("phi-3: fused matrices", small(), [](auto&, auto&, auto& a, auto& f) { a.fused_qkv = f.fused_gate_up = true; });
    add("OPT: learned positions, biases", small(",plain"), [](auto& arch, auto&, auto& a, auto& f) {
        arch.positions = Positions::learned;
        arch.learned_positions = 64;
        arch.norm = NormKind::layer;
        a.q_bias = a.out_bias = f.bias = true;
        f.activation = Activation::relu;
    });
    add("bloom: ALiBi, norm of the embedding, one KV head", inline_architecture("L=2,d=256,h=4,kv=1,hd=32,ffn=512,V=320,plain"),
        [](auto& arch, auto&, auto&, auto& f) {
            arch.positions = Positions::alibi;
            arch.embedding_norm = true;
            arch.norm = NormKind::layer;
            f.activation = Activation::relu2;
        });
    add("shared FFN, gated attention", small(), [](auto&, auto& block, auto& a, auto&) {
        block.sharing = Sharing::ffn;
        a.output_gate = true;
    });
    add("blocks that run twice", small(), [](auto&, auto& block, auto&, auto&) { block.runs = 2; });

    Architecture unlike = small();
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

std::vector<int> prompt(int length)
{
    std::vector<int> tokens(std::size_t(length), 0);
    for (int i = 0; i < length; ++i) {
        tokens[std::size_t(i)] = (7 + 31 * i) % 320;
    }
    return tokens;
}

/// Length of the difference over that of what is expected, over the vocabulary.
double relative_error(std::span<const float> got, std::span<const float> expected)
{
    double off = 0;
    double size = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        off += std::pow(double(got[i]) - expected[i], 2);
        size += std::pow(double(expected[i]), 2);
    }
    return std::sqrt(off / size);
}

/// The largest error of a prompt in chunks and then some steps, against the CPU.
double largest_error(std::shared_ptr<EmulatedDevice> device, const Kind& kind, const WeightMix& mix, int chunk)
{
    const std::vector<int> tokens = prompt(21);
    const std::span<const int> all(tokens);
    const EngineOptions options{.context = 64, .chunk = chunk, .seed = 3};
    Int4Engine cpu(kind.arch, mix, options);
    GpuEngine gpu(std::move(device), kind.arch, mix, options);
    const auto vocabulary = std::size_t(kind.arch.vocabulary);
    double largest = relative_error(gpu.prefill(0, all.first(18)), cpu.prefill(0, all.first(18)).first(vocabulary));
    for (std::size_t t = 18; t < tokens.size(); ++t) {
        const auto expected = cpu.decode(all.subspan(t, 1)).first(vocabulary);
        largest = std::max(largest, relative_error(gpu.decode(all.subspan(t, 1)), expected));
    }
    return largest;
}

}  // namespace

TEST_CASE("logits equal the CPU's within a hundredth, for every kind of architecture and format", "[cuda]")
{
    const Kind kind = GENERATE(from_range(kinds()));
    const std::string mix = GENERATE("Q4_0", "Q8_0", "F16", "Q4_K_M", "F32");
    CAPTURE(kind.name, mix);
    const auto device = std::make_shared<EmulatedDevice>();
    const double by_tiles = largest_error(device, kind, mix_named(mix), 16);
    const double by_vectors = largest_error(device, kind, mix_named(mix), 5);
    CHECK(by_tiles < 1e-2);
    CHECK(by_vectors < 1e-2);
    CHECK(device->held_bytes() == 0);
    UNSCOPED_INFO(by_tiles);
    if (std::getenv("SLIMLINE_SHOW_ERRORS") != nullptr) {
        std::cerr << kind.name << ' ' << mix << ' ' << by_tiles << ' ' << by_vectors << '\n';
    }
}
