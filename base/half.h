#pragma once

#include <bit>
#include <cstdint>

namespace slimline {

/// IEEE half precision, as GGUF stores scales and F16 weights.
using Half = std::uint16_t;

inline float to_float(Half h)
{
    const std::uint32_t sign = std::uint32_t(h & 0x8000u) << 16;
    const std::uint32_t rest = h & 0x7fffu;
    if (rest >= 0x7c00u) {  // infinity, not a number
        return std::bit_cast<float>(sign | 0x7f800000u | ((rest & 0x3ffu) << 13));
    }
    // The exponent's bias changes by 2^112; the product also makes subnormal halves right.
    const float magnitude = std::bit_cast<float>(rest << 13) * 0x1p112f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

/// Rounds to nearest, ties to even, as the machines' own instructions do.
inline Half to_half(float f)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return Half(sign | 0x7e00u);
    }
    if (magnitude >= 0x477ff000u) {  // from 65520 on
        return Half(sign | 0x7c00u);
    }
    if (magnitude < 0x38800000u) {  // below 2^-14: adding 1/2 leaves the subnormal's bits at the end of the mantissa
        const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
        return Half(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
    }
    const std::uint32_t odd = (magnitude >> 13) & 1u;
    return Half(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

}  // namespace slimline
