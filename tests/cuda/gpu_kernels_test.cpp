// Kernels one by one against the CPU's scalar ones.

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "tested_device.h"
#include "validation/cuda/gpu_weights.h"
#include "validation/cuda/product_launch.h"
#include "validation/engine/expert_choice.h"
#include "validation/kernels/kernel_table.h"

using namespace slimline;
using namespace slimline::cuda;
using kernels::Activation256;
using kernels::Activation32;
using kernels::PackedMatrix;

namespace {

const kernels::KernelTable& scalar()
{
    return kernels::kernel_tables()[0];
}

std::vector<float> random_floats(std::size_t count, std::uint64_t seed)
{
    RandomBits random{seed};
    std::vector<float> numbers(count);
    for (float& each : numbers) {
        each = float(4 * random.share() - 2);
    }
    return numbers;
}

template <class T>
Buffer uploaded(Device& device, const std::vector<T>& from)
{
    Buffer to(device, from.size() * sizeof(T));
    device.copy_in(to.as<void>(), from.data(), to.bytes());
    return to;
}

template <class T>
std::vector<T> downloaded(Device& device, const Buffer& from)
{
    std::vector<T> to(from.bytes() / sizeof(T));
    device.copy_out(to.data(), from.as<void>(), to.size() * sizeof(T));
    return to;
}

/// Activations rounded by the GPU's kernel.
struct RoundedRows {
    Buffer q;
    Buffer scales;
};

RoundedRows rounded(Device& device, const Buffer& x, int rows, int columns, bool by256)
{
    const std::size_t count = std::size_t(rows) * std::size_t(columns);
    RoundedRows to{Buffer(device, count), Buffer(device, count / 32 * sizeof(ChunkScale))};
    const Rounded out{to.q.as<std::int8_t>(), to.scales.as<ChunkScale>()};
    Activate a{Function::none,          x.as<float>(),          nullptr, columns, columns, rows,
               by256 ? Rounded{} : out, by256 ? out : Rounded{}};
    device.launch(Kernel::activate, {(rows * ((columns + 255) / 256) + 3) / 4}, &a);
    return to;
}

/// matrix times rows of x by the CPU, [token][rows rounded up to 8].
std::vector<float> expected_product(const PackedMatrix& m, const std::vector<float>& x, int tokens)
{
    std::vector<float> out(std::size_t(tokens) * 8 * std::size_t(m.groups()));
    std::vector<Activation32> by32(x.size() / 32 + 1);
    std::vector<Activation256> by256(x.size() / 256 + 1);
    kernels::ProductJob job{
        .groups = m.group(0), .group_bytes = m.group_bytes(), .group_count = m.groups(), .columns = m.columns};
    job.tokens = tokens;
    job.out = out.data();
    job.out_stride = 8 * std::size_t(m.groups());
    const auto columns = std::size_t(m.columns);
    switch (kernels::input_of(m.format)) {
        case kernels::Input::real:
            job.x = x.data(), job.x_stride = columns * sizeof(float);
            break;
        case kernels::Input::blocks32:
            scalar().quantise32(x.data(), int(x.size()), by32.data());
            job.x = by32.data(), job.x_stride = columns / 32 * sizeof(Activation32);
            break;
        case kernels::Input::blocks256:
            scalar().quantise256(x.data(), int(x.size()), by256.data());
            job.x = by256.data(), job.x_stride = columns / 256 * sizeof(Activation256);
            break;
    }
    scalar().product[std::size_t(m.format)](job);
    return out;
}

}  // namespace

TEST_CASE("products of every format equal the CPU's, for few and many tokens and rows that fill no tile", "[cuda]")
{
    const Format format = GENERATE(Format::f32, Format::f16, Format::q8_0, Format::q4_0, Format::q4_k, Format::q6_k);
    const int tokens = GENERATE(1, 3, 8, 9, 70);
    const int rows = GENERATE(5, 77);
    const bool by256 = kernels::input_of(format) == kernels::Input::blocks256;
    const int columns = by256 ? 512 : kernels::input_of(format) == kernels::Input::real ? 72 : 160;
    CAPTURE(info(format).name, tokens, rows);

    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    const PackedMatrix m = kernels::random_matrix(format, rows, columns, 5, 0.1);
    const Repacked repacked = repack({&m, 1});
    CHECK(repacked.bytes.size() == bytes_on_gpu(format, rows, columns));
    const Buffer weights = uploaded(device, repacked.bytes);
    const std::vector<float> numbers = random_floats(std::size_t(tokens) * std::size_t(columns), 9);
    const Buffer x = uploaded(device, numbers);
    const bool real = kernels::input_of(format) == kernels::Input::real;
    const RoundedRows r = real ? RoundedRows{} : rounded(device, x, tokens, columns, by256);
    const std::vector<float> bias = random_floats(std::size_t(rows), 2);
    const Buffer biases = uploaded(device, bias);
    const Buffer out(device, sizeof(float) * std::size_t(tokens) * std::size_t(rows));

    Product p{};
    p.parts[0] = {placed(m, repacked, weights.as<void>()), biases.as<float>(), out.as<float>()};
    p.part_count = 1;
    p.lanes = GENERATE(8, 32);
    p.tokens = tokens;
    p.out_stride = rows;
    p.x = {r.q.as<std::int8_t>(), r.scales.as<ChunkScale>()};
    p.real = x.as<float>();
    p.real_stride = columns;
    launch_product(device, p);

    const std::vector<float> got = downloaded<float>(device, out);
    const std::vector<float> expected = expected_product(m, numbers, tokens);
    double worst = 0;
    for (int t = 0; t < tokens; ++t) {
        for (int row = 0; row < rows; ++row) {
            const double want = double(expected[std::size_t(t * 8 * m.groups() + row)]) + bias[std::size_t(row)];
            worst = std::max(worst, std::abs(got[std::size_t(t * rows + row)] - want));
        }
    }
    CHECK(worst < 2e-5);  // sums of size 1 in another order
}

