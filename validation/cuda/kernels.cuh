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

// ---- Products for one token (of F16 and F32 for few): some threads a row, each a 16-byte piece of the weights at a time

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

template <int most_tokens>
SLIMLINE_DEVICE void write_sums(const Product& p, const RowOfProduct& at, int lane, float (&sums)[most_tokens])
{
    const ProductPart& part = p.parts[at.part];
    SLIMLINE_UNROLL
    for (int t = 0; t < most_tokens; ++t) {
        if (t < p.tokens) {
            const float sum = sum_of_warp(sums[t], p.lanes);
            if (lane == 0) {
                part.out[std::size_t(t) * std::size_t(p.out_stride) + std::size_t(at.row)] =
                    sum + (part.bias == nullptr ? 0.f : part.bias[at.row]);
            }
        }
    }
}

template <WeightKind kind>
SLIMLINE_DEVICE void multiply_vector(const Product& p)
{
    const int thread = int(blockIdx.x * blockDim.x + threadIdx.x);
    const int lane = thread % p.lanes;
    const RowOfProduct at = row_of(p, thread / p.lanes);
    const Matrix& m = p.parts[at.part].matrix;
    const int chunks = m.columns / chunk_columns;
    float sums[1] = {};
    SLIMLINE_UNROLL_BY_4  // that more loads are under way
        for (int c = lane; c < chunks; c += p.lanes)
    {
        const std::size_t chunk = std::size_t(at.row) * std::size_t(chunks) + std::size_t(c);
        int q[8];
        load_chunk<kind>(m, chunk, q);
        const WeightScale scale = load_scale<kind>(m, chunk);
        const uint4* x = reinterpret_cast<const uint4*>(p.x.q) + 2 * c;
        const uint4 first = x[0];
        const uint4 second = x[1];
        const int low =
            dot4(q[0], int(first.x), dot4(q[1], int(first.y), dot4(q[2], int(first.z), dot4(q[3], int(first.w), 0))));
        const int high = dot4(q[4], int(second.x),
                              dot4(q[5], int(second.y), dot4(q[6], int(second.z), dot4(q[7], int(second.w), 0))));
        sums[0] = add_scaled<kind>(scale, low, high, p.x.scales[c], sums[0]);
    }
    write_sums<1>(p, at, lane, sums);
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
SLIMLINE_DEVICE void load_reals(const HalfBits* from, float (&to)[8])
{
    const uint4 piece = *reinterpret_cast<const uint4*>(from);
    const unsigned words[4] = {piece.x, piece.y, piece.z, piece.w};
    SLIMLINE_UNROLL
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = to_float(HalfBits(words[i] & 0xffffu));
        to[2 * i + 1] = to_float(HalfBits(words[i] >> 16));
    }
}

/// F16 and F32: eight numbers at a time.
template <class Number, int most_tokens>
SLIMLINE_DEVICE void multiply_real_vector(const Product& p)
{
    const int thread = int(blockIdx.x * blockDim.x + threadIdx.x);
    const int lane = thread % p.lanes;
    const RowOfProduct at = row_of(p, thread / p.lanes);
    const Matrix& m = p.parts[at.part].matrix;
    const Number* row = static_cast<const Number*>(m.quants) + std::size_t(at.row) * std::size_t(m.columns);
    float sums[most_tokens] = {};
    for (int k = 8 * lane; k < m.columns; k += 8 * p.lanes) {
        float w[8];
        load_reals(row + k, w);
        SLIMLINE_UNROLL
        for (int t = 0; t < most_tokens; ++t) {
            if (t < p.tokens) {
                float x[8];
                load_reals(p.real + std::size_t(t) * std::size_t(p.real_stride) + std::size_t(k), x);
                SLIMLINE_UNROLL
                for (int i = 0; i < 8; ++i) {
                    sums[t] = fmaf(w[i], x[i], sums[t]);
                }
            }
        }
    }
    write_sums<most_tokens>(p, at, lane, sums);
}

// ---- Products for many tokens

