#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "archspace/uniform_design.h"
#include "simulator/batch_tables.h"

namespace slimline {

/// Eight designs turned around for the batch evaluator's vector registers: number by number, side by side, with what its
/// tables are looked up by. No device and no format changes that.
struct DesignBlock {
    static constexpr std::size_t size = 8;
    template <class T>
    using Lanes = std::array<T, size>;

    alignas(32) Lanes<std::int32_t> layers{};
    Lanes<std::int32_t> d_model{};
    Lanes<std::int32_t> heads{};
    Lanes<std::int32_t> kv_heads{};
    Lanes<std::int32_t> head_dim{};
    Lanes<std::int32_t> d_ffn{};
    Lanes<std::int32_t> vocabulary{};
    Lanes<std::int32_t> experts{};
    Lanes<std::int32_t> active{};
    Lanes<std::int32_t> tied{};
    Lanes<std::uint8_t> variant{};  // variant_index()
    Lanes<std::uint8_t> stream_alignment{};
    Lanes<std::uint8_t> query_alignment{};
    Lanes<std::uint8_t> ffn_alignment{};
    // Whether one look-up serves all.
    bool one_depth = false;
    bool one_head_dim = false;
    bool one_group = false;
    bool one_kind = false;  // variant and alignments

    /// Takes at most eight designs; lanes that are left have the last one.
    void take(std::span<const UniformDesign> designs)
    {
        if (designs.size() >= size) {  // without asking at each
            for (std::size_t i = 0; i < size; ++i) {
                put(i, designs[i]);
            }
        } else {
            for (std::size_t i = 0; i < size; ++i) {
                put(i, designs[std::min(i, designs.size() - 1)]);
            }
        }
        one_depth = alike(layers) && alike(experts);
        one_head_dim = alike(head_dim);
        one_group = alike(heads) && alike(kv_heads);
        one_kind = alike(variant) && alike(stream_alignment) && alike(query_alignment) && alike(ffn_alignment);
    }

 private:
    void put(std::size_t i, const UniformDesign& u)
    {
        layers[i] = u.layers;
        d_model[i] = u.d_model;
        heads[i] = u.heads;
        kv_heads[i] = u.kv_heads;
        head_dim[i] = u.head_dim;
        d_ffn[i] = u.d_ffn;
        vocabulary[i] = u.vocabulary;
        experts[i] = u.experts;
        active[i] = u.active;
        tied[i] = u.tied ? 1 : 0;
        const bool is_70b = u.layers == 80 && u.heads / u.kv_heads == 8;
        variant[i] = std::uint8_t(variant_index(u.heads >= 4 * u.kv_heads, u.experts, u.tied, is_70b));
        stream_alignment[i] = std::uint8_t(alignment_class(u.d_model));
        query_alignment[i] = std::uint8_t(alignment_class(u.heads * u.head_dim));
        ffn_alignment[i] = std::uint8_t(alignment_class(u.d_ffn));
    }

    template <class T>
    static bool alike(const Lanes<T>& lanes)
    {
        T differ{};
        for (const T lane : lanes) {
            differ = T(differ | (lane ^ lanes[0]));
        }
        return differ == 0;
    }
};

/// Fills as many blocks as the designs need, and says how many.
inline std::size_t pack(std::span<const UniformDesign> designs, std::span<DesignBlock> blocks)
{
    const std::size_t count = (designs.size() + DesignBlock::size - 1) / DesignBlock::size;
    for (std::size_t b = 0; b < count; ++b) {
        const std::size_t first = b * DesignBlock::size;
        blocks[b].take(designs.subspan(first, std::min(DesignBlock::size, designs.size() - first)));
    }
    return count;
}

/// Designs in blocks, for those that are asked again and again.
inline std::vector<DesignBlock> packed(std::span<const UniformDesign> designs)
{
    std::vector<DesignBlock> blocks((designs.size() + DesignBlock::size - 1) / DesignBlock::size);
    pack(designs, blocks);
    return blocks;
}

}  // namespace slimline
