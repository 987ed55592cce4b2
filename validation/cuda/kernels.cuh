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

// ---- Products for few tokens: some threads a row, each a 16-byte piece of the weights at a time

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

template <WeightKind kind, int most_tokens>
SLIMLINE_DEVICE void multiply_vector(const Product& p)
{
    const int thread = int(blockIdx.x * blockDim.x + threadIdx.x);
    const int lane = thread % p.lanes;
    const RowOfProduct at = row_of(p, thread / p.lanes);
    const Matrix& m = p.parts[at.part].matrix;
    const int chunks = m.columns / chunk_columns;
    float sums[most_tokens] = {};
    SLIMLINE_UNROLL_BY_4  // that more loads are under way
        for (int c = lane; c < chunks; c += p.lanes)
    {
        const std::size_t chunk = std::size_t(at.row) * std::size_t(chunks) + std::size_t(c);
        int q[8];
        load_chunk<kind>(m, chunk, q);
        const WeightScale scale = load_scale<kind>(m, chunk);
        SLIMLINE_UNROLL
        for (int t = 0; t < most_tokens; ++t) {
            if (t < p.tokens) {
                const std::size_t x_chunk = std::size_t(t) * std::size_t(chunks) + std::size_t(c);
                const uint4* x = reinterpret_cast<const uint4*>(p.x.q) + 2 * x_chunk;
                const uint4 first = x[0];
                const uint4 second = x[1];
                const int low = dot4(q[0], int(first.x),
                                     dot4(q[1], int(first.y), dot4(q[2], int(first.z), dot4(q[3], int(first.w), 0))));
                const int high =
                    dot4(q[4], int(second.x),
                         dot4(q[5], int(second.y), dot4(q[6], int(second.z), dot4(q[7], int(second.w), 0))));
                sums[t] = add_scaled<kind>(scale, low, high, p.x.scales[x_chunk], sums[t]);
            }
        }
    }
    write_sums<most_tokens>(p, at, lane, sums);
}

