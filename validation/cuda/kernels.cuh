#pragma once

// The GPU's kernels, each a function that one thread runs. Whoever includes this has included before it what gives
// threadIdx, blockIdx, shuffle(), dot4() and the like: cuda_language.cuh, or the emulation of the tests.

#include <cmath>

#include "validation/cuda/kernel_args.h"

namespace slimline::cuda {

// ---- Sums and maxima

SLIMLINE_DEVICE float sum_of_warp(float x, int lanes = 32)
{
    for (int mask = lanes / 2; mask > 0; mask /= 2) {
        x += shuffle_xor(x, mask);
    }
    return x;
}

SLIMLINE_DEVICE float largest_of_warp(float x)
{
    for (int mask = 16; mask > 0; mask /= 2) {
        x = fmaxf(x, shuffle_xor(x, mask));
    }
    return x;
}

/// For all threads of a block of up to 32 warps.
SLIMLINE_DEVICE float sum_of_block(float x)
{
    SLIMLINE_SHARED float of_warps[32];
    x = sum_of_warp(x);
    block_barrier();  // an earlier sum may still be read
    if (threadIdx.x % 32 == 0) {
        of_warps[threadIdx.x / 32] = x;
    }
    block_barrier();
    float sum = 0;
    for (int warp = 0; warp < int(blockDim.x) / 32; ++warp) {
        sum += of_warps[warp];
    }
    return sum;
}

// ---- Weights

constexpr int chunk_columns = 32;

/// Four numbers in each: word v (0..3) of a chunk has numbers 4v.. in `low`, 16 + 4v.. in `high`.
struct WordPair {
    int low;
    int high;
};

template <WeightKind kind>
SLIMLINE_DEVICE WordPair split(unsigned nibbles, uint2 upper, int v)
{
    WordPair words{int(nibbles & 0x0f0f0f0fu), int(nibbles >> 4 & 0x0f0f0f0fu)};
    if (kind == WeightKind::q6_k) {
        words.low |= int((upper.x >> (2 * v) & 0x03030303u) << 4);
        words.high |= int((upper.y >> (2 * v) & 0x03030303u) << 4);
    }
    return words;
}

template <WeightKind kind>
SLIMLINE_DEVICE uint2 upper_bits(const Matrix& m, std::size_t chunk)
{
    return kind == WeightKind::q6_k ? static_cast<const uint2*>(m.high)[chunk] : uint2{0, 0};
}

/// Word v of a chunk, for a thread of a tensor product.
template <WeightKind kind>
SLIMLINE_DEVICE WordPair load_words(const Matrix& m, std::size_t chunk, int v)
{
    const unsigned* words = static_cast<const unsigned*>(m.quants);
    if (kind == WeightKind::q8_0) {
        return {int(words[8 * chunk + v]), int(words[8 * chunk + 4 + v])};
    }
    return split<kind>(words[4 * chunk + v], upper_bits<kind>(m, chunk), v);
}

/// A whole chunk; q[v] has numbers 4v..4v+3.
template <WeightKind kind>
SLIMLINE_DEVICE void load_chunk(const Matrix& m, std::size_t chunk, int (&q)[8])
{
    const uint4* pieces = static_cast<const uint4*>(m.quants);
    if (kind == WeightKind::q8_0) {
        const uint4 first = pieces[2 * chunk];
        const uint4 second = pieces[2 * chunk + 1];
        q[0] = int(first.x), q[1] = int(first.y), q[2] = int(first.z), q[3] = int(first.w);
        q[4] = int(second.x), q[5] = int(second.y), q[6] = int(second.z), q[7] = int(second.w);
        return;
    }
    const uint4 nibbles = pieces[chunk];
    const uint2 upper = upper_bits<kind>(m, chunk);
    const unsigned words[4] = {nibbles.x, nibbles.y, nibbles.z, nibbles.w};
    SLIMLINE_UNROLL
    for (int v = 0; v < 4; ++v) {
        const WordPair pair = split<kind>(words[v], upper, v);
        q[v] = pair.low;
        q[4 + v] = pair.high;
    }
}

/// What stands beside a chunk's quants: value = d first q for the first 16, d second q for the others (Q6_K; less 32), or
/// d first q - dmin second (Q4_K).
struct WeightScale {
    float d;
    float dmin;
    int first;
    int second;
};

template <WeightKind kind>
SLIMLINE_DEVICE WeightScale load_scale(const Matrix& m, std::size_t chunk)
{
    const unsigned bits = m.scales[chunk];
    if (kind == WeightKind::q4_k) {
        const HalfBits* block = m.blocks + chunk / 8 * 2;
        return {to_float(block[0]), to_float(block[1]), int(bits & 0xffu), int(bits >> 8)};
    }
    if (kind == WeightKind::q6_k) {
        return {to_float(m.blocks[chunk / 8 * 2]), 0, std::int8_t(bits & 0xffu), std::int8_t(bits >> 8)};
    }
    return {to_float(HalfBits(bits)), 0, 1, 1};
}

/// A chunk's share of a dot product, from the integer sums over its halves. Rounds where the CPU's kernels do.
template <WeightKind kind>
SLIMLINE_DEVICE float add_scaled(const WeightScale& w, int low, int high, const ChunkScale& x, float sum)
{
    const int of_x = x.sums[0] + x.sums[1];
    switch (kind) {
        case WeightKind::q4_0:
            return fmaf(w.d * x.d, float(low + high - 8 * of_x), sum);
        case WeightKind::q4_k:
            sum = fmaf(w.d * x.d, float(w.first * (low + high)), sum);
            return fmaf(-w.dmin * x.d, float(w.second * of_x), sum);
        case WeightKind::q6_k:
            return fmaf(w.d * x.d, float(w.first * (low - 32 * x.sums[0]) + w.second * (high - 32 * x.sums[1])), sum);
        default:
            return fmaf(w.d * x.d, float(low + high), sum);
    }
}

/// Number k of a row as a real number.
SLIMLINE_DEVICE float weight_at(const Matrix& m, int row, int k)
{
    const std::size_t at = std::size_t(row) * std::size_t(m.columns) + std::size_t(k);
    if (m.kind == WeightKind::f32) {
        return static_cast<const float*>(m.quants)[at];
    }
    if (m.kind == WeightKind::f16) {
        return to_float(static_cast<const HalfBits*>(m.quants)[at]);
    }
    const std::size_t chunk = at / chunk_columns;
    const int j = k % chunk_columns;
    const auto number = [&](const WordPair& words) {
        return std::int8_t((j < 16 ? words.low : words.high) >> (8 * (j % 4)) & 0xff);
    };
    const int v = j % 16 / 4;
    if (m.kind == WeightKind::q8_0) {
        return load_scale<WeightKind::q8_0>(m, chunk).d * float(number(load_words<WeightKind::q8_0>(m, chunk, v)));
    }
    if (m.kind == WeightKind::q4_0) {
        return load_scale<WeightKind::q4_0>(m, chunk).d * float(number(load_words<WeightKind::q4_0>(m, chunk, v)) - 8);
    }
    if (m.kind == WeightKind::q4_k) {
        const WeightScale w = load_scale<WeightKind::q4_k>(m, chunk);
        return w.d * float(w.first) * float(number(load_words<WeightKind::q4_k>(m, chunk, v))) -
               w.dmin * float(w.second);
    }
    const WeightScale w = load_scale<WeightKind::q6_k>(m, chunk);
    return w.d * float(j < 16 ? w.first : w.second) * float(number(load_words<WeightKind::q6_k>(m, chunk, v)) - 32);
}

// ---- Products for one token (of F32 for few): some threads a row, each a 16-byte piece of the weights at a time

struct RowOfProduct {
    int part;
    int row;
};

/// Row `index` of all parts together; rows beyond the end are the last one.
SLIMLINE_DEVICE RowOfProduct row_of(const Product& p, int index)
{
    int part = 0;
    while (part + 1 < p.part_count && index >= p.parts[part].matrix.rows) {
        index -= p.parts[part].matrix.rows;
        ++part;
    }
    const int last = p.parts[part].matrix.rows - 1;
    return {part, index < last ? index : last};
}

/// The matrix of one of the experts, which stand one behind the other in each plane, and its bias.
SLIMLINE_DEVICE ProductPart part_of_expert(const ProductPart& all, int expert)
{
    ProductPart part = all;
    Matrix& m = part.matrix;
    const std::size_t before = std::size_t(expert) * std::size_t(m.rows) * std::size_t(m.columns);
    const std::size_t chunks = before / chunk_columns;
    const auto moved = [](const void* plane, std::size_t bytes) -> const void* {
        return static_cast<const char*>(plane) + bytes;
    };
    switch (m.kind) {
        case WeightKind::f32:
            m.quants = moved(m.quants, before * sizeof(float));
            break;
        case WeightKind::f16:
            m.quants = moved(m.quants, before * sizeof(HalfBits));
            break;
        case WeightKind::q8_0:
            m.quants = moved(m.quants, before);
            m.scales += chunks;
            break;
        default:
            m.quants = moved(m.quants, before / 2);
            m.high = moved(m.high, m.kind == WeightKind::q6_k ? 8 * chunks : 0);
            m.scales += chunks;
            m.blocks += m.kind == WeightKind::q4_0 ? 0 : chunks / 8 * 2;
            break;
    }
    part.bias = all.bias == nullptr ? nullptr : all.bias + std::size_t(expert) * std::size_t(m.rows);
    return part;
}

/// The tokens that a block's matrix is for, and which rows of x they read: all of a product, or those of an expert.
template <bool of_experts>
struct TokenRange {
    int begin;
    int end;

