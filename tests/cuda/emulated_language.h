#pragma once

// What validation/cuda/cuda_language.cuh gives the kernels, for any compiler: threads are contexts (block_threads.h), blocks
// run one after the other, so that shared memory is static.

#include <cmath>
#include <cstdint>

#include "base/half.h"
#include "block_threads.h"

#define SLIMLINE_DEVICE inline
#define SLIMLINE_SHARED static
#define SLIMLINE_UNROLL
#define SLIMLINE_UNROLL_BY_4
#define SLIMLINE_TENSOR_CORES 1

namespace slimline::cuda {

extern Place threadIdx;
extern Place blockIdx;
extern Place blockDim;
extern Place gridDim;

struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(16) float4 {
    float x, y, z, w;
};

using slimline::to_float;
using slimline::to_half;

inline int nearest(float f)
{
    return int(std::nearbyint(f));
}

inline int signed_byte(unsigned word, int index)
{
    return std::int8_t(word >> (8 * index) & 0xffu);
}

inline int dot4(int a, int b, int c)
{
    for (int i = 0; i < 4; ++i) {
        c += signed_byte(unsigned(a), i) * signed_byte(unsigned(b), i);
    }
    return c;
}

template <class T>
T shuffle(T value, int lane)
{
    T taken{};
    current_threads().exchange(&value, &taken, sizeof value, lane);
    return taken;
}
template <class T>
T shuffle_xor(T value, int mask)
{
    return shuffle(value, int(threadIdx.x % 32) ^ mask);
}
inline void warp_barrier()
{
    current_threads().warp_barrier();
}
inline void block_barrier()
{
    current_threads().block_barrier();
}

/// mma.m16n8k32 on signed bytes by the layout of its fragments as PTX's manual draws it, each number by itself: thread
/// 4 g + t holds rows g and g + 8 of a, columns 4 t.. and 16 + 4 t.. of them; column g of b, its rows likewise; and of c in
/// rows g and g + 8 the columns 2 t and 2 t + 1.
inline void tensor_product(int (&c)[4], const int (&a)[4], int b0, int b1)
{
    const unsigned mine[6] = {unsigned(a[0]), unsigned(a[1]), unsigned(a[2]),
                              unsigned(a[3]), unsigned(b0),   unsigned(b1)};
    const auto* all = current_threads().share_words(mine, 6);
    const auto a_at = [&](int row, int k) {
        return signed_byte(all[4 * (row % 8) + k % 16 / 4][(row < 8 ? 0 : 1) + (k < 16 ? 0 : 2)], k % 4);
    };
    const auto b_at = [&](int k, int column) {
        return signed_byte(all[4 * column + k % 16 / 4][k < 16 ? 4 : 5], k % 4);
    };
    const int lane = int(threadIdx.x % 32);
    for (int i = 0; i < 4; ++i) {
        const int row = lane / 4 + (i < 2 ? 0 : 8);
        const int column = 2 * (lane % 4) + i % 2;
        for (int k = 0; k < 32; ++k) {
            c[i] += a_at(row, k) * b_at(k, column);
        }
    }
}

/// mma.m16n8k16 on halves likewise: thread 4 g + t holds columns 2 t, 2 t + 1 and 8 + 2 t, 9 + 2 t of a's rows.
inline void tensor_product(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
    const unsigned mine[6] = {a[0], a[1], a[2], a[3], b0, b1};
    const auto* all = current_threads().share_words(mine, 6);
    const auto half_of = [](unsigned word, int k) { return to_float(std::uint16_t(word >> (16 * (k % 2)))); };
    const auto a_at = [&](int row, int k) {
        return half_of(all[4 * (row % 8) + k % 8 / 2][(row < 8 ? 0 : 1) + (k < 8 ? 0 : 2)], k);
    };
    const auto b_at = [&](int k, int column) { return half_of(all[4 * column + k % 8 / 2][k < 8 ? 4 : 5], k); };
    const int lane = int(threadIdx.x % 32);
    for (int i = 0; i < 4; ++i) {
        const int row = lane / 4 + (i < 2 ? 0 : 8);
        const int column = 2 * (lane % 4) + i % 2;
        for (int k = 0; k < 16; ++k) {
            c[i] = std::fma(a_at(row, k), b_at(k, column), c[i]);
        }
    }
}

}  // namespace slimline::cuda
