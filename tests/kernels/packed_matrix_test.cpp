#include "validation/kernels/packed_matrix.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "validation/kernels/half.h"

using namespace slimline;
using namespace slimline::kernels;

namespace {

const std::vector<Format> packable_formats{Format::f32,  Format::f16,  Format::q4_0, Format::q4_1, Format::q5_0,
                                           Format::q5_1, Format::q8_0, Format::q4_k, Format::q5_k, Format::q6_k};

int block_of(Format format)
{
    return int(info(format).block_elements);
}

/// GGUF bytes of `rows` rows of one block: every byte `filler(row, byte)`, scale fields 1 where `scales` lists their offsets.
template <class Filler>
std::vector<std::byte> rows_of(Format format, int rows, std::vector<int> scales, Filler&& filler)
{
    const int size = int(info(format).block_bytes);
    std::vector<std::byte> bytes;
    for (int row = 0; row < rows; ++row) {
        for (int i = 0; i < size; ++i) {
            bytes.push_back(std::byte(filler(row, i)));
        }
        for (const int at : scales) {
            const Half one = to_half(1.f);
            std::memcpy(bytes.data() + bytes.size() - size + at, &one, 2);
        }
    }
    return bytes;
}

std::vector<float> row_of(const PackedMatrix& m, int row)
{
    std::vector<float> numbers(std::size_t(m.columns));
    read_row(m, row, numbers.data());
    return numbers;
}

}  // namespace

TEST_CASE("packed rows of Q4_0 are d (q - 8): low nibbles first, then the high ones", "[kernels][packed]")
{
    const auto bytes = rows_of(Format::q4_0, 9, {0}, [](int row, int i) { return 0x20 + (row + i) % 16; });
    const PackedMatrix m = pack(Format::q4_0, 9, 32, bytes);
    for (int row = 0; row < 9; ++row) {
        const std::vector<float> w = row_of(m, row);
        for (int k = 0; k < 16; ++k) {
            CHECK(w[std::size_t(k)] == float((row + k + 2) % 16 - 8));
            CHECK(w[std::size_t(k + 16)] == 2 - 8);
        }
    }
}

TEST_CASE("packed rows of Q8_0 are d q", "[kernels][packed]")
{
    const auto bytes = rows_of(Format::q8_0, 8, {0}, [](int row, int i) { return 16 * row + i - 2; });
    const PackedMatrix m = pack(Format::q8_0, 8, 32, bytes);
    CHECK(row_of(m, 0)[31] == 31);
    CHECK(row_of(m, 3)[5] == 53);
    CHECK(row_of(m, 7)[31] == float(std::int8_t(143)));
}

TEST_CASE("the fifth bit of Q5_0 is bit k of its 32-bit word", "[kernels][packed]")
{
    const int k = GENERATE(0, 5, 15, 16, 31);
    const auto bytes = rows_of(Format::q5_0, 8, {0}, [&](int row, int i) {
        return row == 3 && i == 2 + k / 8 ? 1 << (k % 8) : 0;
    });
    const PackedMatrix m = pack(Format::q5_0, 8, 32, bytes);
    for (int at = 0; at < 32; ++at) {
        CHECK(row_of(m, 3)[std::size_t(at)] == (at == k ? 0 : -16));
        CHECK(row_of(m, 4)[std::size_t(at)] == -16);
    }
}

TEST_CASE("scales and mins of Q4_K are 6-bit numbers as ggml packs them", "[kernels][packed]")
{
    // get_scale_min_k4: sub-block 1: s[1] & 63 and s[5] & 63; sub-block 6: (s[10] & 15) | (s[2] >> 6) << 4 and
    // (s[10] >> 4) | (s[6] >> 6) << 4. With s[1] = 10, s[2] = 0x80, s[5] = 7, s[6] = 0xc0, s[10] = 0x95 and quants of 1:
    const auto bytes = rows_of(Format::q4_k, 8, {0, 2}, [](int, int i) {
        switch (i - 4) {
            case 1: return 10;
            case 2: return 0x80;
            case 5: return 7;
            case 6: return 0xc0;
            case 10: return 0x95;
            default: return i < 16 ? 0 : 0x11;
        }
    });
    const std::vector<float> w = row_of(pack(Format::q4_k, 8, 256, bytes), 5);
    CHECK(w[32] == 10 - 7);
    CHECK(w[6 * 32] == (5 + 32) - (9 + 48));
    CHECK(w[7 * 32] == 0);
}

TEST_CASE("numbers of Q6_K are put together from four low and two high bits", "[kernels][packed]")
{
    // ggml's dequantize_row_q6_K: number 32 + l of the first half is ql[l + 32] & 15 and bits 2, 3 of qh[l].
    const auto bytes = rows_of(Format::q6_k, 8, {208}, [](int, int i) {
        return i == 32 + 3 ? 0x0b : i == 128 + 3 ? 0x08 : i >= 192 ? 1 : 0;
    });
    const std::vector<float> w = row_of(pack(Format::q6_k, 8, 256, bytes), 2);
    CHECK(w[35] == 11 + 2 * 16 - 32);
    CHECK(w[36] == -32);
}

TEST_CASE("random weights have the deviation asked for and no mean", "[kernels][packed]")
{
    const Format format = GENERATE(from_range(packable_formats));
    CAPTURE(info(format).name);
    const PackedMatrix m = random_matrix(format, 64, 1024, 7, 0.05);
    double sum = 0;
    double squares = 0;
    for (int row = 0; row < m.rows; ++row) {
        for (const float w : row_of(m, row)) {
            sum += w;
            squares += double(w) * w;
        }
    }
    const double count = 64.0 * 1024;
    // F16's deviation is a power of two times 1.53: up to sqrt(2) off.
    CHECK(std::sqrt(squares / count) == Approx(0.05).epsilon(format == Format::f16 ? 0.42 : 0.1));
    CHECK(std::abs(sum / count) < 0.002);
}

TEST_CASE("random weights depend on the seed, not on who fills which rows first", "[kernels][packed]")
{
    const Format format = GENERATE(Format::q4_0, Format::q6_k);
    const PackedMatrix whole = random_matrix(format, 32, 256, 5, 1);
    PackedMatrix pieces = empty_matrix(format, 32, 256);
    fill_random(pieces, 5, 1, 2, 4);
    fill_random(pieces, 5, 1, 0, 2);
    CHECK(row_of(pieces, 20) == row_of(whole, 20));
    CHECK(row_of(pieces, 3) == row_of(whole, 3));
    CHECK(row_of(random_matrix(format, 32, 256, 6, 1), 3) != row_of(whole, 3));
    CHECK(row_of(whole, 3) != row_of(whole, 11));
}

TEST_CASE("packed rows take as many bytes as in GGUF", "[kernels][packed]")
{
    const Format format = GENERATE(from_range(packable_formats));
    const PackedMatrix m = empty_matrix(format, 16, 2 * block_of(format));
    CHECK(2 * m.group_bytes() == std::size_t(16 * 2 * info(format).block_bytes));
}