SLIMLINE_DEVICE void load_reals(const float* from, float (&to)[8])
{
    const float4* pieces = reinterpret_cast<const float4*>(from);
    const float4 a = pieces[0];
    const float4 b = pieces[1];
    to[0] = a.x, to[1] = a.y, to[2] = a.z, to[3] = a.w;
    to[4] = b.x, to[5] = b.y, to[6] = b.z, to[7] = b.w;
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

constexpr int tile_rows = 64;    // of weights, that a block of four warps multiplies
constexpr int tile_tokens = 64;  // with so many activations
constexpr int tile_chunks = 4;   // that lie in shared memory together

/// Each warp 16 rows and all tokens of the tile; integers of a chunk from the tensor cores, scaled and added up as floats.
template <WeightKind kind>
SLIMLINE_DEVICE void multiply_matrix(const Product& p)
{
    // Of each token 128 bytes, and 16 more so that eight tokens' words lie in different banks.
    SLIMLINE_SHARED uint4 tile[tile_tokens][2 * tile_chunks + 1];
    SLIMLINE_SHARED ChunkScale scales[tile_tokens][tile_chunks];
    const ProductPart& part = p.parts[0];
    const Matrix& m = part.matrix;
    const int chunks = m.columns / chunk_columns;
    const int thread = int(threadIdx.x);
    const int group = thread % 32 / 4;
    const int word = thread % 4;
    const int upper = int(blockIdx.x) * tile_rows + thread / 32 * 16 + group;
    const int last_row = m.rows - 1;
    const std::size_t upper_row = std::size_t(upper < last_row ? upper : last_row) * std::size_t(chunks);
    const std::size_t lower_row = std::size_t(upper + 8 < last_row ? upper + 8 : last_row) * std::size_t(chunks);
    const int first_token = int(blockIdx.y) * tile_tokens;
    const uint4* x = reinterpret_cast<const uint4*>(p.x.q);
    float sums[tile_tokens / 8][4] = {};

    for (int first = 0; first < chunks; first += tile_chunks) {
        block_barrier();
        for (int i = thread; i < tile_tokens * 2 * tile_chunks; i += int(blockDim.x)) {
            const int token = i / (2 * tile_chunks);
            const int piece = i % (2 * tile_chunks);
            const bool there = first_token + token < p.tokens && first + piece / 2 < chunks;
            const std::size_t at = std::size_t(first_token + token) * std::size_t(chunks) + std::size_t(first);
            tile[token][piece] = there ? x[2 * at + std::size_t(piece)] : uint4{0, 0, 0, 0};
            if (piece % 2 == 0) {
                scales[token][piece / 2] = there ? p.x.scales[at + std::size_t(piece / 2)] : ChunkScale{0, {0, 0}};
            }
        }
        block_barrier();
        for (int c = 0; c < tile_chunks && first + c < chunks; ++c) {
            const std::size_t upper_chunk = upper_row + std::size_t(first + c);
            const std::size_t lower_chunk = lower_row + std::size_t(first + c);
            const WordPair a0 = load_words<kind>(m, upper_chunk, word);
            const WordPair a1 = load_words<kind>(m, lower_chunk, word);
            const WeightScale upper_scale = load_scale<kind>(m, upper_chunk);
            const WeightScale lower_scale = load_scale<kind>(m, lower_chunk);
            SLIMLINE_UNROLL
            for (int n = 0; n < tile_tokens / 8; ++n) {
                if (first_token + 8 * n >= p.tokens) {
                    continue;  // the same for all threads
                }
                const int* b = reinterpret_cast<const int*>(&tile[8 * n + group][2 * c]);
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
                    const ChunkScale& scale = scales[8 * n + 2 * word + i % 2][c];
                    sums[n][i] =
                        add_scaled<kind>(i < 2 ? upper_scale : lower_scale, low[i], high[i], scale, sums[n][i]);
                }
            }
        }
    }
    SLIMLINE_UNROLL
    for (int n = 0; n < tile_tokens / 8; ++n) {
        SLIMLINE_UNROLL
        for (int i = 0; i < 4; ++i) {
            const int token = first_token + 8 * n + 2 * word + i % 2;
            const int row = upper + (i < 2 ? 0 : 8);
            if (token < p.tokens && row < m.rows) {
                part.out[std::size_t(token) * std::size_t(p.out_stride) + std::size_t(row)] =
                    sums[n][i] + (part.bias == nullptr ? 0.f : part.bias[row]);
            }
        }
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

constexpr int real_tile = 32;  // rows, tokens and columns

/// F16 and F32, without tensor cores: each thread two rows and four tokens.
template <class Number>
SLIMLINE_DEVICE void multiply_real_matrix(const Product& p)
{
    SLIMLINE_SHARED float w[real_tile][real_tile + 1];
    SLIMLINE_SHARED float x[real_tile][real_tile + 1];
    const ProductPart& part = p.parts[0];
    const Matrix& m = part.matrix;
    const Number* weights = static_cast<const Number*>(m.quants);
    const int thread = int(threadIdx.x);
    const int first_row = int(blockIdx.x) * real_tile;
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
        const int r = first_row + row + 16 * (i / 4);
        const int t = first_token + token + 8 * (i % 4);
        if (r < m.rows && t < p.tokens) {
            part.out[std::size_t(t) * std::size_t(p.out_stride) + std::size_t(r)] =
                sums[i / 4][i % 4] + (part.bias == nullptr ? 0.f : part.bias[r]);
        }
    }
}

// ---- Rounding to 8 bits

constexpr int piece_columns = 256;  // what one warp rounds

/// Rounds x[0, count) to multiples of d, the largest of `group` to 127 d; a whole warp, count a multiple of 32. `at` is the
/// place of x[0] among all numbers of the rounded rows.
SLIMLINE_DEVICE void round_piece(const float* x, int count, int group, const Rounded& to, std::size_t at)
{
    const int lane = int(threadIdx.x % 32);
    float largest = 0;
    for (int i = lane; group > chunk_columns && i < count; i += 32) {
        largest = fmaxf(largest, fabsf(x[i]));
    }
    largest = largest_of_warp(largest);
    for (int i = lane; i < count; i += 32) {
        if (group == chunk_columns) {
            largest = largest_of_warp(fabsf(x[i]));
        }
        const int q = nearest(x[i] * (largest == 0 ? 0.f : 127 / largest));
        to.q[at + std::size_t(i)] = std::int8_t(q);
        int sum = q;
        for (int mask = 8; mask > 0; mask /= 2) {
            sum += shuffle_xor(sum, mask);
        }
        ChunkScale& scale = to.scales[(at + std::size_t(i)) / chunk_columns];
        if (lane == 0) {
            scale.d = largest / 127;
        }
        if (lane % 16 == 0) {
            scale.sums[lane / 16] = std::int16_t(sum);
        }
    }
}

SLIMLINE_DEVICE void round_piece(const float* x, int count, const Rounded& by32, const Rounded& by256, std::size_t at)
{
    if (by32.q != nullptr) {
        round_piece(x, count, chunk_columns, by32, at);
    }
    if (by256.q != nullptr) {
        round_piece(x, count, piece_columns, by256, at);
    }
}

/// A row, shared out among the warps of a block.
SLIMLINE_DEVICE void round_row(const float* x, int columns, const Rounded& by32, const Rounded& by256, std::size_t row)
{
    const int warps = int(blockDim.x) / 32;
    for (int begin = int(threadIdx.x) / 32 * piece_columns; begin < columns; begin += warps * piece_columns) {
        const int count = columns - begin < piece_columns ? columns - begin : piece_columns;
        round_piece(x + begin, count, by32, by256, row * std::size_t(columns) + std::size_t(begin));
    }
}

// ---- Norms

/// out = x over its root mean square, or less its mean over its deviation; a whole block, x may be out.
SLIMLINE_DEVICE void normalise(const float* x, const float* weight, const float* bias, int n, float epsilon,
                               int subtract_mean, float* out)
{
    const int thread = int(threadIdx.x);
    const int threads = int(blockDim.x);
    float mean = 0;
    if (subtract_mean != 0) {
        for (int i = thread; i < n; i += threads) {
            mean += x[i];
        }
        mean = sum_of_block(mean) / float(n);
    }
    float square = 0;
    for (int i = thread; i < n; i += threads) {
        square = fmaf(x[i] - mean, x[i] - mean, square);
    }
    const float scale = 1 / sqrtf(sum_of_block(square) / float(n) + epsilon);
    for (int i = thread; i < n; i += threads) {
        out[i] = (x[i] - mean) * scale * (weight == nullptr ? 1.f : weight[i]) + (bias == nullptr ? 0.f : bias[i]);
    }
}

SLIMLINE_DEVICE void add_and_normalise(const Residual& p)
{
    const std::size_t row = blockIdx.x;
    const std::size_t at = row * std::size_t(p.columns);
    float* hidden = p.hidden + at;
    float* out = p.out + at;
    for (int each = 0; each < 2; ++each) {
        const Addend& addend = p.addends[each];
        if (addend.values == nullptr) {
            continue;
        }
        float* y = addend.values + at;
        if (addend.norm != 0) {
            normalise(y, addend.weight, addend.bias, p.columns, p.epsilon, p.subtract_mean, y);
        }
        for (int i = int(threadIdx.x); i < p.columns; i += int(blockDim.x)) {
            hidden[i] += p.residual_scale * y[i];
        }
    }
    if (p.norm != 0) {
        normalise(hidden, p.weight, p.bias, p.columns, p.epsilon, p.subtract_mean, out);
    } else {
        for (int i = int(threadIdx.x); i < p.columns; i += int(blockDim.x)) {
            out[i] = hidden[i];
        }
    }
    block_barrier();
    round_row(out, p.columns, p.by32, p.by256, row);
}

SLIMLINE_DEVICE void normalise_row(const RowNorm& p)
{
    float* x = p.x + std::size_t(blockIdx.x) * std::size_t(p.stride);
    normalise(x, p.weight, nullptr, p.columns, p.epsilon, p.subtract_mean, x);
}

// ---- Embedding

SLIMLINE_DEVICE void embed(const Embedding& p)
{
    const int row = int(blockIdx.x);
    const int columns = p.table.columns;
    float* out = p.out + std::size_t(row) * std::size_t(columns);
    const int last_position = p.position_table.rows - 1;
    const int position = p.positions[row] < last_position ? p.positions[row] : last_position;
    for (int i = int(threadIdx.x); i < columns; i += int(blockDim.x)) {
        out[i] = p.scale * weight_at(p.table, p.tokens[row], i) +
                 (position >= 0 ? weight_at(p.position_table, position, i) : 0.f);
    }
    if (p.norm != 0) {
        normalise(out, p.norm_weight, p.norm_bias, columns, p.epsilon, p.subtract_mean, out);
    }
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
                            std::size_t(p.head_dim + 2);
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

/// Blocks: (head, row).
SLIMLINE_DEVICE void join_splits(const Attend& p)
{
    const int head = int(blockIdx.x);
    const int row = int(blockIdx.y);
    for (int d = int(threadIdx.x); d < p.head_dim; d += int(blockDim.x)) {
        SoftmaxPart<1> part{lowest_score, 0, {0}};
        for (int split = 0; split < p.splits; ++split) {
            join_stored(part, partial_of(p, row, head, split), p.head_dim, d);
        }
        const int at = head * p.head_dim + d;
        p.out[std::size_t(row) * std::size_t(p.heads * p.head_dim) + std::size_t(at)] =
            gated(p, row, at, part.sum[0] / part.total);
    }
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
    const int pieces = (p.columns + piece_columns - 1) / piece_columns;
    const int item = int(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (item >= p.rows * pieces) {
        return;  // a whole warp
    }
    const int row = item / pieces;
    const int begin = item % pieces * piece_columns;
    const int count = p.columns - begin < piece_columns ? p.columns - begin : piece_columns;
    const std::size_t at = std::size_t(row) * std::size_t(p.stride) + std::size_t(begin);
    float* x = p.gate + at;
    for (int i = int(threadIdx.x % 32); p.function != Function::none && i < count; i += 32) {
        x[i] = value_of(p.function, x[i]) * (p.up == nullptr ? 1.f : p.up[at + std::size_t(i)]);
    }
    warp_barrier();
    round_piece(x, count, p.by32, p.by256, std::size_t(row) * std::size_t(p.columns) + std::size_t(begin));
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