TEST_CASE("products with experts equal the CPU's, for few uses and for more than a tile holds", "[cuda]")
{
    const Format format = GENERATE(Format::f32, Format::f16, Format::q8_0, Format::q4_0, Format::q4_k, Format::q6_k);
    const int tokens = GENERATE(2, 150);
    const bool by256 = kernels::input_of(format) == kernels::Input::blocks256;
    const int columns = by256 ? 512 : 160;
    constexpr int rows = 21;
    constexpr int experts = 3;
    CAPTURE(info(format).name, tokens);

    // The middle expert has most of the tokens, each row of x is read by the use that stands as far from the end.
    const std::vector<int> first_slot = tokens == 2 ? std::vector<int>{0, 1, 1, 2} : std::vector<int>{0, 0, 140, 150};
    std::vector<int> slot_experts(std::size_t(tokens), 0);
    std::vector<int> x_rows(std::size_t(tokens), 0);
    for (int slot = 0; slot < tokens; ++slot) {
        x_rows[std::size_t(slot)] = tokens - 1 - slot;
        while (slot >= first_slot[std::size_t(slot_experts[std::size_t(slot)] + 1)]) {
            ++slot_experts[std::size_t(slot)];
        }
    }
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    std::vector<PackedMatrix> matrices;
    for (int expert = 0; expert < experts; ++expert) {
        matrices.push_back(kernels::random_matrix(format, rows, columns, std::uint64_t(5 + expert), 0.1));
    }
    const Repacked repacked = repack(matrices);
    const Buffer weights = uploaded(device, repacked.bytes);
    const std::vector<float> numbers = random_floats(std::size_t(tokens) * std::size_t(columns), 6);
    const Buffer x = uploaded(device, numbers);
    const RoundedRows r = rounded(device, x, tokens, columns, by256);
    const std::vector<float> bias = random_floats(experts * rows, 7);
    const Buffer biases = uploaded(device, bias);
    const Buffer of_experts[] = {uploaded(device, first_slot), uploaded(device, slot_experts), uploaded(device, x_rows)};
    const Buffer out(device, sizeof(float) * std::size_t(tokens) * rows);

    Product p{};
    p.parts[0] = {placed(matrices.front(), repacked, weights.as<void>()), biases.as<float>(), out.as<float>()};
    p.part_count = 1;
    p.tokens = tokens;
    p.out_stride = rows;
    p.x = {r.q.as<std::int8_t>(), r.scales.as<ChunkScale>()};
    p.real = x.as<float>();
    p.real_stride = columns;
    p.first_slot = of_experts[0].as<int>();
    p.slot_experts = of_experts[1].as<int>();
    p.x_rows = of_experts[2].as<int>();
    launch_expert_product(device, p, tokens, experts, 1);

    const std::vector<float> got = downloaded<float>(device, out);
    double worst = 0;
    for (int expert = 0; expert < experts; ++expert) {
        const PackedMatrix& m = matrices[std::size_t(expert)];
        const std::vector<float> expected = expected_product(m, numbers, tokens);
        for (int slot = first_slot[std::size_t(expert)]; slot < first_slot[std::size_t(expert + 1)]; ++slot) {
            for (int row = 0; row < rows; ++row) {
                const double want = double(expected[std::size_t(x_rows[std::size_t(slot)] * 8 * m.groups() + row)]) +
                                    bias[std::size_t(expert * rows + row)];
                worst = std::max(worst, std::abs(got[std::size_t(slot * rows + row)] - want));
            }
        }
    }
    CHECK(worst < 2e-5);
}