/// What tensor_product() does, by dot4: for GPUs without such tensor cores. Each thread fetches the two rows and two
/// columns of its four results from those that hold them.
SLIMLINE_DEVICE void tensor_product_by_dots(int (&c)[4], const int (&a)[4], int b0, int b1)
{
    const int lane = int(threadIdx.x % 32);
    const int row = lane & ~3;
    const int column = 8 * (lane % 4);
    SLIMLINE_UNROLL
    for (int i = 0; i < 4; ++i) {
        const int upper_first = shuffle(a[0], row + i);
        const int lower_first = shuffle(a[1], row + i);
        const int upper_second = shuffle(a[2], row + i);
        const int lower_second = shuffle(a[3], row + i);
        SLIMLINE_UNROLL
        for (int j = 0; j < 2; ++j) {
            const int first = shuffle(b0, column + 4 * j + i);
            const int second = shuffle(b1, column + 4 * j + i);
            c[j] = dot4(upper_first, first, dot4(upper_second, second, c[j]));
            c[2 + j] = dot4(lower_first, first, dot4(lower_second, second, c[2 + j]));
        }
    }
}

SLIMLINE_DEVICE void warp_product(int (&c)[4], const int (&a)[4], int b0, int b1)
{
#if SLIMLINE_TENSOR_CORES
    tensor_product(c, a, b0, b1);
#else
    tensor_product_by_dots(c, a, b0, b1);
#endif
}

constexpr int tile_chunks = 4;  // of weights and activations, that lie in shared memory together

/// What a product keeps there. Rows are 16 bytes longer than what they hold, so that eight rows' words lie in different
/// banks.
template <WeightKind kind, int rows, int tokens>
struct ProductTile {
    static constexpr int pieces = kind == WeightKind::q8_0 ? 2 : 1;  // of 16 bytes, a chunk
    uint4 quants[rows][pieces * tile_chunks + 1];
    uint2 high[kind == WeightKind::q6_k ? rows : 1][tile_chunks + 1];
    WeightScale scales[tile_chunks][rows];
    uint4 x[tokens][2 * tile_chunks + 1];
    ChunkScale x_scales[tile_chunks][tokens];
};

/// The same on its way there, in the registers of so many threads: fetched while the tile before is multiplied.
template <WeightKind kind, int rows, int tokens, int threads>
struct FetchedTile {
    using Tile = ProductTile<kind, rows, tokens>;
    static constexpr int quants_each = rows * Tile::pieces * tile_chunks / threads;
    static constexpr int chunks_each = rows * tile_chunks / threads;
    static constexpr int x_each = tokens * 2 * tile_chunks / threads;
    static constexpr int x_scales_each = tokens * tile_chunks / threads;
    uint4 quants[quants_each];
    uint2 high[chunks_each];
    WeightScale scales[chunks_each];
    uint4 x[x_each];
    ChunkScale x_scales[x_scales_each];

    /// Rows and tokens behind the last are the last, chunks behind the end are nothing.
    SLIMLINE_DEVICE void fetch(const Product& p, const Matrix& m, int first_row, int first_token, int first_chunk, int thread)
    {
        const int chunks = m.columns / chunk_columns;
        const auto chunk_of = [&](int row, int c) {
            const int there = first_row + row < m.rows ? first_row + row : m.rows - 1;
            return std::size_t(there) * std::size_t(chunks) + std::size_t(first_chunk + c);
        };
        const auto token_chunk = [&](int token, int c) {
            const int there = first_token + token < p.tokens ? first_token + token : p.tokens - 1;
            return std::size_t(there) * std::size_t(chunks) + std::size_t(first_chunk + c);
        };
        const uint4* from = static_cast<const uint4*>(m.quants);
        const uint4* x_from = reinterpret_cast<const uint4*>(p.x.q);
        SLIMLINE_UNROLL
        for (int i = 0; i < quants_each; ++i) {
            const int at = thread + i * threads;
            const int piece = at % (Tile::pieces * tile_chunks);
            const int c = piece / Tile::pieces;
            quants[i] = first_chunk + c < chunks ? from[Tile::pieces * chunk_of(at / (Tile::pieces * tile_chunks), c) +
                                                        std::size_t(piece % Tile::pieces)]
                                                 : uint4{0, 0, 0, 0};
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < chunks_each; ++i) {
            const int at = thread + i * threads;
            const int c = at % tile_chunks;
            const bool there = first_chunk + c < chunks;
            scales[i] = there ? load_scale<kind>(m, chunk_of(at / tile_chunks, c)) : WeightScale{0, 0, 0, 0};
            if (kind == WeightKind::q6_k) {
                high[i] = there ? upper_bits<kind>(m, chunk_of(at / tile_chunks, c)) : uint2{0, 0};
            }
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < x_each; ++i) {
            const int at = thread + i * threads;
            const int piece = at % (2 * tile_chunks);
            x[i] = first_chunk + piece / 2 < chunks
                       ? x_from[2 * token_chunk(at / (2 * tile_chunks), piece / 2) + std::size_t(piece % 2)]
                       : uint4{0, 0, 0, 0};
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < x_scales_each; ++i) {
            const int at = thread + i * threads;
            const int c = at % tile_chunks;
            x_scales[i] =
                first_chunk + c < chunks ? p.x.scales[token_chunk(at / tile_chunks, c)] : ChunkScale{0, {0, 0}};
        }
    }

