#include "archspace/resizing.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

/// The largest number up to `most` that divides `whole`.
int divisor_up_to(int whole, int most)
{
    int divisor = std::clamp(most, 1, std::max(1, whole));
    while (whole % divisor != 0) {
        --divisor;
    }
    return divisor;
}

/// `old` in the proportion of `wanted` to `largest`, by blocks of `unit`.
int in_proportion(int old, int wanted, int largest, int unit)
{
    if (old == largest) {
        return wanted;
    }
    const double exact = double(old) * wanted / largest;
    return std::max(1, int(std::lround(exact / unit))) * unit;
}

/// A width's own alignment, at most a block of K-quants.
int granule(int width)
{
    for (const int block : {256, 128, 64, 32, 8}) {
        if (width % block == 0) {
            return block;
        }
    }
    return 1;
}

}  // namespace

StackSizes stack_sizes(const Architecture& arch)
{
    StackSizes sizes;
    const auto widen = [](int& size, int other) { size = std::max(size, other); };
    for (const Block& block : arch.blocks) {
        if (const auto* attention = std::get_if<Attention>(&block.mixer)) {
            widen(sizes.heads, attention->heads);
            widen(sizes.kv_heads, attention->kv_heads);
            widen(sizes.head_dim, attention->head_dim);
        } else if (const auto* latent = std::get_if<LatentAttention>(&block.mixer)) {
            widen(sizes.heads, latent->heads);
        }
        if (block.ffn) {
            widen(sizes.d_ffn, block.ffn->width);
            widen(sizes.experts, block.ffn->experts);
            widen(sizes.active, block.ffn->active);
        }
    }
    return sizes;
}

Architecture with_layers(Architecture arch, int layers)
{
    const std::vector<int> old = arch.layers;
    arch.layers.clear();
    for (int i = 0; i < layers; ++i) {
        arch.layers.push_back(old[std::size_t(std::int64_t(i) * std::int64_t(old.size()) / layers)]);
    }
    return arch;
}

Architecture with_heads(Architecture arch, int heads)
{
    const int largest = stack_sizes(arch).heads;
    for (Block& block : arch.blocks) {
        if (auto* attention = std::get_if<Attention>(&block.mixer)) {
            const bool shared = attention->kv_heads != attention->heads;
            attention->heads = in_proportion(attention->heads, heads, largest, 1);
            attention->kv_heads = shared ? divisor_up_to(attention->heads, attention->kv_heads) : attention->heads;
        } else if (auto* latent = std::get_if<LatentAttention>(&block.mixer)) {
            latent->heads = in_proportion(latent->heads, heads, largest, 1);
        }
    }
    return arch;
}

Architecture with_kv_heads(Architecture arch, int kv_heads)
{
    for (Block& block : arch.blocks) {
        if (auto* attention = std::get_if<Attention>(&block.mixer)) {
            attention->kv_heads = divisor_up_to(attention->heads, kv_heads);
        }
    }
    return arch;
}

Architecture with_head_dim(Architecture arch, int head_dim)
{
    for (Block& block : arch.blocks) {
        if (auto* attention = std::get_if<Attention>(&block.mixer)) {
            attention->head_dim = head_dim;
        }
    }
    return arch;
}

Architecture with_ffn_width(Architecture arch, int width)
{
    const int largest = stack_sizes(arch).d_ffn;
    for (Block& block : arch.blocks) {
        if (block.ffn) {
            block.ffn->width = in_proportion(block.ffn->width, width, largest, granule(block.ffn->width));
        }
    }
    return arch;
}

Architecture with_experts(Architecture arch, int experts, int active)
{
    for (Block& block : arch.blocks) {
        if (block.ffn) {
            block.ffn->experts = experts;
            block.ffn->active = experts == 0 ? 0 : std::clamp(active, 1, experts);
            block.ffn->shared_width = experts == 0 ? 0 : block.ffn->shared_width;
        }
    }
    return arch;
}

}  // namespace slimline
