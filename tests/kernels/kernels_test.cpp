#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "validation/kernels/kernel_table.h"
#include "validation/kernels/packed_matrix.h"

using namespace slimline;
using namespace slimline::kernels;

namespace {

const std::vector<Format> all_formats{Format::f32,  Format::f16,  Format::q4_0, Format::q4_1, Format::q5_0,
                                      Format::q5_1, Format::q8_0, Format::q4_k, Format::q5_k, Format::q6_k};

std::vector<float> normal_numbers(int count, unsigned seed, float scale = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, scale);
    std::vector<float> numbers(std::size_t(count), 0.f);
    for (float& x : numbers) {
        x = normal(random);
    }
    return numbers;
}

/// Rows of activations as a format wants them.
struct Inputs {
    std::vector<float> real;
    std::vector<std::byte> bytes;
    std::size_t stride = 0;
};

Inputs inputs_for(const KernelTable& table, Format format, int tokens, int columns, unsigned seed)
{
    Inputs in{normal_numbers(tokens * columns, seed), {}, 0};
    const Input kind = input_of(format);
    in.stride = kind == Input::real       ? sizeof(float) * std::size_t(columns)
                : kind == Input::blocks32 ? sizeof(Activation32) * std::size_t(columns / 32)
                                          : sizeof(Activation256) * std::size_t(columns / 256);
    in.bytes.resize(in.stride * std::size_t(tokens));
    for (int t = 0; t < tokens; ++t) {
        const float* x = in.real.data() + t * columns;
        std::byte* to = in.bytes.data() + std::size_t(t) * in.stride;
        if (kind == Input::real) {
            std::copy(x, x + columns, reinterpret_cast<float*>(to));
        } else if (kind == Input::blocks32) {
            table.quantise32(x, columns, reinterpret_cast<Activation32*>(to));
        } else {
            table.quantise256(x, columns, reinterpret_cast<Activation256*>(to));
        }
    }
    return in;
}

std::vector<float> product(const KernelTable& table, const PackedMatrix& m, const Inputs& in, int tokens)
{
    std::vector<float> out(std::size_t(tokens * 8 * m.groups()), -1.f);
    table.product[std::size_t(m.format)]({m.data.get(), m.group_bytes(), m.groups(), m.columns, in.bytes.data(), in.stride,
                                          tokens, out.data(), std::size_t(8 * m.groups())});
    return out;
}

/// Every row of the table but for scalar.
std::vector<const KernelTable*> vector_tables()
{
    std::vector<const KernelTable*> tables;
    for (const KernelTable& table : kernel_tables()) {
        if (table.name != "scalar") {
            tables.push_back(&table);
        }
    }
    return tables;
}

const KernelTable& scalar()
{
    return kernel_tables()[0];
}

}  // namespace

TEST_CASE("the scalar row is always there and comes first", "[kernels]")
{
    CHECK(scalar().name == "scalar");
    CHECK(best_kernels().name == kernel_tables().back().name);
}

TEST_CASE("scalar products are the dot products of the stored numbers, up to rounding activations", "[kernels]")
{
    const Format format = GENERATE(from_range(all_formats));
    CAPTURE(info(format).name);
    const int columns = 512;
    const PackedMatrix m = random_matrix(format, 11, columns, 3, 1 / std::sqrt(double(columns)));
    const Inputs in = inputs_for(scalar(), format, 2, columns, 1);
    const std::vector<float> out = product(scalar(), m, in, 2);
    // 8-bit activations: an error of at most half a step, uniform, of largest / 127 with the largest below 4.5 deviations;
    // products of deviation 1/sqrt(n) add up to a deviation of 4.5 / 127 / sqrt(12). Six of those for the worst of 22.
    const double tolerance = input_of(format) == Input::real ? 1e-5 : 6 * 4.5 / 127 / std::sqrt(12.0);
    std::vector<float> w(std::size_t(columns), 0.f);
    for (int t = 0; t < 2; ++t) {
        for (int row = 0; row < m.rows; ++row) {
            read_row(m, row, w.data());
            double exact = 0;
            for (int k = 0; k < columns; ++k) {
                exact += double(w[std::size_t(k)]) * in.real[std::size_t(t * columns + k)];
            }
            CHECK(std::abs(out[std::size_t(t * 16 + row)] - exact) < tolerance);
        }
    }
}