    /// Tokens behind the last are the last.
    SLIMLINE_DEVICE int row(const Product& p, int token) const
    {
        const int t = token < end ? token : end - 1;
        return of_experts && p.x_rows != nullptr ? p.x_rows[t] : t;
    }
};
template <bool of_experts>
SLIMLINE_DEVICE TokenRange<of_experts> tokens_of(const Product& p, int expert)
{
    return of_experts ? TokenRange<of_experts>{p.first_slot[expert], p.first_slot[expert + 1]}
                      : TokenRange<of_experts>{0, p.tokens};
}

/// Sums of the tokens from `first` on.
template <int most_tokens>
SLIMLINE_DEVICE void write_sums(const Product& p, const ProductPart& part, int row, int first, int lane,
                                float (&sums)[most_tokens])
{
    SLIMLINE_UNROLL
    for (int t = 0; t < most_tokens; ++t) {
        if (t < p.tokens) {
            const float sum = sum_of_warp(sums[t], p.lanes);
            if (lane == 0) {
                part.out[std::size_t(first + t) * std::size_t(p.out_stride) + std::size_t(row)] =
                    sum + (part.bias == nullptr ? 0.f : part.bias[row]);
            }
        }
    }
}

/// Of experts: blocks (rows, use of an expert).
template <WeightKind kind, bool of_experts = false>
SLIMLINE_DEVICE void multiply_vector(const Product& p)
{
    const int thread = int(blockIdx.x * blockDim.x + threadIdx.x);
    const int lane = thread % p.lanes;
    const RowOfProduct at = row_of(p, thread / p.lanes);
    const int slot = of_experts ? int(blockIdx.y) : 0;
    ProductPart own;
    const ProductPart& part =
        of_experts ? (own = part_of_expert(p.parts[at.part], p.slot_experts[slot]), own) : p.parts[at.part];
    const Matrix& m = part.matrix;
    const int chunks = m.columns / chunk_columns;
    const std::size_t x_begin =
        of_experts ? std::size_t(p.x_rows == nullptr ? slot : p.x_rows[slot]) * std::size_t(chunks) : 0;
    float sums[1] = {};
    SLIMLINE_UNROLL_BY_4  // that more loads are under way
        for (int c = lane; c < chunks; c += p.lanes)
    {
        const std::size_t chunk = std::size_t(at.row) * std::size_t(chunks) + std::size_t(c);
        int q[8];
        load_chunk<kind>(m, chunk, q);
        const WeightScale scale = load_scale<kind>(m, chunk);
        const uint4* x = reinterpret_cast<const uint4*>(p.x.q) + 2 * (x_begin + std::size_t(c));
        const uint4 first = x[0];
        const uint4 second = x[1];
        const int low =
            dot4(q[0], int(first.x), dot4(q[1], int(first.y), dot4(q[2], int(first.z), dot4(q[3], int(first.w), 0))));
        const int high = dot4(q[4], int(second.x),
                              dot4(q[5], int(second.y), dot4(q[6], int(second.z), dot4(q[7], int(second.w), 0))));
        sums[0] = add_scaled<kind>(scale, low, high, p.x.scales[x_begin + std::size_t(c)], sums[0]);
    }
    write_sums<1>(p, part, at.row, slot, lane, sums);
}

SLIMLINE_DEVICE void load_reals(const float* from, float (&to)[8])
{
    const float4* pieces = reinterpret_cast<const float4*>(from);
    const float4 a = pieces[0];
    const float4 b = pieces[1];
    to[0] = a.x, to[1] = a.y, to[2] = a.z, to[3] = a.w;
    to[4] = b.x, to[5] = b.y, to[6] = b.z, to[7] = b.w;
}
SLIMLINE_DEVICE void store_reals(const float (&from)[8], float* to)
{
    float4* pieces = reinterpret_cast<float4*>(to);
    pieces[0] = float4{from[0], from[1], from[2], from[3]};
    pieces[1] = float4{from[4], from[5], from[6], from[7]};
}
/// As they are read, so that they can be read long before they are needed.
struct EightHalves {
    uint4 words;
};
SLIMLINE_DEVICE EightHalves load_halves(const HalfBits* from)
{
    return {*reinterpret_cast<const uint4*>(from)};
}
SLIMLINE_DEVICE void to_reals(const EightHalves& halves, float (&to)[8])
{
    const unsigned words[4] = {halves.words.x, halves.words.y, halves.words.z, halves.words.w};
    SLIMLINE_UNROLL
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = to_float(HalfBits(words[i] & 0xffffu));
        to[2 * i + 1] = to_float(HalfBits(words[i] >> 16));
    }
}
SLIMLINE_DEVICE void load_reals(const HalfBits* from, float (&to)[8])
{
    to_reals(load_halves(from), to);
}

/// F16 (one token) and F32 (up to eight): eight numbers at a time. Of experts as multiply_vector().
template <class Number, int most_tokens, bool of_experts = false>
SLIMLINE_DEVICE void multiply_real_vector(const Product& p)
{
    const int thread = int(blockIdx.x * blockDim.x + threadIdx.x);
    const int lane = thread % p.lanes;
    const RowOfProduct at = row_of(p, thread / p.lanes);
    const int slot = of_experts ? int(blockIdx.y) : 0;
    ProductPart own;
    const ProductPart& part =
        of_experts ? (own = part_of_expert(p.parts[at.part], p.slot_experts[slot]), own) : p.parts[at.part];
    const Matrix& m = part.matrix;
    const int x_row = of_experts ? (p.x_rows == nullptr ? slot : p.x_rows[slot]) : 0;
    const Number* row = static_cast<const Number*>(m.quants) + std::size_t(at.row) * std::size_t(m.columns);
    float sums[most_tokens] = {};
    for (int k = 8 * lane; k < m.columns; k += 8 * p.lanes) {
        float w[8];
        load_reals(row + k, w);
        SLIMLINE_UNROLL
        for (int t = 0; t < most_tokens; ++t) {
            if (t < p.tokens) {
                float x[8];
                load_reals(p.real + std::size_t(x_row + t) * std::size_t(p.real_stride) + std::size_t(k), x);
                SLIMLINE_UNROLL
                for (int i = 0; i < 8; ++i) {
                    sums[t] = fmaf(w[i], x[i], sums[t]);
                }
            }
        }
    }
    write_sums<most_tokens>(p, part, at.row, slot, lane, sums);
}

// ---- Products for many tokens

/// sum and the products of the numbers in two words: four bytes, or two halves.
SLIMLINE_DEVICE int add_products(int sum, int a, int b)
{
    return dot4(a, b, sum);
}
SLIMLINE_DEVICE float add_products(float sum, unsigned a, unsigned b)
{
    sum = fmaf(to_float(HalfBits(a & 0xffffu)), to_float(HalfBits(b & 0xffffu)), sum);
    return fmaf(to_float(HalfBits(a >> 16)), to_float(HalfBits(b >> 16)), sum);
}

/// What tensor_product() does, number by number: for GPUs without such tensor cores. Each thread fetches the two rows and
/// two columns of its four results from those that hold them.
template <class Sum, class Word>
SLIMLINE_DEVICE void tensor_product_by_dots(Sum (&c)[4], const Word (&a)[4], Word b0, Word b1)
{
    const int lane = int(threadIdx.x % 32);
    const int row = lane & ~3;
    const int column = 8 * (lane % 4);
    SLIMLINE_UNROLL
    for (int i = 0; i < 4; ++i) {
        const Word upper_first = shuffle(a[0], row + i);
        const Word lower_first = shuffle(a[1], row + i);
        const Word upper_second = shuffle(a[2], row + i);
        const Word lower_second = shuffle(a[3], row + i);
        SLIMLINE_UNROLL
        for (int j = 0; j < 2; ++j) {
            const Word first = shuffle(b0, column + 4 * j + i);
            const Word second = shuffle(b1, column + 4 * j + i);
            c[j] = add_products(add_products(c[j], upper_first, first), upper_second, second);
            c[2 + j] = add_products(add_products(c[2 + j], lower_first, first), lower_second, second);
        }
    }
}

template <class Sum, class Word>
SLIMLINE_DEVICE void warp_product(Sum (&c)[4], const Word (&a)[4], Word b0, Word b1)
{
#if SLIMLINE_TENSOR_CORES
    tensor_product(c, a, b0, b1);
#else
    tensor_product_by_dots(c, a, b0, b1);
#endif
}

