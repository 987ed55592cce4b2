#pragma once

#include <cstdint>

namespace slimline::kernels {

/// 32 activations in 8 bits: value d q, q in -127..127. What formats of 32-blocks are multiplied with.
struct Activation32 {
    float d;
    std::int32_t sum;  // of q
    std::int8_t q[32];
};

/// 256 activations in 8 bits, for the K formats; with the sums of q over each 16 and each 32.
struct Activation256 {
    float d;
    std::int16_t sums16[16];
    std::int16_t sums32[8];
    std::int8_t q[256];
};

}  // namespace slimline::kernels
