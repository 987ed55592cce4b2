#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slimline {

/// How the numbers of one tensor are stored. Block formats are those of GGUF; the last ones are of other engines.
enum class Format : std::uint8_t {
    f32,
    f16,
    bf16,
    q8_0,
    q4_0,
    q4_1,
    q5_0,
    q5_1,
    q2_k,
    q3_k,
    q4_k,
    q5_k,
    q6_k,
    q8_k,
    iq1_s,
    iq1_m,
    iq2_xxs,
    iq2_xs,
    iq2_s,
    iq3_xxs,
    iq3_s,
    iq4_nl,
    iq4_xs,
    tq1_0,
    tq2_0,
    mxfp4,
    nvfp4,
    int4_g128,  // AWQ and GPTQ: groups of 128 with an fp16 scale and a 4-bit zero point
    mlx4_g64,   // MLX 4 bit: groups of 64 with fp16 scale and bias
    int4_channel,
    int8_channel,  // one scale a row (w4a16, w8a8 on NPUs); the scale is not counted
};
inline constexpr std::size_t format_count = std::size_t(Format::int8_channel) + 1;

/// A format's storage: `block_bytes` hold `block_elements` consecutive numbers of a row.
struct FormatInfo {
    Format format{};
    std::string_view name;
    double block_elements = 1;
    double block_bytes = 4;
    int ggml_type = -1;  // the type's number in GGUF, -1 when GGUF has no such type

    constexpr double bytes_per_element() const { return block_bytes / block_elements; }
    constexpr double bits_per_element() const { return 8 * bytes_per_element(); }
};

/// Block sizes: ggml's type table, except for the last four (AWQ/GPTQ and MLX layouts; plain integers).
inline constexpr std::array<FormatInfo, format_count> format_table{{
    {Format::f32, "F32", 1, 4, 0},
    {Format::f16, "F16", 1, 2, 1},
    {Format::bf16, "BF16", 1, 2, 30},
    {Format::q8_0, "Q8_0", 32, 34, 8},
    {Format::q4_0, "Q4_0", 32, 18, 2},
    {Format::q4_1, "Q4_1", 32, 20, 3},
    {Format::q5_0, "Q5_0", 32, 22, 6},
    {Format::q5_1, "Q5_1", 32, 24, 7},
    {Format::q2_k, "Q2_K", 256, 84, 10},
    {Format::q3_k, "Q3_K", 256, 110, 11},
    {Format::q4_k, "Q4_K", 256, 144, 12},
    {Format::q5_k, "Q5_K", 256, 176, 13},
    {Format::q6_k, "Q6_K", 256, 210, 14},
    {Format::q8_k, "Q8_K", 256, 292, 15},
    {Format::iq1_s, "IQ1_S", 256, 50, 19},
    {Format::iq1_m, "IQ1_M", 256, 56, 29},
    {Format::iq2_xxs, "IQ2_XXS", 256, 66, 16},
    {Format::iq2_xs, "IQ2_XS", 256, 74, 17},
    {Format::iq2_s, "IQ2_S", 256, 82, 22},
    {Format::iq3_xxs, "IQ3_XXS", 256, 98, 18},
    {Format::iq3_s, "IQ3_S", 256, 110, 21},
    {Format::iq4_nl, "IQ4_NL", 32, 18, 20},
    {Format::iq4_xs, "IQ4_XS", 256, 136, 23},
    {Format::tq1_0, "TQ1_0", 256, 54, 34},
    {Format::tq2_0, "TQ2_0", 256, 66, 35},
    {Format::mxfp4, "MXFP4", 32, 17, 39},
    {Format::nvfp4, "NVFP4", 64, 36, 40},
    {Format::int4_g128, "INT4_G128", 128, 66.5, -1},
    {Format::mlx4_g64, "MLX4_G64", 64, 36, -1},
    {Format::int4_channel, "INT4", 2, 1, -1},
    {Format::int8_channel, "INT8", 1, 1, -1},
}};

constexpr const FormatInfo& info(Format format)
{
    return format_table[std::size_t(format)];
}
constexpr double bytes_per_element(Format format)
{
    return info(format).bytes_per_element();
}

/// Bytes of one row; the row must be a whole number of blocks (a mix chooses formats so that it is).
constexpr double row_bytes(Format format, double columns)
{
    return columns * bytes_per_element(format);
}

/// By its name, case ignored ("q8_0"); nullopt when there is none.
std::optional<Format> format_named(std::string_view name);
std::vector<std::string> format_names();

}  // namespace slimline