TEST_CASE("every instruction set gives the scalar row's products to the last bit", "[kernels]")
{
    const Format format = GENERATE(from_range(all_formats));
    const int blocks = GENERATE(1, 3, 7);
    const int rows = GENERATE(1, 8, 45, 136);
    const int tokens = GENERATE(1, 2, 3, 4, 9);
    CAPTURE(info(format).name, blocks, rows, tokens);
    const int block = int(info(format).block_elements);
    const int columns = block == 1 ? 5 * blocks : block * blocks;
    const PackedMatrix m = random_matrix(format, rows, columns, 11, 0.1);
    const Inputs in = inputs_for(scalar(), format, tokens, columns, 2);
    const std::vector<float> expected = product(scalar(), m, in, tokens);
    for (const KernelTable* table : vector_tables()) {
        CAPTURE(table->name);
        CHECK(product(*table, m, in, tokens) == expected);
    }
}

TEST_CASE("products of the largest quants and activations stay within their integers", "[kernels]")
{
    const Format format = GENERATE(Format::q4_0, Format::q4_1, Format::q5_0, Format::q5_1, Format::q8_0, Format::q4_k,
                                   Format::q5_k, Format::q6_k);
    const int sign = GENERATE(1, -1);
    const int filler = GENERATE(0xff, 0x7f, 0x80, 0x00);
    CAPTURE(info(format).name, sign, filler);
    PackedMatrix m = random_matrix(format, 8, 256, 1, 1);
    // All quants and 6-bit scales at an end of their range; the halves at the front become ones.
    const std::size_t size = m.group_bytes();
    std::fill(m.data.get(), m.data.get() + size, std::byte(filler));
    const int block = int(info(format).block_elements);
    const int block_bytes = int(8 * info(format).block_bytes);
    const bool min = format == Format::q4_1 || format == Format::q5_1 || format == Format::q4_k || format == Format::q5_k;
    for (int b = 0; b < 256 / block; ++b) {
        for (int i = 0; i < (min ? 16 : 8); ++i) {
            reinterpret_cast<Half*>(m.data.get() + b * block_bytes)[i] = to_half(1.f);
        }
    }
    Inputs in{std::vector<float>(256, float(sign) * 127.f), {}, 0};
    in.bytes.resize(512);
    in.stride = 512;
    if (block == 32) {
        scalar().quantise32(in.real.data(), 256, reinterpret_cast<Activation32*>(in.bytes.data()));
    } else {
        scalar().quantise256(in.real.data(), 256, reinterpret_cast<Activation256*>(in.bytes.data()));
    }
    const std::vector<float> expected = product(scalar(), m, in, 1);
    std::vector<float> w(256, 0.f);
    read_row(m, 3, w.data());
    double exact = 0;
    for (const float each : w) {
        exact += double(each) * 127 * sign;
    }
    CHECK(expected[3] == Approx(exact));
    for (const KernelTable* table : vector_tables()) {
        CHECK(product(*table, m, in, 1) == expected);
    }
}

TEST_CASE("every instruction set rounds activations as the scalar row does", "[kernels]")
{
    std::vector<float> x = normal_numbers(512, 4);
    std::fill(x.begin() + 32, x.begin() + 64, 0.f);
    x[70] = 1000;
    std::vector<Activation32> expected32(16);
    std::vector<Activation256> expected256(2);
    scalar().quantise32(x.data(), 512, expected32.data());
    scalar().quantise256(x.data(), 512, expected256.data());
    CHECK(expected32[2].q[6] == 127);
    CHECK(expected32[1].d == 0);
    for (const KernelTable* table : vector_tables()) {
        std::vector<Activation32> got32(16);
        std::vector<Activation256> got256(2);
        table->quantise32(x.data(), 512, got32.data());
        table->quantise256(x.data(), 512, got256.data());
        CHECK(std::memcmp(got32.data(), expected32.data(), sizeof(Activation32) * 16) == 0);
        CHECK(std::memcmp(got256.data(), expected256.data(), sizeof(Activation256) * 2) == 0);
        std::vector<Half> halves(511);
        std::vector<Half> expected(511);
        scalar().to_halves(x.data() + 1, 511, expected.data());
        table->to_halves(x.data() + 1, 511, halves.data());
        CHECK(halves == expected);
    }
}

