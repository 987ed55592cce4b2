#pragma once

#include <cstdint>

#include "validation/kernels/half.h"

namespace slimline::kernels {

/// Rows that stand side by side in a packed matrix.
inline constexpr int lanes = 8;

// GGUF's blocks of eight rows side by side: in each 32 bytes of quants, byte 4r + i belongs to row r and to the i-th of
// four consecutive numbers, so that one 32-bit lane gathers one row. As many bytes as the rows have in GGUF.

/// Low nibbles of q[32v + 4r + i]: number 4v + i, high ones: number 16 + 4v + i (v = 0..3). Value d (q - 8).
struct Q4_0x8 {
    Half d[lanes];
    std::uint8_t q[16 * lanes];
};

/// As Q4_0x8; value d q + m.
struct Q4_1x8 {
    Half d[lanes];
    Half m[lanes];
    std::uint8_t q[16 * lanes];
};

/// Bit g of high[4r + i] is the fifth bit of number 4g + i (g = 0..7). Value d (q - 16).
struct Q5_0x8 {
    Half d[lanes];
    std::uint8_t high[4 * lanes];
    std::uint8_t q[16 * lanes];
};

/// As Q5_0x8; value d q + m.
struct Q5_1x8 {
    Half d[lanes];
    Half m[lanes];
    std::uint8_t high[4 * lanes];
    std::uint8_t q[16 * lanes];
};

/// q[32g + 4r + i]: number 4g + i. Value d q.
struct Q8_0x8 {
    Half d[lanes];
    std::int8_t q[32 * lanes];
};

/// Scales and mins of a Q4_K or Q5_K block: eight of 6 bits a row. The 64 scales stand in the order [pair of sub-blocks][row]
/// [2]; `low` holds their low nibbles (the first 32 in the low half of each byte, the others in the high half) and
/// `high` the two upper bits of number k + 16 j in bits 2j, 2j+1 of byte k.
struct SixBits {
    std::uint8_t low[4 * lanes];
    std::uint8_t high[2 * lanes];
};

/// Sub-blocks of 32: low nibbles of q[256c + 32v + 4r + i] are number 4v + i of sub-block 2c, high ones of 2c + 1.
/// Value d scale q - dmin min.
struct Q4_Kx8 {
    Half d[lanes];
    Half dmin[lanes];
    SixBits scales;
    SixBits mins;
    std::uint8_t q[128 * lanes];
};

/// Bit j of high[32v + 4r + i] is the fifth bit of number 4v + i of sub-block j.
struct Q5_Kx8 {
    Half d[lanes];
    Half dmin[lanes];
    SixBits scales;
    SixBits mins;
    std::uint8_t high[32 * lanes];
    std::uint8_t q[128 * lanes];
};

/// Sub-blocks of 16, scales in the order [pair of sub-blocks][row][2]. For half n, quarter k and v = 0..7: number 128n +
/// 32k + 4v + i has its low four bits in q[768n + 96v + 32 (k % 2) + 4r + i], in the high nibble for k > 1, and its upper
/// two in bits 2k, 2k+1 of q[768n + 96v + 64 + 4r + i]: a kernel reads from one end to the other. Value d scale (q - 32).
struct Q6_Kx8 {
    Half d[lanes];
    std::int8_t scales[16 * lanes];
    std::uint8_t q[192 * lanes];
};

static_assert(sizeof(Q4_0x8) == 18 * lanes && sizeof(Q4_1x8) == 20 * lanes && sizeof(Q5_0x8) == 22 * lanes &&
              sizeof(Q5_1x8) == 24 * lanes && sizeof(Q8_0x8) == 34 * lanes && sizeof(Q4_Kx8) == 144 * lanes &&
              sizeof(Q5_Kx8) == 176 * lanes && sizeof(Q6_Kx8) == 210 * lanes);

}  // namespace slimline::kernels
