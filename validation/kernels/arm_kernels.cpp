#include "validation/kernels/arm_kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "validation/kernels/packed_blocks.h"

#define SLIMLINE_INLINE [[gnu::always_inline]] static inline
#define SLIMLINE_MEMBER [[gnu::always_inline]]

namespace slimline::kernels {

namespace {

namespace neon {
#include "validation/kernels/elementwise.inc"
#include "validation/kernels/arm_products.inc"
}  // namespace neon

#define SLIMLINE_DOTPROD

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
namespace dotprod {
#include "validation/kernels/elementwise.inc"
#include "validation/kernels/arm_products.inc"
}  // namespace dotprod
#pragma GCC pop_options

#define SLIMLINE_I8MM

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod+i8mm")
namespace i8mm {
#include "validation/kernels/elementwise.inc"
#include "validation/kernels/arm_products.inc"
}  // namespace i8mm
#pragma GCC pop_options

}  // namespace

std::vector<KernelTable> arm_kernels()
{
    // The tables themselves are made by code of their instruction set, so only where that runs.
    std::vector<KernelTable> tables{neon::table("neon")};
    if ((::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) {
        tables.push_back(dotprod::table("neon-dotprod"));
        if ((::getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0) {
            tables.push_back(i8mm::table("neon-i8mm"));
        }
    }
    return tables;
}

}  // namespace slimline::kernels

#else

namespace slimline::kernels {

std::vector<KernelTable> arm_kernels()
{
    return {};
}

}  // namespace slimline::kernels

#endif
