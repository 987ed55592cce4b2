#pragma once

// What the kernels need beyond C++, for nvcc. tests/cuda/emulated_language.h has the same for any compiler.

#include <cuda_fp16.h>

#include <cstdint>

#define SLIMLINE_DEVICE __device__ __forceinline__
#define SLIMLINE_SHARED __shared__
#define SLIMLINE_UNROLL _Pragma("unroll")
#define SLIMLINE_UNROLL_BY_4 _Pragma("unroll 4")

namespace slimline::cuda {

SLIMLINE_DEVICE float to_float(std::uint16_t half)
{
    return __half2float(__ushort_as_half(half));
}
SLIMLINE_DEVICE std::uint16_t to_half(float f)
{
    return __half_as_ushort(__float2half_rn(f));
}
SLIMLINE_DEVICE int nearest(float f)
{
    return __float2int_rn(f);
}

/// c and the products of four signed bytes each.
SLIMLINE_DEVICE int dot4(int a, int b, int c)
{
    return __dp4a(a, b, c);
}

template <class T>
SLIMLINE_DEVICE T shuffle(T value, int lane)
{
    return __shfl_sync(0xffffffffu, value, lane);
}
template <class T>
SLIMLINE_DEVICE T shuffle_xor(T value, int mask)
{
    return __shfl_xor_sync(0xffffffffu, value, mask);
}
SLIMLINE_DEVICE void warp_barrier()
{
    __syncwarp();
}
SLIMLINE_DEVICE void block_barrier()
{
    __syncthreads();
}

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
#define SLIMLINE_TENSOR_CORES 1
/// PTX's mma.m16n8k32 on signed bytes: c += a b for the fragments of a warp.
SLIMLINE_DEVICE void tensor_product(int (&c)[4], const int (&a)[4], int b0, int b1)
{
#ifdef __CUDA_ARCH__
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
        "%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}
/// PTX's mma.m16n8k16 on pairs of halves, added up as floats.
SLIMLINE_DEVICE void tensor_product(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
#ifdef __CUDA_ARCH__
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
        "%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}
#else
#define SLIMLINE_TENSOR_CORES 0
#endif

}  // namespace slimline::cuda
