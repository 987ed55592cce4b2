#include "validation/kernels/packed_matrix.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "base/random.h"
#include "validation/kernels/packed_quants.h"

namespace slimline::kernels {

namespace {

void release(std::byte* memory)
{
    std::free(memory);
}

/// A scale of the wanted size: up to an eighth off, and of either sign where that keeps the mean at 0.
Half random_scale(RandomBits& random, double size, bool either_sign)
{
    const std::uint64_t word = random.next();
    const double value = size * (0.875 + 0.25 * double(word & 0xffff) / 65536.0);
    return to_half(float(either_sign && (word & 0x10000) != 0 ? -value : value));
}

// Deviations of uniform quants: of 0..n-1 it is sqrt((n^2 - 1) / 12).
constexpr double deviation4 = 4.61;
constexpr double deviation5 = 9.23;
constexpr double deviation6 = 18.47;
constexpr double deviation8 = 73.9;

/// Blocks d (q - offset), mean of q not exactly the offset: signs differ from block to block.
template <class Block>
void fill_block(RandomBits& random, Block& block, double deviation)
{
    random.fill(&block, sizeof block);
    for (Half& d : block.d) {
        d = random_scale(random, deviation, true);
    }
}

/// Blocks d q + m: m takes the mean away.
template <class Block>
void fill_block_with_min(RandomBits& random, Block& block, double deviation, double mean)
{
    random.fill(&block, sizeof block);
    for (int r = 0; r < lanes; ++r) {
        block.d[r] = random_scale(random, deviation, true);
        block.m[r] = to_half(float(-mean * to_float(block.d[r])));
    }
}

/// 6-bit scales and mins of 32..63 (root mean square 48), dmin takes the mean away; that both vary adds a tenth.
template <class Block>
void fill_k_block(RandomBits& random, Block& block, double deviation, double mean)
{
    random.fill(&block, sizeof block);
    for (SixBits* bits : {&block.scales, &block.mins}) {
        for (std::uint8_t& byte : bits->high) {
            byte |= 0xaa;
        }
    }
    for (int r = 0; r < lanes; ++r) {
        block.d[r] = random_scale(random, deviation / (48 * 1.1), true);
        block.dmin[r] = to_half(float(mean * to_float(block.d[r])));
    }
}

void fill_q6_block(RandomBits& random, Q6_Kx8& block, double deviation)
{
    fill_block(random, block, deviation / (deviation6 * 74));  // scales of -128..127 have a root mean square of 74
}

/// Numbers of either sign between 1 and 2 times a power of two (root mean square 1.53).
void fill_f16(RandomBits& random, Half* out, std::size_t count, double deviation)
{
    const int exponent = std::clamp(int(std::lround(std::log2(deviation / 1.53))) + 15, 1, 30);
    random.fill(out, 2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = Half((out[i] & 0x83ffu) | std::uint32_t(exponent << 10));
    }
}

void fill_f32(RandomBits& random, float* out, std::size_t count, double deviation)
{
    for (std::size_t i = 0; i < count; ++i) {  // uniform: its deviation is its half width over sqrt(3)
        out[i] = float((double(random.next() >> 11) * 0x1p-52 - 1) * deviation * std::sqrt(3.0));
    }
}

template <class Block, class Fill>
void fill_blocks(std::byte* group, int columns, int block_columns, Fill&& fill)
{
    auto* blocks = reinterpret_cast<Block*>(group);
    for (int b = 0; b < columns / block_columns; ++b) {
        fill(blocks[b]);
    }
}

void fill_group(PackedMatrix& m, RandomBits& random, int group, double s)
{
    std::byte* to = m.group(group);
    const int n = m.columns;
    switch (m.format) {
        case Format::q4_0:
            return fill_blocks<Q4_0x8>(to, n, 32, [&](auto& b) { fill_block(random, b, s / deviation4); });
        case Format::q4_1:
            return fill_blocks<Q4_1x8>(to, n, 32, [&](auto& b) { fill_block_with_min(random, b, s / deviation4, 7.5); });
        case Format::q5_0:
            return fill_blocks<Q5_0x8>(to, n, 32, [&](auto& b) { fill_block(random, b, s / deviation5); });
        case Format::q5_1:
            return fill_blocks<Q5_1x8>(to, n, 32, [&](auto& b) { fill_block_with_min(random, b, s / deviation5, 15.5); });
        case Format::q8_0:
            return fill_blocks<Q8_0x8>(to, n, 32, [&](auto& b) { fill_block(random, b, s / deviation8); });
        case Format::q4_k:
            return fill_blocks<Q4_Kx8>(to, n, 256, [&](auto& b) { fill_k_block(random, b, s / deviation4, 7.5); });
        case Format::q5_k:
            return fill_blocks<Q5_Kx8>(to, n, 256, [&](auto& b) { fill_k_block(random, b, s / deviation5, 15.5); });
        case Format::q6_k:
            return fill_blocks<Q6_Kx8>(to, n, 256, [&](auto& b) { fill_q6_block(random, b, s); });
        case Format::f16:
            return fill_f16(random, reinterpret_cast<Half*>(to), std::size_t(n) * lanes, s);
        default:
            return fill_f32(random, reinterpret_cast<float*>(to), std::size_t(n) * lanes, s);
    }
}

// ---- Numbers of row r of a block: of each sub-block scale (quant - zero) + offset.

struct Line {
    float scale = 0;
    float offset = 0;
    int zero = 0;
};

Line line(const Q4_0x8& b, int r, int) { return {to_float(b.d[r]), 0, 8}; }
Line line(const Q5_0x8& b, int r, int) { return {to_float(b.d[r]), 0, 16}; }
Line line(const Q8_0x8& b, int r, int) { return {to_float(b.d[r]), 0, 0}; }
Line line(const Q6_Kx8& b, int r, int k) { return {to_float(b.d[r]) * float(scale_of(b, r, k / 16)), 0, 32}; }

template <class Block>
Line line(const Block& b, int r, int)
    requires requires { b.m; }
{
    return {to_float(b.d[r]), to_float(b.m[r]), 0};
}

template <class Block>
Line line(const Block& b, int r, int k)
    requires requires { b.dmin; }
{
    return {to_float(b.d[r]) * float(six_bits(b.scales, r, k / 32)), -to_float(b.dmin[r]) * float(six_bits(b.mins, r, k / 32)), 0};
}

template <class Block>
void read_blocks(const std::byte* group, int columns, int block_columns, int row, float* out)
{
    constexpr int sub_block = 16;  // the shortest; scales of small halves are slow to work out, so once for each
    const auto* blocks = reinterpret_cast<const Block*>(group);
    for (int first = 0; first < columns; first += sub_block) {
        const Block& block = blocks[first / block_columns];
        const int k = first % block_columns;
        const Line of = line(block, row, k);
        for (int i = 0; i < sub_block; ++i) {
            out[first + i] = of.scale * float(quant(block, row, k + i) - of.zero) + of.offset;
        }
    }
}

// ---- GGUF's blocks of one row into lane r.

void set_six_bits(SixBits& bits, int row, int sub_block, int value)
{
    const int at = six_bits_index(row, sub_block);
    bits.low[at % 32] |= std::uint8_t((value & 15) << (at < 32 ? 0 : 4));
    bits.high[at % 16] |= std::uint8_t((value >> 4) << (2 * (at / 16)));
}

using Bytes8 = const std::uint8_t*;

Half half_at(Bytes8 from)
{
    return Half(from[0] | from[1] << 8);
}

/// Bytes of a row, four by four, into every eighth group of four.
void interleave(std::uint8_t* to, Bytes8 from, int bytes, int row)
{
    for (int i = 0; i < bytes; ++i) {
        to[32 * (i / 4) + 4 * row + i % 4] = from[i];
    }
}

void put_fifth_bits(std::uint8_t* high, Bytes8 from, int row)
{
    for (int k = 0; k < 32; ++k) {
        high[4 * row + k % 4] |= std::uint8_t((from[k / 8] >> (k % 8) & 1) << (k / 4));
    }
}

void put(Q4_0x8& b, int r, Bytes8 from)
{
    b.d[r] = half_at(from);
    interleave(b.q, from + 2, 16, r);
}
void put(Q4_1x8& b, int r, Bytes8 from)
{
    b.d[r] = half_at(from);
    b.m[r] = half_at(from + 2);
    interleave(b.q, from + 4, 16, r);
}
void put(Q5_0x8& b, int r, Bytes8 from)
{
    b.d[r] = half_at(from);
    put_fifth_bits(b.high, from + 2, r);
    interleave(b.q, from + 6, 16, r);
}
void put(Q5_1x8& b, int r, Bytes8 from)
{
    b.d[r] = half_at(from);
    b.m[r] = half_at(from + 2);
    put_fifth_bits(b.high, from + 4, r);
    interleave(b.q, from + 8, 16, r);
}
void put(Q8_0x8& b, int r, Bytes8 from)
{
    b.d[r] = half_at(from);
    interleave(reinterpret_cast<std::uint8_t*>(b.q), from + 2, 32, r);
}

/// ggml's get_scale_min_k4.
template <class Block>
void put_scales(Block& b, int r, Bytes8 s)
{
    b.d[r] = half_at(s);
    b.dmin[r] = half_at(s + 2);
    s += 4;
    for (int j = 0; j < 8; ++j) {
        set_six_bits(b.scales, r, j, j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4);
        set_six_bits(b.mins, r, j, j < 4 ? s[j + 4] & 63 : (s[j + 4] >> 4) | (s[j] >> 6) << 4);
    }
}

void put(Q4_Kx8& b, int r, Bytes8 from)
{
    put_scales(b, r, from);
    interleave(b.q, from + 16, 128, r);
}
void put(Q5_Kx8& b, int r, Bytes8 from)
{
    put_scales(b, r, from);
    interleave(b.high, from + 16, 32, r);
    interleave(b.q, from + 48, 128, r);
}
void put(Q6_Kx8& b, int r, Bytes8 from)
{
    for (int i = 0; i < 128; ++i) {
        b.q[768 * (i / 64) + 96 * (i % 32 / 4) + 32 * (i % 64 / 32) + 4 * r + i % 4] = from[i];
    }
    for (int i = 0; i < 64; ++i) {
        b.q[768 * (i / 32) + 96 * (i % 32 / 4) + 64 + 4 * r + i % 4] = from[128 + i];
    }
    for (int j = 0; j < 16; ++j) {
        b.scales[(j / 2) * 2 * lanes + 2 * r + j % 2] = std::int8_t(from[192 + j]);
    }
    b.d[r] = half_at(from + 208);
}

template <class Block>
void put_row(PackedMatrix& m, int row, Bytes8 from)
{
    auto* blocks = reinterpret_cast<Block*>(m.group(row / lanes));
    const int block_columns = int(info(m.format).block_elements);
    for (int b = 0; b < m.columns / block_columns; ++b) {
        put(blocks[b], row % lanes, from + std::size_t(b) * (sizeof(Block) / lanes));
    }
}

template <class Number>
void put_numbers(PackedMatrix& m, int row, Bytes8 from)
{
    std::byte* group = m.group(row / lanes);
    for (int k = 0; k < m.columns; ++k) {
        std::memcpy(group + sizeof(Number) * std::size_t(k * lanes + row % lanes), from + sizeof(Number) * std::size_t(k),
                    sizeof(Number));
    }
}

void put_row(PackedMatrix& m, int row, Bytes8 from)
{
    switch (m.format) {
        case Format::q4_0: return put_row<Q4_0x8>(m, row, from);
        case Format::q4_1: return put_row<Q4_1x8>(m, row, from);
        case Format::q5_0: return put_row<Q5_0x8>(m, row, from);
        case Format::q5_1: return put_row<Q5_1x8>(m, row, from);
        case Format::q8_0: return put_row<Q8_0x8>(m, row, from);
        case Format::q4_k: return put_row<Q4_Kx8>(m, row, from);
        case Format::q5_k: return put_row<Q5_Kx8>(m, row, from);
        case Format::q6_k: return put_row<Q6_Kx8>(m, row, from);
        case Format::f16: return put_numbers<Half>(m, row, from);
        default: return put_numbers<float>(m, row, from);
    }
}

std::byte* allocate_huge_pages(std::size_t bytes)
{
    constexpr std::size_t huge_page = std::size_t(2) << 20;
    const std::size_t size = (bytes + huge_page - 1) / huge_page * huge_page;
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(huge_page, size));
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    ::madvise(memory, size, MADV_HUGEPAGE);  // fewer address look-ups; only a wish
    return memory;
}

/// Small buffers stand side by side on huge pages: looking up the address of every 4 KiB costs a third of the time
/// that it takes to stream them from memory, more in a virtual machine.
class Shelf {
 public:
    static constexpr std::size_t most = std::size_t(8) << 20;

