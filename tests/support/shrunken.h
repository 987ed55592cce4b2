#pragma once

#include <algorithm>

#include "archspace/architecture.h"

namespace slimline {

/// A catalogued model made small, with every kind of layer it has: width 256, 320 tokens, the first layers.
inline Architecture shrunken(Architecture arch)
{
    const auto half_of = [](int width, int most) { return std::min((width + 255) / 256 * 256, most); };
    const int d = arch.d_model;
    arch.d_model = 256;
    // Some kinds are only ever so.
    const bool square = std::all_of(arch.blocks.begin(), arch.blocks.end(), [&](const Block& block) {
        const auto* a = std::get_if<Attention>(&block.mixer);
        return a == nullptr || a->query_width() == d;
    });
    arch.vocabulary = 320;
    arch.max_context = std::min(arch.max_context, 2048);
    if (arch.learned_positions > 0) {
        arch.learned_positions = arch.max_context = 512;
    }
    std::size_t kept = std::min<std::size_t>(arch.layers.size(), 7);
    for (std::size_t i = 0; arch.blocks.size() < 5 && i < arch.blocks.size(); ++i) {
        const auto first = std::find(arch.layers.begin(), arch.layers.end(), int(i));
        kept = std::max(kept, std::size_t(std::min(first, arch.layers.end() - 1) - arch.layers.begin()) + 1);
    }
    arch.layers.resize(kept);
    for (Block& block : arch.blocks) {
        if (auto* a = std::get_if<Attention>(&block.mixer)) {
            const int group = std::max(1, a->heads / std::max(1, a->kv_heads));
            a->kv_heads = square ? std::max(1, 4 / group) : std::min(a->kv_heads, 2);
            a->heads = square ? 4 : a->kv_heads * std::min(group, 4);
            a->head_dim = square ? 64 : a->head_dim;
            a->window = a->window > 0 ? 32 : 0;
        }
        if (auto* l = std::get_if<LatentAttention>(&block.mixer)) {
            l->heads = std::min(l->heads, 4);
            l->q_rank = half_of(l->q_rank, 256);
        }
        if (auto* m = std::get_if<Mamba2>(&block.mixer)) {
            m->heads = 512 / m->head_dim;
        }
        if (block.ffn) {
            block.ffn->width = half_of(block.ffn->width, 512);
            block.ffn->shared_width = half_of(block.ffn->shared_width, 512);
            block.ffn->experts = std::min(block.ffn->experts, 8);
            block.ffn->active = std::min(block.ffn->active, 4);
        }
    }
    return arch;
}

}  // namespace slimline
