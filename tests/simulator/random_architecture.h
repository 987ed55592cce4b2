#pragma once

#include <array>
#include <random>

#include "archspace/architecture.h"
#include "simulator/prediction.h"
#include "archspace/uniform_design.h"

namespace slimline {

/// Cases of a property test: as many as promised, fewer where sanitizers make each of them slow.
constexpr int cases(int promised)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return promised / 20;
#else
    return promised;
#endif
}

/// Random models of every kind the simulator knows: for properties that must hold on all of them.
class RandomArchitecture {
 public:
    explicit RandomArchitecture(unsigned seed) : random_(seed) {}

    int pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
    bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
    template <class T, std::size_t n>
    T one_of(const std::array<T, n>& values)
    {
        return values[std::size_t(pick(0, int(n) - 1))];
    }

    UniformDesign uniform()
    {
        UniformDesign u;
        u.layers = pick(1, 96);
        u.head_dim = one_of<int>(std::array{32, 48, 64, 80, 96, 128, 256});
        u.kv_heads = pick(1, 8);
        u.heads = u.kv_heads * pick(1, 9);
        u.d_model = 32 * pick(2, 160);
        u.d_ffn = 32 * pick(2, 512);
        u.vocabulary = pick(256, 262144);
        u.tied = chance(0.5);
        if (chance(0.4)) {
            u.experts = one_of<int>(std::array{2, 4, 8, 16, 60, 64});
            u.active = pick(1, std::min(8, u.experts));
        }
        return u;
    }

    Workload workload()
    {
        Workload w;
        w.batch = chance(0.7) ? 1 : pick(2, 40);
        w.prompt_tokens = pick(0, 2000);
        w.generated_tokens = pick(1, 150);
        w.ubatch = one_of<int>(std::array{64, 512, 2048});
        w.flash_attention = chance(0.6);
        return w;
    }

    Architecture any()
    {
        Architecture arch = architecture_of(uniform());
        arch.id = "random";
        arch.blocks.clear();
        const int kinds = pick(1, 4);
        for (int i = 0; i < kinds; ++i) {
            arch.blocks.push_back(block(arch.d_model));
            arch.blocks.back().name = "kind" + std::to_string(i);
        }
        for (int& layer : arch.layers) {
            layer = pick(0, kinds - 1);
        }
        arch.norm = one_of(std::array{NormKind::rms, NormKind::layer, NormKind::layer_no_bias, NormKind::layer_no_parameters});
        arch.positions = one_of(std::array{Positions::rope, Positions::none, Positions::alibi, Positions::learned});
        arch.learned_positions = arch.positions == Positions::learned ? 2048 : 0;
        arch.embedding_norm = chance(0.2);
        arch.head_bias = chance(0.2);
        arch.embedding_width = chance(0.1) ? 32 * pick(2, 32) : 0;
        return arch;
    }

 private:
    Mixer mixer(int d)
    {
        switch (pick(0, 8)) {
            case 0: return LatentAttention{pick(1, 40), chance(0.5) ? 32 * pick(2, 24) : 0, 32 * pick(2, 16), 64, 32, 64};
            case 1: return Mamba2{pick(1, 48), 64, 128, pick(1, 4), 4, chance(0.5)};
            case 2: return RgLru{32 * pick(2, 80), 4, 2, chance(0.5)};
            case 3: return ShortConv{pick(2, 4)};
            case 4: return GatedDeltaNet{pick(1, 16), pick(1, 32), 128, 128, 4};
            case 5: return std::monostate{};
            default: break;
        }
        Attention a;
        a.head_dim = one_of<int>(std::array{32, 64, 80, 128, 256});
        a.kv_heads = pick(1, 8);
        a.heads = a.kv_heads * pick(1, 8);
        a.window = chance(0.4) ? pick(1, 2500) : 0;
        a.rope_fraction = one_of<double>(std::array{0.0, 0.25, 0.5, 1.0});
        a.qk_norm = one_of(std::array{QkNorm::none, QkNorm::per_head, QkNorm::full_width, QkNorm::no_parameters});
        a.q_bias = chance(0.3);
        a.out_bias = chance(0.3);
        a.output_gate = chance(0.2);
        a.fused_qkv = chance(0.3);
        a.input_width = chance(0.1) ? 2 * d : 0;
        return a;
    }

    Block block(int d)
    {
        Block b;
        b.mixer = mixer(d);
        if (b.mixer.index() == 0 || chance(0.9)) {
            Ffn f;
            f.width = 32 * pick(1, 400);
            f.gated = chance(0.7);
            f.bias = chance(0.2);
            f.fused_gate_up = f.gated && chance(0.2);
            if (chance(0.25)) {
                f.experts = one_of<int>(std::array{4, 8, 64});
                f.active = pick(1, 4);
                f.shared_width = chance(0.4) ? 32 * pick(1, 100) : 0;
            }
            b.ffn = f;
            b.parallel = chance(0.2);
            b.runs = chance(0.1) ? 2 : 1;
            b.adapter = {chance(0.1) ? 64 : 0, chance(0.1)};
        }
        b.norms = {true, chance(0.2), chance(0.9), chance(0.2)};
        return b;
    }

    std::mt19937 random_;
};

}  // namespace slimline