    SLIMLINE_DEVICE void store(Tile& tile, int thread) const
    {
        SLIMLINE_UNROLL
        for (int i = 0; i < quants_each; ++i) {
            const int at = thread + i * threads;
            tile.quants[at / (Tile::pieces * tile_chunks)][at % (Tile::pieces * tile_chunks)] = quants[i];
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < chunks_each; ++i) {
            const int at = thread + i * threads;
            tile.scales[at % tile_chunks][at / tile_chunks] = scales[i];
            if (kind == WeightKind::q6_k) {
                tile.high[at / tile_chunks][at % tile_chunks] = high[i];
            }
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < x_each; ++i) {
            const int at = thread + i * threads;
            tile.x[at / (2 * tile_chunks)][at % (2 * tile_chunks)] = x[i];
        }
        SLIMLINE_UNROLL
        for (int i = 0; i < x_scales_each; ++i) {
            const int at = thread + i * threads;
            tile.x_scales[at % tile_chunks][at / tile_chunks] = x_scales[i];
        }
    }
};

/// Words v (0..3) of a row's chunk in a tile.
template <WeightKind kind, int rows, int tokens>
SLIMLINE_DEVICE WordPair words_of(const ProductTile<kind, rows, tokens>& tile, int row, int c, int v)
{
    const unsigned* words = reinterpret_cast<const unsigned*>(&tile.quants[row][ProductTile<kind, rows, tokens>::pieces * c]);
    if (kind == WeightKind::q8_0) {
        return {int(words[v]), int(words[4 + v])};
    }
    return split<kind>(words[v], kind == WeightKind::q6_k ? tile.high[row][c] : uint2{0, 0}, v);
}

/// A warp's 16 rows from `first_row` of a tile, times its tokens: integers of a chunk from the tensor cores, scaled and
/// added up as floats. sums[n] are those of rows g and g + 8 (g = lane / 4), tokens 8 n + 2 (lane % 4) and the next.
template <WeightKind kind, int rows, int tokens>
SLIMLINE_DEVICE void multiply_tile(const ProductTile<kind, rows, tokens>& tile, int first_row, int tokens_there,
                                   float (&sums)[tokens / 8][4])
{
    const int group = int(threadIdx.x % 32) / 4;
    const int word = int(threadIdx.x % 4);
    SLIMLINE_UNROLL
    for (int c = 0; c < tile_chunks; ++c) {
        const WordPair a0 = words_of(tile, first_row + group, c, word);
        const WordPair a1 = words_of(tile, first_row + group + 8, c, word);
        const WeightScale upper = tile.scales[c][first_row + group];
        const WeightScale lower = tile.scales[c][first_row + group + 8];
        SLIMLINE_UNROLL
        for (int n = 0; n < tokens / 8; ++n) {
            if (8 * n >= tokens_there) {
                continue;  // the same for all threads
            }
            const int* b = reinterpret_cast<const int*>(&tile.x[8 * n + group][2 * c]);
            const ChunkScale x[2] = {tile.x_scales[c][8 * n + 2 * word], tile.x_scales[c][8 * n + 2 * word + 1]};
            int low[4] = {};
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
            SLIMLINE_UNROLL
            for (int i = 0; i < 4; ++i) {
                sums[n][i] = add_scaled<kind>(i < 2 ? upper : lower, low[i], high[i], x[i % 2], sums[n][i]);
            }
        }
    }
}