TEST_CASE("experts are chosen, weighted and sorted as the CPU's engine does it", "[cuda]")
{
    const int experts = GENERATE(2, 40, 100);
    const bool of_chosen = GENERATE(true, false);
    constexpr int rows = 9;
    const int active = experts == 2 ? 1 : 6;
    CAPTURE(experts, of_chosen);
    std::vector<float> scores = random_floats(std::size_t(rows * experts), 8);
    std::fill_n(scores.begin(), experts, 0.5f);  // of equal ones the first
    engine::ExpertChoice expected;
    engine::choose_experts(scores.data(), std::size_t(experts), rows, experts, active, expected, of_chosen);

    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    const Buffer from = uploaded(device, scores);
    const auto slots = std::size_t(rows * active);
    const auto ints = [&](std::size_t count) { return Buffer(device, count * sizeof(int)); };
    const Buffer chosen = ints(slots);
    const Buffer weights = ints(slots);
    ChooseExperts choose{from.as<float>(), rows, experts, active, of_chosen ? 1 : 0, chosen.as<int>(), weights.as<float>()};
    device.launch(Kernel::choose_experts, {blocks_for(rows, 4)}, &choose);
    const Buffer first_slot = ints(std::size_t(experts + 1));
    const Buffer sorted[] = {ints(slots), ints(slots), ints(slots)};
    SortSlots sort{chosen.as<int>(),     int(slots),          active, experts, first_slot.as<int>(), sorted[0].as<int>(),
                   sorted[1].as<int>(), sorted[2].as<int>()};
    device.launch(Kernel::sort_slots, {1}, &sort);

    CHECK(downloaded<int>(device, first_slot) == expected.first_slot);
    const auto slot_experts = downloaded<int>(device, sorted[0]);
    const auto slot_rows = downloaded<int>(device, sorted[1]);
    const auto places = downloaded<int>(device, sorted[2]);
    const auto of_row = downloaded<float>(device, weights);
    for (std::size_t place = 0; place < slots; ++place) {
        CHECK(slot_experts[place] == expected.slots[place].expert);
        CHECK(slot_rows[place] == expected.slots[place].row);
    }
    for (std::size_t i = 0; i < slots; ++i) {
        CHECK(of_row[i] == Approx(expected.slots[std::size_t(places[i])].weight).epsilon(1e-5));
    }
}

TEST_CASE("scores that are no numbers choose experts that there are", "[cuda]")
{
    constexpr int experts = 5;
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    const Buffer from = uploaded(device, std::vector<float>(experts, std::nanf("")));
    const Buffer chosen(device, 2 * sizeof(int));
    const Buffer weights(device, 2 * sizeof(float));
    ChooseExperts choose{from.as<float>(), 1, experts, 2, 1, chosen.as<int>(), weights.as<float>()};
    device.launch(Kernel::choose_experts, {1}, &choose);
    CHECK(downloaded<int>(device, chosen) == std::vector<int>{0, 1});
}

TEST_CASE("the numbers of a repacked matrix are those of the packed one, bit by bit", "[cuda]")
{
    const Format format = GENERATE(Format::f32, Format::f16, Format::q8_0, Format::q4_0, Format::q4_k, Format::q6_k);
    CAPTURE(info(format).name);
    constexpr int rows = 11;
    constexpr int columns = 512;
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    const PackedMatrix m = kernels::random_matrix(format, rows, columns, 3, 1);
    const Repacked repacked = repack({&m, 1});
    const Buffer weights = uploaded(device, repacked.bytes);
    std::vector<int> tokens(rows);
    for (int i = 0; i < rows; ++i) {
        tokens[std::size_t(i)] = rows - 1 - i;
    }
    const Buffer rows_asked = uploaded(device, tokens);
    const Buffer out(device, sizeof(float) * rows * columns);
    Embedding e{};
    e.table = placed(m, repacked, weights.as<void>());
    e.tokens = e.positions = rows_asked.as<int>();
    e.scale = 1;
    e.out = out.as<float>();
    device.launch(Kernel::embedding, {rows}, &e);
    const std::vector<float> got = downloaded<float>(device, out);
    std::vector<float> expected(columns);
    for (int i = 0; i < rows; ++i) {
        kernels::read_row(m, rows - 1 - i, expected.data());
        CHECK(std::equal(expected.begin(), expected.end(), got.begin() + i * columns));
    }
}