    std::byte* take(std::size_t bytes)
    {
        const std::lock_guard lock(mutex_);
        const std::size_t size = (std::max<std::size_t>(bytes, 1) + 4095) / 4096 * 4096;
        if (boards_.empty() || boards_.back().used + size > length) {
            boards_.push_back({allocate_huge_pages(length), 0, 0});
        }
        Board& board = boards_.back();
        std::byte* memory = board.memory + board.used;
        board.used += size;
        board.taken += 1;
        return memory;
    }

    void give_back(std::byte* memory)
    {
        const std::lock_guard lock(mutex_);
        const auto board = std::ranges::find_if(
            boards_, [&](const Board& b) { return memory >= b.memory && memory < b.memory + length; });
        if (--board->taken == 0) {
            release(board->memory);
            boards_.erase(board);
        }
    }

 private:
    static constexpr std::size_t length = 4 * most;
    struct Board {
        std::byte* memory = nullptr;
        std::size_t used = 0;
        int taken = 0;
    };

    std::mutex mutex_;
    std::vector<Board> boards_;
};

Shelf& shelf()
{
    static Shelf one;
    return one;
}

}  // namespace

Pages allocate_pages(std::size_t bytes)
{
    return bytes < Shelf::most ? Pages(shelf().take(bytes), [](std::byte* memory) { shelf().give_back(memory); })
                               : Pages(allocate_huge_pages(bytes), release);
}