constexpr int tile_chunks = 4;  // of weights and activations, that lie in shared memory together

/// What stands beside a chunk's weights, as it is read.
struct ScaleBits {
    HalfBits own;
    HalfBits d;
    HalfBits dmin;
};

template <WeightKind kind>
SLIMLINE_DEVICE ScaleBits load_scale_bits(const Matrix& m, std::size_t chunk)
{
    if (kind == WeightKind::q4_k || kind == WeightKind::q6_k) {
        const HalfBits* block = m.blocks + chunk / 8 * 2;
        return {m.scales[chunk], block[0], block[1]};
    }
    return {m.scales[chunk], 0, 0};
}

/// Beside a chunk of activations: their scale, and what of their sums the products of a kind need.
struct TokenScale {
    float d;
    int sums;
};

/// How products of a kind are scaled; all round where add_scaled() does.
template <WeightKind kind>
struct Scaling {  // Q8_0 and Q4_0
    struct Scale {
        float d;
    };
    static SLIMLINE_DEVICE Scale scale_of(const ScaleBits& bits) { return {to_float(bits.own)}; }
    static SLIMLINE_DEVICE int sums_of(const ChunkScale& x)
    {
        return kind == WeightKind::q4_0 ? -8 * (x.sums[0] + x.sums[1]) : 0;
    }
    /// What the integer sum begins with.
    static SLIMLINE_DEVICE int begin(const TokenScale& x) { return x.sums; }
    static SLIMLINE_DEVICE float add(const Scale& w, int low, int, const TokenScale& x, float sum)
    {
        return fmaf(w.d * x.d, float(low), sum);
    }
};
template <>
struct Scaling<WeightKind::q4_k> {
    using Scale = WeightScale;
    static SLIMLINE_DEVICE Scale scale_of(const ScaleBits& bits)
    {
        return {to_float(bits.d), to_float(bits.dmin), bits.own & 0xff, bits.own >> 8};
    }
    static SLIMLINE_DEVICE int sums_of(const ChunkScale& x) { return x.sums[0] + x.sums[1]; }
    static SLIMLINE_DEVICE int begin(const TokenScale&) { return 0; }
    static SLIMLINE_DEVICE float add(const Scale& w, int low, int, const TokenScale& x, float sum)
    {
        sum = fmaf(w.d * x.d, float(w.first * low), sum);
        return fmaf(-w.dmin * x.d, float(w.second * x.sums), sum);
    }
};
template <>
struct Scaling<WeightKind::q6_k> {
    using Scale = WeightScale;
    static SLIMLINE_DEVICE Scale scale_of(const ScaleBits& bits)
    {
        return {to_float(bits.d), 0, std::int8_t(bits.own & 0xff), std::int8_t(bits.own >> 8)};
    }
    /// Both halves' 32-fold: of 16 numbers up to 127, so that each has 16 bits.
    static SLIMLINE_DEVICE int sums_of(const ChunkScale& x)
    {
        return int(unsigned(x.sums[0]) << 16 | (unsigned(x.sums[1]) & 0xffffu));
    }
    static SLIMLINE_DEVICE int begin(const TokenScale&) { return 0; }
    static SLIMLINE_DEVICE float add(const Scale& w, int low, int high, const TokenScale& x, float sum)
    {
        const int of_first = x.sums >> 16;
        const int of_second = std::int16_t(x.sums & 0xffff);
        return fmaf(w.d * x.d, float(w.first * (low - 32 * of_first) + w.second * (high - 32 * of_second)), sum);
    }
};

/// What a product keeps in shared memory. Rows are longer than what they hold, so that eight rows' words lie in different
/// banks.
template <WeightKind kind, int rows, int tokens>
struct ProductTile {
    static constexpr int pieces = kind == WeightKind::q8_0 ? 2 : 1;  // of 16 bytes, a chunk
    uint4 quants[rows][pieces * tile_chunks + 1];
    uint4 x[tokens][2 * tile_chunks + 1];
    TokenScale x_scales[tile_chunks][tokens + 2];
    uint2 high[kind == WeightKind::q6_k ? rows : 1][tile_chunks + 1];
    typename Scaling<kind>::Scale scales[rows][tile_chunks + 1];
};

/// The same on its way there, in the registers of so many threads: fetched while the tile before is multiplied. A thread
/// has the same chunk of some rows, and of some tokens.
template <WeightKind kind, int rows, int tokens, int threads>
struct FetchedTile {
    using Tile = ProductTile<kind, rows, tokens>;
    static constexpr int rows_each = rows * tile_chunks / threads;
    static constexpr int tokens_each = tokens * tile_chunks / threads;
    static constexpr int apart = threads / tile_chunks;  // a thread's rows
    unsigned row_begin[rows_each];                       // chunks before a row
    unsigned token_begin[tokens_each];
    uint4 quants[rows_each][Tile::pieces];
    uint2 high[rows_each];
    ScaleBits scales[rows_each];
    uint4 x[tokens_each][2];
    ChunkScale x_scales[tokens_each];

    /// Rows and tokens behind the last are the last.
    template <class Range>
    SLIMLINE_DEVICE void begin(const Product& p, const Matrix& m, int first_row, const Range& range, int first_token,
                               int thread)
    {
        const unsigned chunks = unsigned(m.columns / chunk_columns);
        SLIMLINE_UNROLL
        for (int i = 0; i < rows_each; ++i) {
            const int row = first_row + thread / tile_chunks + i * apart;
            row_begin[i] = unsigned(row < m.rows ? row : m.rows - 1) * chunks;
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < tokens_each; ++i) {
            const int token = first_token + thread / tile_chunks + i * apart;
            token_begin[i] = unsigned(range.row(p, token)) * chunks;
        }
    }

    /// Chunks behind the end are nothing.
    SLIMLINE_DEVICE void fetch(const Product& p, const Matrix& m, int first_chunk, int thread)
    {
        const unsigned c = unsigned(first_chunk + thread % tile_chunks);
        const bool there = int(c) < m.columns / chunk_columns;
        const uint4* from = static_cast<const uint4*>(m.quants);
        const uint4* x_from = reinterpret_cast<const uint4*>(p.x.q);
        SLIMLINE_UNROLL
        for (int i = 0; i < rows_each; ++i) {
            const std::size_t chunk = row_begin[i] + c;
            SLIMLINE_UNROLL
            for (int piece = 0; piece < Tile::pieces; ++piece) {
                quants[i][piece] = there ? from[Tile::pieces * chunk + std::size_t(piece)] : uint4{0, 0, 0, 0};
            }
            scales[i] = there ? load_scale_bits<kind>(m, chunk) : ScaleBits{0, 0, 0};
            if (kind == WeightKind::q6_k) {
                high[i] = there ? upper_bits<kind>(m, chunk) : uint2{0, 0};
            }
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < tokens_each; ++i) {
            const std::size_t chunk = token_begin[i] + c;
            x[i][0] = there ? x_from[2 * chunk] : uint4{0, 0, 0, 0};
            x[i][1] = there ? x_from[2 * chunk + 1] : uint4{0, 0, 0, 0};
            x_scales[i] = there ? p.x.scales[chunk] : ChunkScale{0, {0, 0}};
        }
    }

    SLIMLINE_DEVICE void store(Tile& tile, int thread) const
    {
        const int c = thread % tile_chunks;
        SLIMLINE_UNROLL
        for (int i = 0; i < rows_each; ++i) {
            const int row = thread / tile_chunks + i * apart;
            SLIMLINE_UNROLL
            for (int piece = 0; piece < Tile::pieces; ++piece) {
                tile.quants[row][Tile::pieces * c + piece] = quants[i][piece];
            }
            tile.scales[row][c] = Scaling<kind>::scale_of(scales[i]);
            if (kind == WeightKind::q6_k) {
                tile.high[row][c] = high[i];
            }
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < tokens_each; ++i) {
            const int token = thread / tile_chunks + i * apart;
            tile.x[token][2 * c] = x[i][0];
            tile.x[token][2 * c + 1] = x[i][1];
            tile.x_scales[c][token] = {x_scales[i].d, Scaling<kind>::sums_of(x_scales[i])};
        }
    }
};

/// Words v (0..3) of a row's chunk in a tile.
template <WeightKind kind, int rows, int tokens>
SLIMLINE_DEVICE WordPair words_of(const ProductTile<kind, rows, tokens>& tile, int row, int c, int v)
{
    constexpr int pieces = ProductTile<kind, rows, tokens>::pieces;
    const unsigned* words = reinterpret_cast<const unsigned*>(&tile.quants[row][pieces * c]);
    if (kind == WeightKind::q8_0) {
        return {int(words[v]), int(words[4 + v])};
    }
    return split<kind>(words[v], kind == WeightKind::q6_k ? tile.high[row][c] : uint2{0, 0}, v);
}

