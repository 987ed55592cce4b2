#include "archspace/random_architecture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <span>
#include <string>

namespace slimline {

namespace {

/// std:: distributions differ between libraries; these do not.
class Draw {
 public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}

    double share() { return double(random_() >> 11) * 0x1p-53; }
    bool chance(double p) { return share() < p; }
    template <class T, std::size_t N>
    T one_of(const std::array<T, N>& values)
    {
        return values[std::size_t(share() * double(N))];
    }

 private:
    std::mt19937_64 random_;
};

struct Shape {
    int layers = 0;
    int d = 0;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    int ffn = 0;
    int vocabulary = 0;
    bool tied = true;
    bool gated = true;
};

Architecture architecture_of(const Shape& s, const std::string& id)
{
    Architecture arch;
    arch.id = id;
    arch.name = id;
    arch.family = "llama";
    arch.d_model = s.d;
    arch.vocabulary = s.vocabulary;
    arch.tied_embeddings = s.tied;
    arch.max_context = 8192;
    Block block;
    block.mixer = Attention{.heads = s.heads, .kv_heads = s.kv_heads, .head_dim = s.head_dim};
    // Without a gate under RMS norms: squared ReLU, as the models that are built so, and the ones that llama.cpp runs, have it.
    block.ffn = Ffn{.width = s.ffn,
                    .gated = s.gated,
                    .activation = s.gated ? Activation::silu : Activation::relu2};
    arch.blocks = {block};
    arch.layers.assign(std::size_t(s.layers), 0);
    return arch;
}

/// A shape whose FFN is as wide as the parameters ask for; no layers where that is no FFN that anybody would build.
Shape draw_shape(Draw& draw, double parameters)
{
    Shape s;
    s.vocabulary = draw.one_of(std::array{16384, 32000, 32768, 49152, 65536});
    s.tied = draw.chance(0.7);
    s.gated = draw.chance(0.8);
    s.head_dim = draw.one_of(std::array{64, 64, 64, 80, 96, 128, 128});
    const double aspect = std::exp(std::log(16.0) + draw.share() * std::log(12.0));  // width over depth: 16 to 192
    // Of 12 L d^2 + V d parameters with d = aspect L, roughly.
    double d = std::cbrt(parameters * aspect / 12);
    for (int i = 0; i < 20; ++i) {
        d = std::cbrt(std::max(0.1 * parameters, parameters - (s.tied ? 1 : 2) * s.vocabulary * d) * aspect / 12);
    }
    s.d = std::max(1, int(std::lround(d / 64))) * 64;
    s.layers = std::max(2, int(std::lround(s.d / aspect)));
    s.heads = std::max(1, int(std::lround(double(s.d) / s.head_dim)));
    const int group = draw.one_of(std::array{1, 2, 3, 4, 8});
    s.kv_heads = std::max(1, s.heads / group);
    s.heads = s.kv_heads * std::min(group, s.heads);
    const double q = double(s.heads) * s.head_dim;
    const double kv = double(s.kv_heads) * s.head_dim;
    const double table = double(s.vocabulary) * s.d * (s.tied ? 1 : 2);
    const double layer = (parameters - table - s.d) / s.layers - 2.0 * s.d - 2 * q * s.d - 2 * kv * s.d;
    s.ffn = int(std::lround(layer / ((s.gated ? 3.0 : 2.0) * s.d) / 32)) * 32;
    return s;
}

bool is_sensible(const Shape& s)
{
    return s.ffn >= s.d && s.ffn <= 8 * s.d && s.d >= 128 && s.layers <= 96;
}

}  // namespace

std::vector<Architecture> random_architectures(int count, double parameters, std::uint64_t seed)
{
    Draw draw(seed);
    std::vector<Architecture> all;
    for (int tries = 0; int(all.size()) < count && tries < 1000 * count; ++tries) {
        const Shape shape = draw_shape(draw, parameters);
        if (!is_sensible(shape)) {
            continue;
        }
        Architecture arch = architecture_of(shape, "random-" + std::to_string(all.size() + 1));
        if (std::abs(parameter_count(arch).total / parameters - 1) <= 0.02) {
            all.push_back(std::move(arch));
        }
    }
    return all;
}

}  // namespace slimline