bool packable(Format format)
{
    switch (format) {
        case Format::f32:
        case Format::f16:
        case Format::q4_0:
        case Format::q4_1:
        case Format::q5_0:
        case Format::q5_1:
        case Format::q8_0:
        case Format::q4_k:
        case Format::q5_k:
        case Format::q6_k: return true;
        default: return false;
    }
}

Input input_of(Format format)
{
    const double block = info(format).block_elements;
    return block == 1 ? Input::real : block == 32 ? Input::blocks32 : Input::blocks256;
}

PackedMatrix empty_matrix(Format format, int rows, int columns)
{
    assert(packable(format) && columns % int(info(format).block_elements) == 0);
    PackedMatrix matrix{format, rows, columns};
    matrix.data = allocate_pages(matrix.group_bytes() * std::size_t(matrix.groups()));
    return matrix;
}

PackedMatrix pack(Format format, int rows, int columns, std::span<const std::byte> gguf_rows)
{
    PackedMatrix matrix = empty_matrix(format, rows, columns);
    const std::size_t row_size = matrix.group_bytes() / lanes;
    assert(gguf_rows.size() == row_size * std::size_t(rows));
    std::memset(matrix.data.get(), 0, matrix.group_bytes() * std::size_t(matrix.groups()));
    for (int row = 0; row < rows; ++row) {
        put_row(matrix, row, reinterpret_cast<Bytes8>(gguf_rows.data()) + std::size_t(row) * row_size);
    }
    return matrix;
}