/// A warp's 16 rows from `first_row` of a tile, times its tokens: integers of a chunk from the tensor cores, scaled and
/// added up as floats. sums[n] are those of rows g and g + 8 (g = lane / 4), tokens 8 n + 2 (lane % 4) and the next.
template <bool all_there, WeightKind kind, int rows, int tokens>
SLIMLINE_DEVICE void multiply_tile(const ProductTile<kind, rows, tokens>& tile, int first_row, int tokens_there,
                                   float (&sums)[tokens / 8][4])
{
    using S = Scaling<kind>;
    const int group = int(threadIdx.x % 32) / 4;
    const int word = int(threadIdx.x % 4);
    SLIMLINE_UNROLL
    for (int c = 0; c < tile_chunks; ++c) {
        const WordPair a0 = words_of(tile, first_row + group, c, word);
        const WordPair a1 = words_of(tile, first_row + group + 8, c, word);
        const typename S::Scale upper = tile.scales[first_row + group][c];
        const typename S::Scale lower = tile.scales[first_row + group + 8][c];
        SLIMLINE_UNROLL
        for (int n = 0; n < tokens / 8; ++n) {
            if (!all_there && 8 * n >= tokens_there) {
                continue;  // the same for all threads
            }
            const int* b = reinterpret_cast<const int*>(&tile.x[8 * n + group][2 * c]);
            const TokenScale first = tile.x_scales[c][8 * n + 2 * word];
            const TokenScale second = tile.x_scales[c][8 * n + 2 * word + 1];
            int low[4] = {S::begin(first), S::begin(second), S::begin(first), S::begin(second)};
            int high[4] = {};
            if (kind == WeightKind::q6_k) {  // its halves have scales of their own
                const int first_half[4] = {a0.low, a1.low, 0, 0};
                const int second_half[4] = {0, 0, a0.high, a1.high};
                warp_product(low, first_half, b[word], b[4 + word]);
                warp_product(high, second_half, b[word], b[4 + word]);
            } else {
                const int a[4] = {a0.low, a1.low, a0.high, a1.high};
                warp_product(low, a, b[word], b[4 + word]);
            }
            sums[n][0] = S::add(upper, low[0], high[0], first, sums[n][0]);
            sums[n][1] = S::add(upper, low[1], high[1], second, sums[n][1]);
            sums[n][2] = S::add(lower, low[2], high[2], first, sums[n][2]);
            sums[n][3] = S::add(lower, low[3], high[3], second, sums[n][3]);
        }
    }
}

/// Of the tokens before `end`.
SLIMLINE_DEVICE void write_output(const Product& p, const ProductPart& part, int end, int token, int row, float sum)
{
    if (token < end && row < part.matrix.rows) {
        part.out[std::size_t(token) * std::size_t(p.out_stride) + std::size_t(row)] =
            sum + (part.bias == nullptr ? 0.f : part.bias[row]);
    }
}

/// A warp's 16 rows and tokens, as the tensor cores leave them.
template <int tokens>
SLIMLINE_DEVICE void write_tile(const Product& p, const ProductPart& part, int end, int first_row, int first_token,
                                const float (&sums)[tokens / 8][4])
{
    const int row = first_row + int(threadIdx.x % 32) / 4;
    SLIMLINE_UNROLL
    for (int n = 0; n < tokens / 8; ++n) {
        SLIMLINE_UNROLL
        for (int i = 0; i < 4; ++i) {
            write_output(p, part, end, first_token + 8 * n + 2 * int(threadIdx.x % 4) + i % 2, row + (i < 2 ? 0 : 8),
                         sums[n][i]);
        }
    }
}

/// 16 rows and eight tokens, of which each of a block's four warps has a share.
SLIMLINE_DEVICE void write_sum_of_warps(const Product& p, const ProductPart& part, int first_row,
                                        const float (&sums)[4])
{
    constexpr int warps = 4;
    constexpr int rows = Product::tile_rows_of_few;
    SLIMLINE_SHARED float of_warps[warps][Product::few_tokens][rows];
    const int lane = int(threadIdx.x % 32);
    SLIMLINE_UNROLL
    for (int i = 0; i < 4; ++i) {
        of_warps[threadIdx.x / 32][2 * (lane % 4) + i % 2][lane / 4 + (i < 2 ? 0 : 8)] = sums[i];
    }
    block_barrier();
    for (int i = int(threadIdx.x); i < Product::few_tokens * rows; i += int(blockDim.x)) {
        float sum = 0;
        for (int w = 0; w < warps; ++w) {
            sum += of_warps[w][i / rows][i % rows];
        }
        write_output(p, part, p.tokens, i / rows, first_row + i % rows, sum);
    }
}

/// Tile `index` of all parts together, each of which begins with a tile of its own.
SLIMLINE_DEVICE RowOfProduct tile_of(const Product& p, int index, int rows_of_tile)
{
    int part = 0;
    for (; part + 1 < p.part_count; ++part) {
        const int tiles = (p.parts[part].matrix.rows + rows_of_tile - 1) / rows_of_tile;
        if (index < tiles) {
            break;
        }
        index -= tiles;
    }
    return {part, index * rows_of_tile};
}

/// Blocks: (tile of rows, tile of tokens, expert). Each warp 16 rows and all tokens of the tile.
template <WeightKind kind, bool of_experts = false>
SLIMLINE_DEVICE void multiply_matrix(const Product& p)
{
    constexpr int threads = 128;
    SLIMLINE_SHARED ProductTile<kind, Product::tile_rows, Product::tile_tokens> tile;
    const TokenRange<of_experts> range = tokens_of<of_experts>(p, int(blockIdx.z));
    const int first_token = range.begin + int(blockIdx.y) * Product::tile_tokens;
    if (of_experts && first_token >= range.end) {
        return;  // the whole block
    }
    const RowOfProduct at = tile_of(p, int(blockIdx.x), Product::tile_rows);
    ProductPart own;
    const ProductPart& part =
        of_experts ? (own = part_of_expert(p.parts[at.part], int(blockIdx.z)), own) : p.parts[at.part];
    const int thread = int(threadIdx.x);
    const int chunks = part.matrix.columns / chunk_columns;
    float sums[Product::tile_tokens / 8][4] = {};
    FetchedTile<kind, Product::tile_rows, Product::tile_tokens, threads> next;
    next.begin(p, part.matrix, at.row, range, first_token, thread);
    next.fetch(p, part.matrix, 0, thread);
    const int tokens_there = range.end - first_token;
    for (int first = 0; first < chunks; first += tile_chunks) {
        block_barrier();
        next.store(tile, thread);
        block_barrier();
        if (first + tile_chunks < chunks) {
            next.fetch(p, part.matrix, first + tile_chunks, thread);
        }
        if (tokens_there >= Product::tile_tokens) {
            multiply_tile<true>(tile, thread / 32 * 16, tokens_there, sums);
        } else {
            multiply_tile<false>(tile, thread / 32 * 16, tokens_there, sums);
        }
    }
    write_tile<Product::tile_tokens>(p, part, range.end, at.row + thread / 32 * 16, first_token, sums);
}

/// Up to eight tokens. Blocks: 16 rows each, whose chunks are shared out among the warps.
template <WeightKind kind>
SLIMLINE_DEVICE void multiply_vectors(const Product& p)
{
    constexpr int warps = 4;
    constexpr int rows = Product::tile_rows_of_few;
    SLIMLINE_SHARED ProductTile<kind, rows, 8> tiles[warps];
    const RowOfProduct at = tile_of(p, int(blockIdx.x), rows);
    const ProductPart& part = p.parts[at.part];
    const int lane = int(threadIdx.x % 32);
    const int warp = int(threadIdx.x / 32);
    const int chunks = part.matrix.columns / chunk_columns;
    float sums[1][4] = {};
    FetchedTile<kind, rows, 8, 32> next;
    next.begin(p, part.matrix, at.row, tokens_of<false>(p, 0), 0, lane);
    int first = warp * tile_chunks;
    if (first < chunks) {
        next.fetch(p, part.matrix, first, lane);
    }
    for (; first < chunks; first += warps * tile_chunks) {
        warp_barrier();
        next.store(tiles[warp], lane);
        warp_barrier();
        if (first + warps * tile_chunks < chunks) {
            next.fetch(p, part.matrix, first + warps * tile_chunks, lane);
        }
        multiply_tile<true>(tiles[warp], 0, 8, sums);
    }
    write_sum_of_warps(p, part, at.row, sums[0]);
}

/// What a product with weights in F16 keeps in shared memory: activations as the sum of two halves, 22 digits of a float's
/// 24. They may be as large as a half: 65,504.
template <int rows, int tokens>
struct alignas(16) HalfTile {
    static constexpr int columns = 32;
    static constexpr int words = columns / 2 + 4;  // so that eight rows' words lie in different banks
    unsigned w[rows][words];
    unsigned x[tokens][words];
    unsigned x_rest[tokens][words];
};

