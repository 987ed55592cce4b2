#include "validation/kernels/x86_kernels.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "validation/kernels/packed_blocks.h"

#define SLIMLINE_INLINE [[gnu::always_inline]] static inline
#define SLIMLINE_MEMBER [[gnu::always_inline]]

namespace slimline::kernels {

namespace {

#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
namespace avx2 {
#include "validation/kernels/elementwise.inc"
#include "validation/kernels/x86_products.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c,avxvnni")
namespace avx_vnni {
#define SLIMLINE_DOT _mm256_dpbusd_avx_epi32
#include "validation/kernels/elementwise.inc"
#include "validation/kernels/x86_products.inc"
#undef SLIMLINE_DOT
}  // namespace avx_vnni
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512vnni")
namespace avx512_vnni {
#define SLIMLINE_DOT _mm256_dpbusd_epi32
#include "validation/kernels/elementwise.inc"
#include "validation/kernels/x86_products.inc"
#undef SLIMLINE_DOT
}  // namespace avx512_vnni
#pragma GCC pop_options

bool has_avx2()
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

/// GCC 12's __builtin_cpu_supports does not know AVX-VNNI: leaf 7, sub-leaf 1, bit 4 of EAX.
bool has_avx_vnni()
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
}

bool has_avx512_vnni()
{
    return has_avx2() && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
}

}  // namespace

std::vector<KernelTable> x86_kernels()
{
    // The tables themselves are made by code of their instruction set, so only where that runs.
    std::vector<KernelTable> tables;
    if (has_avx2()) {
        tables.push_back(avx2::table("avx2"));
    }
    if (has_avx_vnni()) {
        tables.push_back(avx_vnni::table("avx-vnni"));
    }
    if (has_avx512_vnni()) {
        tables.push_back(avx512_vnni::table("avx512-vnni"));
    }
    return tables;
}

}  // namespace slimline::kernels

#else

namespace slimline::kernels {

std::vector<KernelTable> x86_kernels()
{
    return {};
}

}  // namespace slimline::kernels

#endif