TEST_CASE("activations are rounded as the CPU rounds them, bit by bit", "[cuda]")
{
    constexpr int columns = 768;
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    std::vector<float> x = random_floats(2 * columns, 4);
    std::fill_n(x.begin() + 64, 32, 0.f);
    const Buffer buffer = uploaded(device, x);
    const RoundedRows by32 = rounded(device, buffer, 2, columns, false);
    const RoundedRows by256 = rounded(device, buffer, 2, columns, true);
    std::vector<Activation32> blocks32(x.size() / 32);
    std::vector<Activation256> blocks256(x.size() / 256);
    scalar().quantise32(x.data(), int(x.size()), blocks32.data());
    scalar().quantise256(x.data(), int(x.size()), blocks256.data());
    const auto q32 = downloaded<std::int8_t>(device, by32.q);
    const auto q256 = downloaded<std::int8_t>(device, by256.q);
    const auto scales32 = downloaded<ChunkScale>(device, by32.scales);
    const auto scales256 = downloaded<ChunkScale>(device, by256.scales);
    for (std::size_t i = 0; i < x.size(); ++i) {
        REQUIRE(q32[i] == blocks32[i / 32].q[i % 32]);
        REQUIRE(q256[i] == blocks256[i / 256].q[i % 256]);
    }
    for (std::size_t chunk = 0; chunk < x.size() / 32; ++chunk) {
        CHECK(scales32[chunk].d == blocks32[chunk].d);
        CHECK(scales32[chunk].sums[0] + scales32[chunk].sums[1] == blocks32[chunk].sum);
        const Activation256& whole = blocks256[chunk / 8];
        CHECK(scales256[chunk].d == whole.d);
        CHECK(scales256[chunk].sums[0] == whole.sums16[2 * (chunk % 8)]);
        CHECK(scales256[chunk].sums[1] == whole.sums16[2 * (chunk % 8) + 1]);
    }
}

TEST_CASE("activation functions are the CPU's", "[cuda]")
{
    const auto [function, activation] =
        GENERATE(table<Function, Activation>({{Function::relu, Activation::relu},
                                              {Function::relu2, Activation::relu2},
                                              {Function::gelu, Activation::gelu},
                                              {Function::gelu_tanh, Activation::gelu_tanh},
                                              {Function::silu, Activation::silu}}));
    constexpr int columns = 304;
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    std::vector<float> gate = random_floats(columns, 1);
    const std::vector<float> up = random_floats(columns, 2);
    const Buffer gates = uploaded(device, gate);
    const Buffer ups = uploaded(device, up);
    Activate a{function, gates.as<float>(), ups.as<float>(), columns, columns, 1, {}, {}};
    device.launch(Kernel::activate, {1}, &a);
    scalar().activate(activation, gate.data(), up.data(), columns);
    const std::vector<float> got = downloaded<float>(device, gates);
    for (int i = 0; i < columns; ++i) {
        CHECK(got[std::size_t(i)] == Approx(gate[std::size_t(i)]).epsilon(1e-5).margin(1e-6));
    }
}

TEST_CASE("what is added and normalised is the CPU's", "[cuda]")
{
    const bool subtract_mean = GENERATE(false, true);
    constexpr int columns = 304;
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    std::vector<float> hidden = random_floats(columns, 1);
    const std::vector<float> y = random_floats(columns, 2);
    const std::vector<float> weight = random_floats(columns, 3);
    const std::vector<float> bias = random_floats(columns, 4);
    const Buffer hiddens = uploaded(device, hidden);
    const Buffer ys = uploaded(device, y);
    const Buffer weights = uploaded(device, weight);
    const Buffer biases = uploaded(device, bias);
    const Buffer out(device, columns * sizeof(float));
    Residual r{};
    r.hidden = hiddens.as<float>();
    r.columns = columns;
    r.addends[0] = {ys.as<float>(), 0, nullptr, nullptr};
    r.residual_scale = 0.5f;
    r.norm = 1;
    r.weight = weights.as<float>();
    r.bias = biases.as<float>();
    r.epsilon = 1e-5f;
    r.subtract_mean = subtract_mean ? 1 : 0;
    r.out = out.as<float>();
    device.launch(Kernel::residual, {1}, &r);
    for (int i = 0; i < columns; ++i) {
        hidden[std::size_t(i)] += 0.5f * y[std::size_t(i)];
    }
    CHECK(downloaded<float>(device, hiddens) == hidden);
    std::vector<float> expected(columns);
    scalar().norm(hidden.data(), weight.data(), bias.data(), columns, subtract_mean, expected.data());
    const std::vector<float> got = downloaded<float>(device, out);
    for (int i = 0; i < columns; ++i) {
        CHECK(got[std::size_t(i)] == Approx(expected[std::size_t(i)]).epsilon(1e-5).margin(1e-5));
    }
}

TEST_CASE("a copy is one", "[cuda]")
{
    const std::shared_ptr<Device> tested = tested_device();
    Device& device = *tested;
    const std::vector<float> from = random_floats(4 * 1000, 1);
    const Buffer source = uploaded(device, from);
    const Buffer target(device, source.bytes());
    const Copy c{source.as<void>(), target.as<void>(), source.bytes() / 16};
    device.launch(Kernel::copy, {2}, &c);
    CHECK(downloaded<float>(device, target) == from);
}