TEST_CASE("norms, rotation, activations and softmax agree with the scalar row over odd lengths and offsets", "[kernels]")
{
    const int n = GENERATE(1, 7, 8, 9, 64, 131);
    const int offset = GENERATE(0, 1, 5);
    CAPTURE(n, offset);
    const std::vector<float> x = normal_numbers(n + offset, 5, 3);
    const std::vector<float> y = normal_numbers(n + offset, 6);
    // Single precision: a few roundings of 6e-8 relative to the largest intermediate (at most about 60 here).
    const double tolerance = 5e-6;
    const auto check = [&](auto&& change) {
        std::vector<float> expected = x;
        change(scalar(), expected.data() + offset);
        for (const KernelTable* table : vector_tables()) {
            std::vector<float> got = x;
            change(*table, got.data() + offset);
            for (std::size_t i = 0; i < x.size(); ++i) {
                CAPTURE(table->name, i);
                CHECK(std::abs(got[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])));
            }
        }
    };
    for (const bool mean : {false, true}) {
        check([&](const KernelTable& t, float* p) { t.norm(p, y.data() + offset, nullptr, n, mean, p); });
        check([&](const KernelTable& t, float* p) { t.norm(p, y.data() + offset, y.data(), n, mean, p); });
        check([&](const KernelTable& t, float* p) { t.norm(p, nullptr, nullptr, n, mean, p); });
    }
    for (const Activation kind :
         {Activation::relu, Activation::relu2, Activation::gelu, Activation::gelu_tanh, Activation::silu}) {
        check([&](const KernelTable& t, float* p) { t.activate(kind, p, nullptr, n); });
        check([&](const KernelTable& t, float* p) { t.activate(kind, p, y.data() + offset, n); });
    }
    check([&](const KernelTable& t, float* p) { t.rope(p, n / 2, y.data(), y.data() + n / 2); });
    check([&](const KernelTable& t, float* p) { t.softcap(p, n, 5); });
    check([&](const KernelTable& t, float* p) { t.softmax(p, n); });
    check([&](const KernelTable& t, float* p) { t.add(p, y.data() + offset, n); });
}

TEST_CASE("panels of halves and bytes agree with the scalar row, whatever their steps", "[kernels]")
{
    const int panels = GENERATE(1, 3, 8, 19);
    const int vectors = GENERATE(1, 2, 5, 12);
    const int length = GENERATE(1, 37);
    CAPTURE(panels, vectors, length);
    // Panels beside each other in rows, as values in a cache are, with one number more a row.
    const std::size_t step = std::size_t(8 * panels + 1);
    const std::vector<float> numbers = normal_numbers(int(step) * length, 8);
    const std::vector<float> a = normal_numbers(vectors * (length + 3), 9);
    std::vector<Half> halves(numbers.size());
    std::vector<std::int8_t> bytes(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        halves[i] = to_half(numbers[i]);
        bytes[i] = std::int8_t(numbers[i] * 30);
    }
    const auto run = [&](auto kernel, const void* base) {
        std::vector<float> out(std::size_t(vectors * 8 * panels), 0.f);
        kernel({base, 8, step, panels, length, a.data(), std::size_t(length + 3), vectors, out.data(), std::size_t(8 * panels)});
        return out;
    };
    for (const KernelTable* table : vector_tables()) {
        CHECK(run(table->panels_f16, halves.data()) == run(scalar().panels_f16, halves.data()));
        CHECK(run(table->panels_i8, bytes.data()) == run(scalar().panels_i8, bytes.data()));
    }
}