/// The same on its way there. A thread has the same eight columns of some rows, the same four of some tokens.
template <int rows, int tokens, int threads>
struct FetchedHalves {
    using Tile = HalfTile<rows, tokens>;
    static constexpr int row_pieces = Tile::columns / 8;
    static constexpr int token_pieces = Tile::columns / 4;
    static constexpr int rows_each = rows * row_pieces / threads;
    static constexpr int tokens_each = tokens * token_pieces / threads;
    uint4 w[rows_each];
    float4 x[tokens_each];

    template <class Range>
    SLIMLINE_DEVICE void fetch(const Product& p, const Matrix& m, int first_row, const Range& range, int first_token,
                               int first_column, int thread)
    {
        const int w_column = first_column + 8 * (thread % row_pieces);
        const int x_column = first_column + 4 * (thread % token_pieces);
        SLIMLINE_UNROLL
        for (int i = 0; i < rows_each; ++i) {
            const int row = first_row + thread / row_pieces + i * (threads / row_pieces);
            const std::size_t at = std::size_t(row < m.rows ? row : m.rows - 1) * std::size_t(m.columns);
            w[i] = w_column < m.columns ? *reinterpret_cast<const uint4*>(static_cast<const HalfBits*>(m.quants) + at +
                                                                          std::size_t(w_column))
                                        : uint4{0, 0, 0, 0};
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < tokens_each; ++i) {
            const int token = first_token + thread / token_pieces + i * (threads / token_pieces);
            const std::size_t at = std::size_t(range.row(p, token)) * std::size_t(p.real_stride);
            x[i] = x_column < m.columns ? *reinterpret_cast<const float4*>(p.real + at + std::size_t(x_column))
                                        : float4{0, 0, 0, 0};
        }
    }

    SLIMLINE_DEVICE void store(Tile& tile, int thread) const
    {
        SLIMLINE_UNROLL
        for (int i = 0; i < rows_each; ++i) {
            const int row = thread / row_pieces + i * (threads / row_pieces);
            *reinterpret_cast<uint4*>(&tile.w[row][4 * (thread % row_pieces)]) = w[i];
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < tokens_each; ++i) {
            const int token = thread / token_pieces + i * (threads / token_pieces);
            const float numbers[4] = {x[i].x, x[i].y, x[i].z, x[i].w};
            unsigned halves[2] = {0, 0};
            unsigned rests[2] = {0, 0};
            SLIMLINE_UNROLL
            for (int j = 0; j < 4; ++j) {
                const HalfBits half = to_half(numbers[j]);
                halves[j / 2] |= unsigned(half) << (16 * (j % 2));
                rests[j / 2] |= unsigned(to_half(numbers[j] - to_float(half))) << (16 * (j % 2));
            }
            const int word = 2 * (thread % token_pieces);
            *reinterpret_cast<uint2*>(&tile.x[token][word]) = uint2{halves[0], halves[1]};
            *reinterpret_cast<uint2*>(&tile.x_rest[token][word]) = uint2{rests[0], rests[1]};
        }
    }
};

/// As multiply_tile().
template <int rows, int tokens>
SLIMLINE_DEVICE void multiply_half_tile(const HalfTile<rows, tokens>& tile, int first_row, float (&sums)[tokens / 8][4])
{
    const int group = int(threadIdx.x % 32) / 4;
    const int word = int(threadIdx.x % 4);
    SLIMLINE_UNROLL
    for (int k = 0; k < HalfTile<rows, tokens>::columns / 2; k += 8) {
        const unsigned* upper = tile.w[first_row + group] + k + word;
        const unsigned* lower = tile.w[first_row + group + 8] + k + word;
        const unsigned a[4] = {upper[0], lower[0], upper[4], lower[4]};
        SLIMLINE_UNROLL
        for (int n = 0; n < tokens / 8; ++n) {
            const unsigned* x = tile.x[8 * n + group] + k + word;
            const unsigned* rest = tile.x_rest[8 * n + group] + k + word;
            warp_product(sums[n], a, rest[0], rest[4]);
            warp_product(sums[n], a, x[0], x[4]);
        }
    }
}

/// Weights in F16. Blocks: (tile of rows, tile of tokens, expert). Each warp 16 rows and all tokens of the tile.
template <bool of_experts>
SLIMLINE_DEVICE void multiply_half_matrix(const Product& p)
{
    SLIMLINE_SHARED HalfTile<Product::tile_rows, Product::tile_tokens> tile;
    const TokenRange<of_experts> range = tokens_of<of_experts>(p, int(blockIdx.z));
    const int first_token = range.begin + int(blockIdx.y) * Product::tile_tokens;
    if (of_experts && first_token >= range.end) {
        return;  // the whole block
    }
    const RowOfProduct at = tile_of(p, int(blockIdx.x), Product::tile_rows);
    ProductPart own;
    const ProductPart& part =
        of_experts ? (own = part_of_expert(p.parts[at.part], int(blockIdx.z)), own) : p.parts[at.part];
    const int thread = int(threadIdx.x);
    float sums[Product::tile_tokens / 8][4] = {};
    FetchedHalves<Product::tile_rows, Product::tile_tokens, 128> next;
    next.fetch(p, part.matrix, at.row, range, first_token, 0, thread);
    for (int first = 0; first < part.matrix.columns; first += tile.columns) {
        block_barrier();
        next.store(tile, thread);
        block_barrier();
        if (first + tile.columns < part.matrix.columns) {
            next.fetch(p, part.matrix, at.row, range, first_token, first + tile.columns, thread);
        }
        multiply_half_tile(tile, thread / 32 * 16, sums);
    }
    write_tile<Product::tile_tokens>(p, part, range.end, at.row + thread / 32 * 16, first_token, sums);
}

/// Weights in F16, up to eight tokens. Blocks: 16 rows each, whose columns are shared out among the warps.
SLIMLINE_DEVICE void multiply_half_vectors(const Product& p)
{
    constexpr int warps = 4;
    constexpr int rows = Product::tile_rows_of_few;
    SLIMLINE_SHARED HalfTile<rows, 8> tiles[warps];
    const RowOfProduct at = tile_of(p, int(blockIdx.x), rows);
    const ProductPart& part = p.parts[at.part];
    const int lane = int(threadIdx.x % 32);
    const int warp = int(threadIdx.x / 32);
    const int step = warps * HalfTile<rows, 8>::columns;
    float sums[1][4] = {};
    FetchedHalves<rows, 8, 32> next;
    int first = warp * HalfTile<rows, 8>::columns;
    if (first < part.matrix.columns) {
        next.fetch(p, part.matrix, at.row, tokens_of<false>(p, 0), 0, first, lane);
    }
    for (; first < part.matrix.columns; first += step) {
        warp_barrier();
        next.store(tiles[warp], lane);
        warp_barrier();
        if (first + step < part.matrix.columns) {
            next.fetch(p, part.matrix, at.row, tokens_of<false>(p, 0), 0, first + step, lane);
        }
        multiply_half_tile(tiles[warp], 0, sums);
    }
    write_sum_of_warps(p, part, at.row, sums[0]);
}

constexpr int real_tile = Product::real_tile;

/// F32: each thread two rows and four tokens.
template <bool of_experts>
SLIMLINE_DEVICE void multiply_real_matrix(const Product& p)
{
    SLIMLINE_SHARED float w[real_tile][real_tile + 1];
    SLIMLINE_SHARED float x[real_tile][real_tile + 1];
    const TokenRange<of_experts> range = tokens_of<of_experts>(p, int(blockIdx.z));
    const int first_token = range.begin + int(blockIdx.y) * real_tile;
    if (of_experts && first_token >= range.end) {
        return;  // the whole block
    }
    const RowOfProduct at = tile_of(p, int(blockIdx.x), real_tile);
    ProductPart own;
    const ProductPart& part =
        of_experts ? (own = part_of_expert(p.parts[at.part], int(blockIdx.z)), own) : p.parts[at.part];
    const Matrix& m = part.matrix;
    const float* weights = static_cast<const float*>(m.quants);
    const int thread = int(threadIdx.x);
    const int first_row = at.row;
    const int row = thread % 16;
    const int token = thread / 16;
    float sums[2][4] = {};
    for (int first = 0; first < m.columns; first += real_tile) {
        block_barrier();
        for (int i = thread; i < real_tile * real_tile; i += int(blockDim.x)) {
            const int k = first + i % real_tile;
            const int r = first_row + i / real_tile;
            const int t = first_token + i / real_tile;
            w[i / real_tile][i % real_tile] =
                r < m.rows && k < m.columns ? weights[std::size_t(r) * std::size_t(m.columns) + std::size_t(k)] : 0.f;
            x[i / real_tile][i % real_tile] =
                t < range.end && k < m.columns
                    ? p.real[std::size_t(range.row(p, t)) * std::size_t(p.real_stride) + std::size_t(k)]
                    : 0.f;
        }
        block_barrier();
        for (int k = 0; k < real_tile; ++k) {
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                sums[i / 4][i % 4] = fmaf(w[row + 16 * (i / 4)][k], x[token + 8 * (i % 4)][k], sums[i / 4][i % 4]);
            }
        }
    }
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        write_output(p, part, range.end, first_token + token + 8 * (i % 4), first_row + row + 16 * (i / 4),
                     sums[i / 4][i % 4]);
    }
}

