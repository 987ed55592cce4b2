#include "archspace/random_blocks.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "base/half.h"

namespace slimline {

namespace {

using BlockBytes = std::uint8_t*;

/// Of random quants: a scale of 1 gives numbers of this deviation, around `mean` scales. From the formulas of ggml's
/// dequantize_row_*; of the lattice formats (IQ) from the deviation of their grids.
struct Spread {
    Format format{};
    int scale_at = 0;    // byte of the half-precision scale in a block
    int minimum_at = -1;  // byte of the half-precision minimum
    double deviation = 1;
    double mean = 0;  // that the minimum takes away
};

constexpr Spread spreads[] = {
    {Format::q4_0, 0, -1, 4.64},
    {Format::q4_1, 0, 2, 4.61, -7.5},  // d q + m
    {Format::q5_0, 0, -1, 9.25},
    {Format::q5_1, 0, 2, 9.23, -15.5},
    {Format::q8_0, 0, -1, 73.9},
    {Format::q2_k, 80, 82, 13.4, 1.5},  // d scale q - dmin min, both of 4 bits
    {Format::q3_k, 108, -1, 43.4},      // scales of -32..31
    {Format::q4_k, 0, 2, 212, 7.5},     // scales and mins of 32..63
    {Format::q5_k, 0, 2, 430, 15.5},
    {Format::q6_k, 208, -1, 1366},  // scales of -128..127
    {Format::iq1_s, 0, -1, 7.6},
    {Format::iq2_xxs, 0, -1, 47},  // (1/2 + scale) / 4 times 8, 25 or 43
    {Format::iq2_xs, 0, -1, 47},
    {Format::iq2_s, 0, -1, 47},
    {Format::iq3_xxs, 0, -1, 140},  // (1/2 + scale) / 2 times 4 ... 62
    {Format::iq3_s, 0, -1, 150},
    {Format::iq4_nl, 0, -1, 71},
    {Format::iq4_xs, 0, -1, 1310},  // scales of -32..31
    {Format::tq1_0, 52, -1, 0.82},
    {Format::tq2_0, 64, -1, 0.9},
};

const Spread* spread_of(Format format)
{
    const auto* found = std::find_if(std::begin(spreads), std::end(spreads), [&](const Spread& s) { return s.format == format; });
    return found == std::end(spreads) ? nullptr : found;
}

void put_half(BlockBytes to, double value)
{
    const Half half = to_half(float(value));
    to[0] = std::uint8_t(half & 0xff);
    to[1] = std::uint8_t(half >> 8);
}

/// A scale up to an eighth off, of either sign, which keeps the mean at 0.
double random_scale(RandomBits& random, double size)
{
    const double value = size * (0.875 + 0.25 * random.share());
    return (random.next() & 1) != 0 ? -value : value;
}

/// The upper bits of the six-bit scales and mins of Q4_K and Q5_K (ggml's get_scale_min_k4): all at least 32.
void raise_six_bit_scales(BlockBytes scales)
{
    for (int i = 0; i < 8; ++i) {
        scales[i] |= 0xa0;  // bit 5 of numbers 0..3, and of 4..7 as bit 7
    }
}

void fill_block(const Spread& spread, RandomBits& random, BlockBytes block, std::size_t bytes, double deviation)
{
    random.fill(block, bytes);
    const double scale = random_scale(random, deviation / spread.deviation);
    put_half(block + spread.scale_at, scale);
    if (spread.minimum_at >= 0) {
        put_half(block + spread.minimum_at, spread.mean * scale);
    }
    if (spread.format == Format::q4_k || spread.format == Format::q5_k) {
        raise_six_bit_scales(block + 4);
    }
}

/// IQ1_M has no scale of its own: the upper four bits of its four 16-bit words of scales make one.
void fill_iq1_m(RandomBits& random, BlockBytes block, double deviation)
{
    random.fill(block, 56);
    const Half scale = to_half(float(random_scale(random, deviation / 7.6)));
    for (int i = 0; i < 4; ++i) {
        BlockBytes high = block + 48 + 2 * i + 1;
        *high = std::uint8_t((*high & 0x0f) | (scale >> (4 * i) & 0xf) << 4);
    }
}

/// Numbers of four bits (0 to 6, in halves; deviation 2.8) with one power of two a block, biased by 127.
void fill_mxfp4(RandomBits& random, BlockBytes block, double deviation)
{
    random.fill(block, 17);
    block[0] = std::uint8_t(std::clamp(std::lround(std::log2(deviation / 2.8)) + 127, 1L, 254L));
}

/// The same numbers, with a scale of eight bits (four of exponent, three of mantissa; steps of 2^-9 below 2^-6) for 16.
void fill_nvfp4(RandomBits& random, BlockBytes block, double deviation)
{
    random.fill(block, 36);
    const double scale = deviation / 2.8;
    const int exponent = int(std::floor(std::log2(scale)));
    const int code = exponent < -6 ? int(std::lround(scale * 512))
                                   : (std::min(exponent + 7, 14) << 3) | int(8 * (scale / std::exp2(exponent) - 1));
    std::fill_n(block, 4, std::uint8_t(std::max(code, 1)));
}

/// Numbers of either sign between 1 and 2 times a power of two (root mean square 1.53): `mantissa` bits are random.
void fill_halves(RandomBits& random, BlockBytes out, std::size_t count, double deviation, int mantissa, int bias)
{
    random.fill(out, 2 * count);
    const int exponent = std::clamp(int(std::lround(std::log2(deviation / 1.53))) + bias, 1, 2 * bias);
    const auto kept = std::uint16_t(0x8000u | ((1u << mantissa) - 1));
    const auto set = std::uint16_t(exponent << mantissa);
    for (std::size_t i = 0; i < count; ++i) {
        const auto bits = std::uint16_t(((out[2 * i] | out[2 * i + 1] << 8) & kept) | set);
        out[2 * i] = std::uint8_t(bits & 0xff);
        out[2 * i + 1] = std::uint8_t(bits >> 8);
    }
}

void fill_f32(RandomBits& random, BlockBytes out, std::size_t count, double deviation)
{
    for (std::size_t i = 0; i < count; ++i) {  // uniform: its deviation is its half width over sqrt(3)
        const auto value = float((2 * random.share() - 1) * deviation * std::sqrt(3.0));
        std::memcpy(out + 4 * i, &value, 4);
    }
}

}  // namespace

bool has_random_blocks(Format format)
{
    constexpr Format others[] = {Format::f32, Format::f16, Format::bf16, Format::iq1_m, Format::mxfp4, Format::nvfp4};
    return spread_of(format) != nullptr || std::find(std::begin(others), std::end(others), format) != std::end(others);
}

void fill_random_blocks(Format format, std::span<std::byte> blocks, RandomBits& random, double deviation)
{
    static_assert(std::endian::native == std::endian::little);
    assert(has_random_blocks(format));
    auto* out = reinterpret_cast<BlockBytes>(blocks.data());
    const auto block_bytes = std::size_t(info(format).block_bytes);
    const std::size_t count = blocks.size() / block_bytes;
    switch (format) {
        case Format::f32: return fill_f32(random, out, count, deviation);
        case Format::f16: return fill_halves(random, out, count, deviation, 10, 15);
        case Format::bf16: return fill_halves(random, out, count, deviation, 7, 127);
        default: break;
    }
    const Spread* spread = spread_of(format);
    for (std::size_t i = 0; i < count; ++i, out += block_bytes) {
        switch (format) {
            case Format::iq1_m: fill_iq1_m(random, out, deviation); break;
            case Format::mxfp4: fill_mxfp4(random, out, deviation); break;
            case Format::nvfp4: fill_nvfp4(random, out, deviation); break;
            default: fill_block(*spread, random, out, block_bytes, deviation);
        }
    }
}

}  // namespace slimline
