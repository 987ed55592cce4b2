#pragma once

#include "validation/kernels/packed_blocks.h"

namespace slimline::kernels {

// The integer that a packed block holds as number k of row r, before offset, scale and min.

inline int nibble(const std::uint8_t* q, int row, int k)
{
    const int byte = q[32 * (k % 16 / 4) + 4 * row + k % 4];
    return k < 16 ? byte & 15 : byte >> 4;
}

inline int fifth_bit(const std::uint8_t* high, int row, int k)
{
    return (high[4 * row + k % 4] >> (k / 4) & 1) << 4;
}

inline int quant(const Q4_0x8& b, int r, int k)
{
    return nibble(b.q, r, k);
}
inline int quant(const Q4_1x8& b, int r, int k)
{
    return nibble(b.q, r, k);
}
inline int quant(const Q5_0x8& b, int r, int k)
{
    return nibble(b.q, r, k) | fifth_bit(b.high, r, k);
}
inline int quant(const Q5_1x8& b, int r, int k)
{
    return nibble(b.q, r, k) | fifth_bit(b.high, r, k);
}
inline int quant(const Q8_0x8& b, int r, int k)
{
    return b.q[32 * (k / 4) + 4 * r + k % 4];
}
inline int quant(const Q4_Kx8& b, int r, int k)
{
    const int byte = b.q[256 * (k / 64) + 32 * (k % 32 / 4) + 4 * r + k % 4];
    return k % 64 < 32 ? byte & 15 : byte >> 4;
}
inline int quant(const Q5_Kx8& b, int r, int k)
{
    const int byte = b.q[256 * (k / 64) + 32 * (k % 32 / 4) + 4 * r + k % 4];
    const int fifth = b.high[32 * (k % 32 / 4) + 4 * r + k % 4] >> (k / 32) & 1;
    return (k % 64 < 32 ? byte & 15 : byte >> 4) | fifth << 4;
}
inline int quant(const Q6_Kx8& b, int r, int k)
{
    const int half = k / 128;
    const int quarter = k % 128 / 32;
    const int v = k % 32 / 4;
    const std::uint8_t* at = b.q + 768 * half + 96 * v + 4 * r + k % 4;
    const int low = at[32 * (quarter % 2)] >> (quarter > 1 ? 4 : 0) & 15;
    const int high = at[64] >> (2 * quarter) & 3;
    return low | high << 4;
}

/// Where the scale of a row's sub-block stands among a block's.
inline int six_bits_index(int row, int sub_block)
{
    return (sub_block / 2) * 2 * lanes + 2 * row + sub_block % 2;
}

inline int six_bits(const SixBits& bits, int row, int sub_block)
{
    const int at = six_bits_index(row, sub_block);
    const int low = at < 32 ? bits.low[at] & 15 : bits.low[at - 32] >> 4;
    return low | ((bits.high[at % 16] >> (2 * (at / 16))) & 3) << 4;
}

inline int scale_of(const Q6_Kx8& b, int row, int sub_block)
{
    return b.scales[six_bits_index(row, sub_block)];
}

}  // namespace slimline::kernels