// ---- Experts

/// The larger score, of equal ones that of the lower number: for all threads of a warp.
struct Scored {
    float score;
    int expert;
};
SLIMLINE_DEVICE Scored best_of_warp(Scored best)
{
    for (int mask = 16; mask > 0; mask /= 2) {
        const Scored other{shuffle_xor(best.score, mask), shuffle_xor(best.expert, mask)};
        const bool better = other.score > best.score || (other.score == best.score && other.expert < best.expert);
        best = better ? other : best;
    }
    return best;
}

SLIMLINE_DEVICE void choose_experts(const ChooseExperts& p)
{
    constexpr float lowest = -3.4e38f;
    const int lane = int(threadIdx.x % 32);
    const int row = int(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (row >= p.rows) {
        return;  // a whole warp
    }
    const float* scores = p.scores + std::size_t(row) * std::size_t(p.experts);
    const std::size_t first = std::size_t(row) * std::size_t(p.active);
    unsigned taken = 0;  // a bit for each of a thread's experts
    float largest = 0;
    float total = 0;
    for (int i = 0; i < p.active; ++i) {
        Scored best{lowest, p.experts};
        for (int e = lane; e < p.experts; e += 32) {
            const float score = scores[e] > lowest ? scores[e] : lowest;  // what is no number is chosen last
            if ((taken >> (e / 32) & 1u) == 0 && (score > best.score || best.expert == p.experts)) {
                best = {score, e};
            }
        }
        best = best_of_warp(best);
        largest = i == 0 ? best.score : largest;
        taken |= best.expert % 32 == lane ? 1u << (best.expert / 32) : 0u;
        total += expf(best.score - largest);
        if (lane == 0) {
            p.chosen[first + std::size_t(i)] = best.expert;
        }
    }
    if (p.of_chosen == 0) {
        total = 0;
        for (int e = lane; e < p.experts; e += 32) {
            total += expf(scores[e] - largest);
        }
        total = sum_of_warp(total);
    }
    warp_barrier();
    for (int i = lane; i < p.active; i += 32) {
        p.weights[first + std::size_t(i)] = expf(scores[p.chosen[first + std::size_t(i)]] - largest) / total;
    }
}

/// Each thread some experts: how often they were chosen, then where each use goes, in the order of the rows.
SLIMLINE_DEVICE void sort_slots(const SortSlots& p)
{
    SLIMLINE_SHARED int counts[ChooseExperts::most_experts];
    for (int e = int(threadIdx.x); e < p.experts; e += int(blockDim.x)) {
        int count = 0;
        for (int slot = 0; slot < p.slots; ++slot) {
            count += p.chosen[slot] == e ? 1 : 0;
        }
        counts[e] = count;
    }
    block_barrier();
    for (int e = int(threadIdx.x); e < p.experts; e += int(blockDim.x)) {
        int place = 0;
        for (int before = 0; before < e; ++before) {
            place += counts[before];
        }
        p.first_slot[e] = place;
        if (e + 1 == p.experts) {
            p.first_slot[p.experts] = place + counts[e];
        }
        for (int slot = 0; slot < p.slots; ++slot) {
            if (p.chosen[slot] == e) {
                p.slot_experts[place] = e;
                p.slot_rows[place] = slot / p.active;
                p.places[slot] = place;
                ++place;
            }
        }
    }
}

SLIMLINE_DEVICE void combine_experts(const CombineExperts& p)
{
    const std::size_t row = blockIdx.x;
    for (int column = int(threadIdx.x); column < p.columns; column += int(blockDim.x)) {
        float* to = p.to + row * std::size_t(p.columns) + std::size_t(column);
        float sum = p.shared != 0 ? *to : 0.f;
        for (int i = 0; i < p.active; ++i) {
            const std::size_t slot = row * std::size_t(p.active) + std::size_t(i);
            sum = fmaf(p.weights[slot],
                       p.outputs[std::size_t(p.places[slot]) * std::size_t(p.columns) + std::size_t(column)], sum);
        }
        *to = sum;
    }
}

// ---- Eight numbers a thread: how rows of activations are read, rounded and normalised

constexpr int columns_of_warp = 8 * 32;

/// A thread's eight numbers, rounded to multiples of d, the largest of `group` (32 or 256) neighbours to 127 d. A whole
/// warp; those of threads that are not `there` are zeros and stay unwritten. `at` is the place of the first among all
/// numbers of the rounded rows.
SLIMLINE_DEVICE void round_eight(const float (&x)[8], bool there, int group, const Rounded& to, std::size_t at)
{
    float largest = 0;
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        largest = fmaxf(largest, fabsf(x[i]));
    }
    for (int mask = group / 16; mask > 0; mask /= 2) {
        largest = fmaxf(largest, shuffle_xor(largest, mask));
    }
    const float inverse = largest == 0 ? 0.f : 127 / largest;
    unsigned words[2] = {0, 0};
    int sum = 0;
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        const int q = nearest(x[i] * inverse);
        sum += q;
        words[i / 4] |= (unsigned(q) & 0xffu) << (8 * (i % 4));
    }
    sum += shuffle_xor(sum, 1);  // of 16 numbers
    const int of_others = shuffle_xor(sum, 2);
    if (there) {
        *reinterpret_cast<uint2*>(to.q + at) = uint2{words[0], words[1]};
        if (threadIdx.x % 4 == 0) {
            to.scales[at / chunk_columns] = {largest / 127, {std::int16_t(sum), std::int16_t(of_others)}};
        }
    }
}

SLIMLINE_DEVICE void round_eight(const float (&x)[8], bool there, const Rounded& by32, const Rounded& by256,
                                 std::size_t at)
{
    if (by32.q != nullptr) {
        round_eight(x, there, 32, by32, at);
    }
    if (by256.q != nullptr) {
        round_eight(x, there, 256, by256, at);
    }
}

/// A row in the registers of a block's threads, in turns of eight numbers each.
constexpr int row_turns = most_row_columns / (8 * row_threads);
struct HeldRow {
    float x[row_turns][8];
};

/// body(turn, first column) for each turn that a row of so many columns has; the same turns for all threads of a warp, so
/// columns may lie behind the row's end.
template <class Body>
SLIMLINE_DEVICE void for_each_turn(int columns, const Body& body)
{
    SLIMLINE_UNROLL
    for (int turn = 0; turn < row_turns; ++turn) {
        const int column = 8 * (turn * row_threads + int(threadIdx.x));
        if (column - 8 * int(threadIdx.x % 32) < columns) {
            body(turn, column);
        }
    }
}

/// Zeros behind the end.
SLIMLINE_DEVICE void load_row(const float* from, int columns, HeldRow& row)
{
    for_each_turn(columns, [&](int turn, int column) {
        if (column < columns) {
            load_reals(from + column, row.x[turn]);
        } else {
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                row.x[turn][i] = 0;
            }
        }
    });
}

SLIMLINE_DEVICE void store_row(const HeldRow& row, int columns, float* to)
{
    for_each_turn(columns, [&](int turn, int column) {
        if (column < columns) {
            store_reals(row.x[turn], to + column);
        }
    });
}

/// A row over its root mean square, or less its mean over its deviation; a whole block.
SLIMLINE_DEVICE void normalise(HeldRow& row, const float* weight, const float* bias, int columns, float epsilon,
                               int subtract_mean)
{
    if (subtract_mean != 0) {
        float sum = 0;
        for_each_turn(columns, [&](int turn, int) {
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                sum += row.x[turn][i];
            }
        });
        const float mean = sum_of_block(sum) / float(columns);
        for_each_turn(columns, [&](int turn, int column) {
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                row.x[turn][i] = column < columns ? row.x[turn][i] - mean : 0.f;
            }
        });
    }
    float square = 0;
    for_each_turn(columns, [&](int turn, int) {
        SLIMLINE_UNROLL
        for (int i = 0; i < 8; ++i) {
            square = fmaf(row.x[turn][i], row.x[turn][i], square);
        }
    });
    const float scale = 1 / sqrtf(sum_of_block(square) / float(columns) + epsilon);
    for_each_turn(columns, [&](int turn, int column) {
        if (column < columns) {
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                row.x[turn][i] = row.x[turn][i] * scale * (weight == nullptr ? 1.f : weight[column + i]) +
                                 (bias == nullptr ? 0.f : bias[column + i]);
            }
        }
    });
}