SLIMLINE_DEVICE void write_output(const Product& p, const ProductPart& part, int token, int row, float sum)
{
    if (token < p.tokens && row < part.matrix.rows) {
        part.out[std::size_t(token) * std::size_t(p.out_stride) + std::size_t(row)] =
            sum + (part.bias == nullptr ? 0.f : part.bias[row]);
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

/// Blocks: (tile of rows, tile of tokens). Each warp 16 rows and all tokens of the tile.
template <WeightKind kind>
SLIMLINE_DEVICE void multiply_matrix(const Product& p)
{
    constexpr int threads = 128;
    SLIMLINE_SHARED ProductTile<kind, Product::tile_rows, Product::tile_tokens> tile;
    const RowOfProduct at = tile_of(p, int(blockIdx.x), Product::tile_rows);
    const ProductPart& part = p.parts[at.part];
    const int first_token = int(blockIdx.y) * Product::tile_tokens;
    const int thread = int(threadIdx.x);
    const int chunks = part.matrix.columns / chunk_columns;
    float sums[Product::tile_tokens / 8][4] = {};
    FetchedTile<kind, Product::tile_rows, Product::tile_tokens, threads> next;
    next.fetch(p, part.matrix, at.row, first_token, 0, thread);
    for (int first = 0; first < chunks; first += tile_chunks) {
        block_barrier();
        next.store(tile, thread);
        block_barrier();
        if (first + tile_chunks < chunks) {
            next.fetch(p, part.matrix, at.row, first_token, first + tile_chunks, thread);
        }
        multiply_tile(tile, thread / 32 * 16, p.tokens - first_token, sums);
    }
    const int row = at.row + thread / 32 * 16 + thread % 32 / 4;
    SLIMLINE_UNROLL
    for (int n = 0; n < Product::tile_tokens / 8; ++n) {
        SLIMLINE_UNROLL
        for (int i = 0; i < 4; ++i) {
            write_output(p, part, first_token + 8 * n + 2 * (thread % 4) + i % 2, row + (i < 2 ? 0 : 8), sums[n][i]);
        }
    }
}

/// Up to eight tokens. Blocks: 16 rows each, whose chunks are shared out among the warps.
template <WeightKind kind>
SLIMLINE_DEVICE void multiply_vectors(const Product& p)
{
    constexpr int warps = 4;
    constexpr int rows = Product::tile_rows_of_few;
    SLIMLINE_SHARED ProductTile<kind, rows, 8> tiles[warps];
    SLIMLINE_SHARED float of_warps[warps][8][rows];
    const RowOfProduct at = tile_of(p, int(blockIdx.x), rows);
    const ProductPart& part = p.parts[at.part];
    const int lane = int(threadIdx.x % 32);
    const int warp = int(threadIdx.x / 32);
    const int chunks = part.matrix.columns / chunk_columns;
    float sums[1][4] = {};
    FetchedTile<kind, rows, 8, 32> next;
    int first = warp * tile_chunks;
    if (first < chunks) {
        next.fetch(p, part.matrix, at.row, 0, first, lane);
    }
    for (; first < chunks; first += warps * tile_chunks) {
        warp_barrier();
        next.store(tiles[warp], lane);
        warp_barrier();
        if (first + warps * tile_chunks < chunks) {
            next.fetch(p, part.matrix, at.row, 0, first + warps * tile_chunks, lane);
        }
        multiply_tile(tiles[warp], 0, 8, sums);
    }
    SLIMLINE_UNROLL
    for (int i = 0; i < 4; ++i) {
        of_warps[warp][2 * (lane % 4) + i % 2][lane / 4 + (i < 2 ? 0 : 8)] = sums[0][i];
    }
    block_barrier();
    for (int i = int(threadIdx.x); i < 8 * rows; i += int(blockDim.x)) {
        float sum = 0;
        for (int w = 0; w < warps; ++w) {
            sum += of_warps[w][i / rows][i % rows];
        }
        write_output(p, part, i / rows, at.row + i % rows, sum);
    }
}

SLIMLINE_DEVICE float real_of(float f)
{
    return f;
}
SLIMLINE_DEVICE float real_of(HalfBits half)
{
    return to_float(half);
}

constexpr int real_tile = Product::real_tile;

/// F16 and F32, without tensor cores: each thread two rows and four tokens.
template <class Number>
SLIMLINE_DEVICE void multiply_real_matrix(const Product& p)
{
    SLIMLINE_SHARED float w[real_tile][real_tile + 1];
    SLIMLINE_SHARED float x[real_tile][real_tile + 1];
    const RowOfProduct at = tile_of(p, int(blockIdx.x), real_tile);
    const ProductPart& part = p.parts[at.part];
    const Matrix& m = part.matrix;
    const Number* weights = static_cast<const Number*>(m.quants);
    const int thread = int(threadIdx.x);
    const int first_row = at.row;
    const int first_token = int(blockIdx.y) * real_tile;
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
                r < m.rows && k < m.columns ? real_of(weights[std::size_t(r) * std::size_t(m.columns) + std::size_t(k)])
                                            : 0.f;
            x[i / real_tile][i % real_tile] = t < p.tokens && k < m.columns
                                                  ? p.real[std::size_t(t) * std::size_t(p.real_stride) + std::size_t(k)]
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
        write_output(p, part, first_token + token + 8 * (i % 4), first_row + row + 16 * (i / 4), sums[i / 4][i % 4]);
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
    // All threads of a warp go round equally often: they shuffle.
    for (int base = first; base < end; base += sets) {
        const int at = base + thread / p.lanes;
        const bool seen = at < end;
        const std::size_t place = plane + std::size_t(at) * std::size_t(p.head_dim) + std::size_t(column);
        float k[8] = {};
        float v[8] = {};
        if (seen && holds) {
            load_reals(p.keys + place, k);
            load_reals(p.values + place, v);
        }
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
                if (seen) {
                    join(parts[h], score, 1.f, v);
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

/// A warp for 256 columns of a row's heads: joins their shares, and rounds what comes of it, or writes it where nobody
/// reads it rounded.
SLIMLINE_DEVICE void join_splits(const Attend& p)
{
    const int columns = p.heads * p.head_dim;
    const int pieces = (columns + columns_of_warp - 1) / columns_of_warp;
    const int item = int(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (item >= p.rows * pieces) {
        return;  // a whole warp
    }
    const int row = item / pieces;
    const int column = item % pieces * columns_of_warp + 8 * int(threadIdx.x % 32);
    const bool there = column < columns;
    const int head = there ? column / p.head_dim : 0;
    const int d = there ? column % p.head_dim : 0;
    const float* first = partial_of(p, row, head, 0);
    const int step = p.head_dim + Attend::beside_partial;
    float most = lowest_score;
    SLIMLINE_UNROLL_BY_4
    for (int split = 0; split < p.splits; ++split) {
        most = fmaxf(most, first[split * step + p.head_dim]);
    }
    float total = 0;
    float sums[8] = {};
    SLIMLINE_UNROLL_BY_4
    for (int split = 0; split < p.splits; ++split) {
        const float* part = first + split * step;
        const float weight = expf(part[p.head_dim] - most);
        float of_part[8];
        load_reals(part + d, of_part);
        total = fmaf(weight, part[p.head_dim + 1], total);
        SLIMLINE_UNROLL
        for (int i = 0; i < 8; ++i) {
            sums[i] = fmaf(weight, of_part[i], sums[i]);
        }
    }
    SLIMLINE_UNROLL
    for (int i = 0; i < 8; ++i) {
        sums[i] = there ? gated(p, row, column + i, sums[i] / total) : 0.f;
    }
    const std::size_t at = std::size_t(row) * std::size_t(columns) + std::size_t(column);
    if (there && p.by32.q == nullptr && p.by256.q == nullptr) {
        store_reals(sums, p.out + at);
    }
    round_eight(sums, there, p.by32, p.by256, at);
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