void fill_random(PackedMatrix& matrix, std::uint64_t seed, double deviation, int first_group, int last_group)
{
    for (int group = first_group; group < last_group; ++group) {
        RandomBits random{seed + std::uint64_t(group) * 0x632be59bd9b4e019u};
        random.state = random.next();  // neighbouring groups' streams must not be shifts of each other
        fill_group(matrix, random, group, deviation);
    }
}

PackedMatrix random_matrix(Format format, int rows, int columns, std::uint64_t seed, double deviation)
{
    PackedMatrix matrix = empty_matrix(format, rows, columns);
    fill_random(matrix, seed, deviation, 0, matrix.groups());
    return matrix;
}

void read_row(const PackedMatrix& m, int row, float* out)
{
    const std::byte* group = m.group(row / lanes);
    const int r = row % lanes;
    switch (m.format) {
        case Format::q4_0: return read_blocks<Q4_0x8>(group, m.columns, 32, r, out);
        case Format::q4_1: return read_blocks<Q4_1x8>(group, m.columns, 32, r, out);
        case Format::q5_0: return read_blocks<Q5_0x8>(group, m.columns, 32, r, out);
        case Format::q5_1: return read_blocks<Q5_1x8>(group, m.columns, 32, r, out);
        case Format::q8_0: return read_blocks<Q8_0x8>(group, m.columns, 32, r, out);
        case Format::q4_k: return read_blocks<Q4_Kx8>(group, m.columns, 256, r, out);
        case Format::q5_k: return read_blocks<Q5_Kx8>(group, m.columns, 256, r, out);
        case Format::q6_k: return read_blocks<Q6_Kx8>(group, m.columns, 256, r, out);
        case Format::f16:
            for (int k = 0; k < m.columns; ++k) {
                out[k] = to_float(reinterpret_cast<const Half*>(group)[k * lanes + r]);
            }
            return;
        default:
            for (int k = 0; k < m.columns; ++k) {
                out[k] = reinterpret_cast<const float*>(group)[k * lanes + r];
            }
    }
}

}  // namespace slimline::kernels