SLIMLINE_DEVICE void add_and_normalise(const Residual& p)
{
    const std::size_t at = std::size_t(blockIdx.x) * std::size_t(p.columns);
    HeldRow hidden;
    load_row(p.hidden + at, p.columns, hidden);
    for (int each = 0; each < 2; ++each) {
        const Addend& addend = p.addends[each];
        if (addend.values == nullptr) {
            continue;
        }
        HeldRow y;
        load_row(addend.values + at, p.columns, y);
        if (addend.norm != 0) {
            normalise(y, addend.weight, addend.bias, p.columns, p.epsilon, p.subtract_mean);
        }
        for_each_turn(p.columns, [&](int turn, int) {
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                hidden.x[turn][i] += p.residual_scale * y.x[turn][i];
            }
        });
    }
    store_row(hidden, p.columns, p.hidden + at);
    if (p.norm != 0) {
        normalise(hidden, p.weight, p.bias, p.columns, p.epsilon, p.subtract_mean);
    }
    store_row(hidden, p.columns, p.out + at);
    for_each_turn(p.columns, [&](int turn, int column) {
        round_eight(hidden.x[turn], column < p.columns, p.by32, p.by256, at + std::size_t(column));
    });
}

SLIMLINE_DEVICE void normalise_row(const RowNorm& p)
{
    float* x = p.x + std::size_t(blockIdx.x) * std::size_t(p.stride);
    HeldRow row;
    load_row(x, p.columns, row);
    normalise(row, p.weight, nullptr, p.columns, p.epsilon, p.subtract_mean);
    store_row(row, p.columns, x);
}

// ---- Embedding

SLIMLINE_DEVICE void embed(const Embedding& p)
{
    const int row = int(blockIdx.x);
    const int columns = p.table.columns;
    const int last_position = p.position_table.rows - 1;
    const int position = p.positions[row] < last_position ? p.positions[row] : last_position;
    HeldRow held;
    for_each_turn(columns, [&](int turn, int column) {
        SLIMLINE_UNROLL
        for (int i = 0; i < 8; ++i) {
            held.x[turn][i] = column < columns
                                  ? p.scale * weight_at(p.table, p.tokens[row], column + i) +
                                        (position >= 0 ? weight_at(p.position_table, position, column + i) : 0.f)
                                  : 0.f;
        }
    });
    if (p.norm != 0) {
        normalise(held, p.norm_weight, p.norm_bias, columns, p.epsilon, p.subtract_mean);
    }
    store_row(held, columns, p.out + std::size_t(row) * std::size_t(columns));
}

// ---- Rotation and the cache

/// A head by one warp.
SLIMLINE_DEVICE void normalise_head(float* x, const float* weight, const RotateAndStore& p)
{
    const int lane = int(threadIdx.x % 32);
    float mean = 0;
    if (p.subtract_mean != 0) {
        for (int i = lane; i < p.head_dim; i += 32) {
            mean += x[i];
        }
        mean = sum_of_warp(mean) / float(p.head_dim);
    }
    float square = 0;
    for (int i = lane; i < p.head_dim; i += 32) {
        square = fmaf(x[i] - mean, x[i] - mean, square);
    }
    const float scale = 1 / sqrtf(sum_of_warp(square) / float(p.head_dim) + p.epsilon);
    for (int i = lane; i < p.head_dim; i += 32) {
        x[i] = (x[i] - mean) * scale * (weight == nullptr ? 1.f : weight[i]);
    }
    warp_barrier();
}

/// Where a KV head's position begins in a cache.
SLIMLINE_DEVICE std::size_t cache_place(int sequence, int kv_heads, int head, int context, int position, int head_dim)
{
    return ((std::size_t(sequence) * std::size_t(kv_heads) + std::size_t(head)) * std::size_t(context) +
            std::size_t(position)) *
           std::size_t(head_dim);
}

SLIMLINE_DEVICE void rotate_and_store(const RotateAndStore& p)
{
    const int lane = int(threadIdx.x % 32);
    const int heads = p.heads + p.kv_heads;
    const int item = int(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (item >= p.rows * heads) {
        return;  // a whole warp
    }
    const int row = item / heads;
    const int head = item % heads;
    const bool key = head >= p.heads;
    const int position = p.positions[row];
    float* x = p.qkv + std::size_t(row) * std::size_t(p.stride) +
               (key ? p.key_column + (head - p.heads) * p.head_dim : head * p.head_dim);
    if (p.head_norm != 0) {
        normalise_head(x, key ? p.k_norm : p.q_norm, p);
    }
    for (int i = lane; i < p.half; i += 32) {
        const std::size_t at = std::size_t(position) * std::size_t(p.half) + std::size_t(i);
        const float a = x[i];
        const float b = x[p.half + i];
        x[i] = a * p.cosine[at] - b * p.sine[at];
        x[p.half + i] = a * p.sine[at] + b * p.cosine[at];
    }
    warp_barrier();
    if (key) {
        const float* value = x + p.kv_heads * p.head_dim;
        const std::size_t to =
            cache_place(p.sequences[row], p.kv_heads, head - p.heads, p.context, position, p.head_dim);
        for (int i = lane; i < p.head_dim; i += 32) {
            p.keys[to + std::size_t(i)] = to_half(x[i]);
            p.values[to + std::size_t(i)] = to_half(value[i]);
        }
    }
}

/// A block a KV head.
SLIMLINE_DEVICE void fill_past(const FillPast& p)
{
    const int head = int(blockIdx.x);
    const std::size_t to = cache_place(p.sequence, p.kv_heads, head, p.context, 0, p.head_dim);
    for (int i = int(threadIdx.x); i < p.positions * p.head_dim; i += int(blockDim.x)) {
        const int from = (i % p.head_dim + head * p.positions + i / p.head_dim + 1) % p.head_dim;
        p.keys[to + std::size_t(i)] = to_half(p.key[from]);
        p.values[to + std::size_t(i)] = to_half(p.value[from]);
    }
}

// ---- Attention

/// A softmax that is not finished: the largest score, the sum of e^(score - largest), and the values weighted so.
template <int numbers>
struct SoftmaxPart {
    float largest;
    float total;
    float sum[numbers];
};

constexpr float lowest_score = -3e38f;

/// Takes in another part.
template <int numbers>
SLIMLINE_DEVICE void join(SoftmaxPart<numbers>& part, float largest, float total, const float (&sum)[numbers])
{
    const float most = fmaxf(part.largest, largest);
    const float of_part = expf(part.largest - most);
    const float of_other = expf(largest - most);
    part.largest = most;
    part.total = part.total * of_part + total * of_other;
    SLIMLINE_UNROLL
    for (int i = 0; i < numbers; ++i) {
        part.sum[i] = part.sum[i] * of_part + sum[i] * of_other;
    }
}

/// Takes in one position; what was summed up is scaled only where its score is the largest yet.
SLIMLINE_DEVICE void add_position(SoftmaxPart<8>& part, float score, const float (&v)[8])
{
    if (score > part.largest) {
        const float scale = expf(part.largest - score);
        part.largest = score;
        part.total *= scale;
        SLIMLINE_UNROLL
        for (int i = 0; i < 8; ++i) {
            part.sum[i] *= scale;
        }
    }
    const float weight = expf(score - part.largest);
    part.total += weight;
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        part.sum[i] = fmaf(weight, v[i], part.sum[i]);
    }
}

/// Takes in what the threads at a distance hold.
SLIMLINE_DEVICE void join_across(SoftmaxPart<8>& part, int mask)
{
    float sum[8];
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        sum[i] = shuffle_xor(part.sum[i], mask);
    }
    const float largest = shuffle_xor(part.largest, mask);
    const float total = shuffle_xor(part.total, mask);
    join(part, largest, total, sum);
}

/// Takes in number d of a part in memory: sums, then the largest score and the total.
SLIMLINE_DEVICE void join_stored(SoftmaxPart<1>& part, const float* stored, int head_dim, int d)
{
    const float sum[1] = {stored[d]};
    join(part, stored[head_dim], stored[head_dim + 1], sum);
}

SLIMLINE_DEVICE float gated(const Attend& p, int row, int column, float value)
{
    if (p.gate_column == 0) {
        return value;
    }
    const float gate = p.qkv[std::size_t(row) * std::size_t(p.stride) + std::size_t(p.gate_column + column)];
    return value / (1 + expf(-gate));
}

/// Where a head's share of the positions is kept until all are joined.
SLIMLINE_DEVICE float* partial_of(const Attend& p, int row, int head, int split)
{
    return p.partials + ((std::size_t(row) * std::size_t(p.heads) + std::size_t(head)) * std::size_t(p.splits) +
                         std::size_t(split)) *
                            std::size_t(p.head_dim + Attend::beside_partial);
}

/// Blocks: (KV head and heads of its group, row, split). `lanes` threads hold eight numbers each of a position's key and value;
/// every such set of threads goes through positions of its own and keeps a softmax of its own; all are joined at the end.
SLIMLINE_DEVICE void attend(const Attend& p)
{
    constexpr int heads_at_once = Attend::heads_at_once;
    constexpr int warps = 4;
    SLIMLINE_SHARED float of_warps[warps][heads_at_once][Attend::most_head_dim + 2];
    const int group = p.heads / p.kv_heads;
    const int turns = (group + heads_at_once - 1) / heads_at_once;
    const int kv_head = int(blockIdx.x) / turns;
    const int first_head = kv_head * group + int(blockIdx.x) % turns * heads_at_once;
    const int left = (kv_head + 1) * group - first_head;
    const int heads = left < heads_at_once ? left : heads_at_once;
    const int row = int(blockIdx.y);
    const int thread = int(threadIdx.x);
    const int lane = thread % p.lanes;
    const int column = 8 * lane;
    const bool holds = column < p.head_dim;

    float q[heads_at_once][8];
    SoftmaxPart<8> parts[heads_at_once];
    SLIMLINE_UNROLL
    for (int h = 0; h < heads_at_once; ++h) {
        parts[h] = {lowest_score, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
        const float* from =
            p.qkv + std::size_t(row) * std::size_t(p.stride) + std::size_t((first_head + h) * p.head_dim + column);
        SLIMLINE_UNROLL
        for (int i = 0; i < 8; ++i) {
            q[h][i] = h < heads && holds ? p.scale * from[i] : 0.f;
        }
    }

    const int position = p.positions[row];
    const int begin = p.window > 0 && position + 1 > p.window ? position + 1 - p.window : 0;
    const int share = (position + 1 - begin + p.splits - 1) / p.splits;
    const int first = begin + int(blockIdx.z) * share;
    const int end = first + share < position + 1 ? first + share : position + 1;
    const std::size_t plane = cache_place(p.sequences[row], p.kv_heads, kv_head, p.context, 0, p.head_dim);
    const int sets = int(blockDim.x) / p.lanes;
    // What the next turn needs is fetched while this one computes.
    EightHalves next_key = {};
    EightHalves next_value = {};
    const auto fetch = [&](int at) {
        if (at < end && holds) {
            const std::size_t place = plane + std::size_t(at) * std::size_t(p.head_dim) + std::size_t(column);
            next_key = load_halves(p.keys + place);
            next_value = load_halves(p.values + place);
        }
    };
    fetch(first + thread / p.lanes);
    // All threads of a warp go round equally often: they shuffle.
    for (int base = first; base < end; base += sets) {
        const int at = base + thread / p.lanes;
        float k[8];
        float v[8];
        to_reals(next_key, k);
        to_reals(next_value, v);
        fetch(at + sets);
        SLIMLINE_UNROLL
        for (int h = 0; h < heads_at_once; ++h) {
            if (h < heads) {
                float score = 0;
                SLIMLINE_UNROLL
                for (int i = 0; i < 8; ++i) {
                    score = fmaf(q[h][i], k[i], score);
                }
                score = sum_of_warp(score, p.lanes);
                if (p.softcap > 0) {
                    score = p.softcap * tanhf(score / p.softcap);
                }
                if (p.slopes != nullptr) {
                    score += p.slopes[first_head + h] * float(at - position);
                }
                if (at < end) {
                    add_position(parts[h], score, v);
                }
            }
        }
    }

    SLIMLINE_UNROLL
    for (int h = 0; h < heads_at_once; ++h) {
        if (h < heads) {
            for (int mask = p.lanes; mask < 32; mask *= 2) {
                join_across(parts[h], mask);
            }
            float* to = of_warps[thread / 32][h];
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                if (thread % 32 < p.lanes && holds) {
                    to[column + i] = parts[h].sum[i];
                }
            }
            if (thread % 32 == 0) {
                to[p.head_dim] = parts[h].largest;
                to[p.head_dim + 1] = parts[h].total;
            }
        }
    }
    block_barrier();
    for (int i = thread; i < heads * p.head_dim; i += int(blockDim.x)) {
        const int h = i / p.head_dim;
        const int d = i % p.head_dim;
        SoftmaxPart<1> part{lowest_score, 0, {0}};
        for (int warp = 0; warp < warps; ++warp) {
            join_stored(part, of_warps[warp][h], p.head_dim, d);
        }
        const int head = first_head + h;
        if (p.splits > 1) {
            float* to = partial_of(p, row, head, int(blockIdx.z));
            to[d] = part.sum[0];
            if (d == 0) {
                to[p.head_dim] = part.largest;
                to[p.head_dim + 1] = part.total;
            }
        } else {
            const int at = head * p.head_dim + d;
            p.out[std::size_t(row) * std::size_t(p.heads * p.head_dim) + std::size_t(at)] =
                gated(p, row, at, part.sum[0] / part.total);
        }
    }
}

/// Blocks: (256 columns of the heads, row). Each of the four warps joins some of the shares, the first one what they have;
/// it rounds what comes of it, or writes it where nobody reads it rounded.
SLIMLINE_DEVICE void join_splits(const Attend& p)
{
    constexpr int warps = 4;
    constexpr int splits_each = Attend::most_splits / warps;
    SLIMLINE_SHARED SoftmaxPart<8> of_warps[warps][32];
    const int row = int(blockIdx.y);
    const int lane = int(threadIdx.x % 32);
    const int warp = int(threadIdx.x / 32);
    const int columns = p.heads * p.head_dim;
    const int column = int(blockIdx.x) * columns_of_warp + 8 * lane;
    const bool there = column < columns;
    const int head = there ? column / p.head_dim : 0;
    const int d = there ? column % p.head_dim : 0;
    const float* first = partial_of(p, row, head, 0);
    const int step = p.head_dim + Attend::beside_partial;
    float sums[splits_each][8];
    float largest[splits_each];
    float total[splits_each];
    SLIMLINE_UNROLL
    for (int i = 0; i < splits_each; ++i) {  // all are under way before the first is needed
        const int split = warp + i * warps;
        const float* stored = first + (split < p.splits ? split : 0) * step;
        load_reals(stored + d, sums[i]);
        largest[i] = split < p.splits ? stored[p.head_dim] : lowest_score;
        total[i] = split < p.splits ? stored[p.head_dim + 1] : 0.f;
    }
    SoftmaxPart<8>& part = of_warps[warp][lane];
    part = {lowest_score, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
    SLIMLINE_UNROLL
    for (int i = 0; i < splits_each; ++i) {
        if (total[i] > 0) {
            join(part, largest[i], total[i], sums[i]);
        }
    }
    block_barrier();
    if (warp > 0) {
        return;
    }
    for (int other = 1; other < warps; ++other) {
        const SoftmaxPart<8>& more = of_warps[other][lane];
        join(part, more.largest, more.total, more.sum);
    }
    float out[8];
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        out[i] = there ? gated(p, row, column + i, part.sum[i] / part.total) : 0.f;
    }
    const std::size_t at = std::size_t(row) * std::size_t(columns) + std::size_t(column);
    if (there && p.by32.q == nullptr && p.by256.q == nullptr) {
        store_reals(out, p.out + at);
    }
    round_eight(out, there, p.by32, p.by256, at);
}

// ---- Element by element

SLIMLINE_DEVICE float value_of(Function function, float x)
{
    switch (function) {
        case Function::none:
            return x;
        case Function::relu:
            return fmaxf(x, 0.f);
        case Function::relu2:
            return fmaxf(x, 0.f) * fmaxf(x, 0.f);
        case Function::gelu:
            return 0.5f * x * (1 + erff(x * 0.70710678f));
        case Function::gelu_tanh:
            return 0.5f * x * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
        case Function::silu:
            break;
    }
    return x / (1 + expf(-x));
}

SLIMLINE_DEVICE void activate(const Activate& p)
{
    const int pieces = (p.columns + columns_of_warp - 1) / columns_of_warp;
    const int item = int(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (item >= p.rows * pieces) {
        return;  // a whole warp
    }
    const int row = item / pieces;
    const int column = item % pieces * columns_of_warp + 8 * int(threadIdx.x % 32);
    const bool there = column < p.columns;
    const std::size_t at = std::size_t(row) * std::size_t(p.stride) + std::size_t(column);
    float x[8] = {};
    if (there) {
        load_reals(p.gate + at, x);
        if (p.function != Function::none) {
            float up[8] = {1, 1, 1, 1, 1, 1, 1, 1};
            if (p.up != nullptr) {
                load_reals(p.up + at, up);
            }
            SLIMLINE_UNROLL
            for (int i = 0; i < 8; ++i) {
                x[i] = value_of(p.function, x[i]) * up[i];
            }
            if (p.by32.q == nullptr && p.by256.q == nullptr) {
                store_reals(x, p.gate + at);
            }
        }
    }
    round_eight(x, there, p.by32, p.by256, std::size_t(row) * std::size_t(p.columns) + std::size_t(column));
}

SLIMLINE_DEVICE void cap_logits(const CapLogits& p)
{
    const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < p.count) {
        const float x = p.scale * p.x[i];
        p.x[i] = p.cap > 0 ? p.cap * tanhf(x / p.cap) : x;
    }
}

SLIMLINE_DEVICE void copy(const Copy& p)
{
    const std::size_t step = std::size_t(gridDim.x) * blockDim.x;
    for (std::size_t i = std::size_t(blockIdx.x) * blockDim.x + threadIdx.x; i < p.pieces; i += step) {
        static_cast<uint4*>(p.to)[i] = static_cast<const uint4*>(p.from)[i];
    }
}

}  // namespace slimline::cuda
