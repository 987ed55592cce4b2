#include "validation/cuda/gpu_weights.h"

#include <cstring>

#include "validation/kernels/packed_quants.h"

namespace slimline::cuda {

namespace {

using kernels::lanes;
using kernels::PackedMatrix;

constexpr std::size_t alignment = 256;

std::size_t aligned(std::size_t bytes)
{
    return (bytes + alignment - 1) / alignment * alignment;
}

/// Bytes of a plane of a matrix with so many numbers.
struct PlaneSizes {
    std::size_t quants = 0;
    std::size_t high = 0;
    std::size_t scales = 0;
    std::size_t blocks = 0;
};

PlaneSizes plane_sizes(WeightKind kind, std::size_t numbers)
{
    const std::size_t chunks = numbers / 32;
    const std::size_t blocks = numbers / 256;
    switch (kind) {
        case WeightKind::f32:
            return {.quants = 4 * numbers};
        case WeightKind::f16:
            return {.quants = 2 * numbers};
        case WeightKind::q8_0:
            return {.quants = numbers, .scales = 2 * chunks};
        case WeightKind::q4_0:
            return {.quants = numbers / 2, .scales = 2 * chunks};
        case WeightKind::q4_k:
            return {.quants = numbers / 2, .scales = 2 * chunks, .blocks = 4 * blocks};
        case WeightKind::q6_k:
            return {.quants = numbers / 2, .high = 8 * chunks, .scales = 2 * chunks, .blocks = 4 * blocks};
    }
    return {};
}

template <class T>
void put(std::byte* plane, std::size_t index, T value)
{
    std::memcpy(plane + index * sizeof value, &value, sizeof value);
}

/// Where a matrix' planes are filled.
struct Planes {
    std::byte* quants;
    std::byte* high;
    std::byte* scales;
    std::byte* blocks;
};

/// The 4-bit chunk of 32 numbers, whose upper bits, if there are more, go to `high`.
template <class Block>
void put_nibbles(const Planes& to, std::size_t chunk, const Block& block, int r, int first)
{
    for (int j = 0; j < 16; ++j) {
        const int low = kernels::quant(block, r, first + j);
        const int high = kernels::quant(block, r, first + 16 + j);
        put(to.quants, 16 * chunk + std::size_t(j), std::uint8_t((low & 15) | (high & 15) << 4));
        if (std::is_same_v<Block, kernels::Q6_Kx8>) {
            const std::size_t at = 8 * chunk + std::size_t(j % 4);
            to.high[at] |= std::byte((low >> 4) << (2 * (j / 4)));
            to.high[at + 4] |= std::byte((high >> 4) << (2 * (j / 4)));
        }
    }
}

void put_chunk(const Planes& to, std::size_t chunk, const kernels::Q4_0x8& block, int r, int)
{
    put_nibbles(to, chunk, block, r, 0);
    put(to.scales, chunk, block.d[r]);
}

void put_chunk(const Planes& to, std::size_t chunk, const kernels::Q8_0x8& block, int r, int)
{
    for (int j = 0; j < 32; ++j) {
        put(to.quants, 32 * chunk + std::size_t(j), std::int8_t(kernels::quant(block, r, j)));
    }
    put(to.scales, chunk, block.d[r]);
}

void put_chunk(const Planes& to, std::size_t chunk, const kernels::Q4_Kx8& block, int r, int part)
{
    put_nibbles(to, chunk, block, r, 32 * part);
    put(to.scales, 2 * chunk, std::uint8_t(kernels::six_bits(block.scales, r, part)));
    put(to.scales, 2 * chunk + 1, std::uint8_t(kernels::six_bits(block.mins, r, part)));
    put(to.blocks, chunk / 8 * 2, block.d[r]);
    put(to.blocks, chunk / 8 * 2 + 1, block.dmin[r]);
}

void put_chunk(const Planes& to, std::size_t chunk, const kernels::Q6_Kx8& block, int r, int part)
{
    put_nibbles(to, chunk, block, r, 32 * part);
    put(to.scales, 2 * chunk, std::int8_t(kernels::scale_of(block, r, 2 * part)));
    put(to.scales, 2 * chunk + 1, std::int8_t(kernels::scale_of(block, r, 2 * part + 1)));
    put(to.blocks, chunk / 8 * 2, block.d[r]);
}

template <class Block>
void put_chunks(const PackedMatrix& m, const Planes& to)
{
    const int chunks = m.columns / 32;
    const int chunks_of_block = int(info(m.format).block_elements) / 32;
    for (int row = 0; row < m.rows; ++row) {
        const auto* blocks = reinterpret_cast<const Block*>(m.group(row / lanes));
        for (int c = 0; c < chunks; ++c) {
            put_chunk(to, std::size_t(row) * std::size_t(chunks) + std::size_t(c), blocks[c / chunks_of_block],
                      row % lanes, c % chunks_of_block);
        }
    }
}

template <class Number>
void put_numbers(const PackedMatrix& m, const Planes& to)
{
    for (int row = 0; row < m.rows; ++row) {
        const auto* group = reinterpret_cast<const Number*>(m.group(row / lanes));
        for (int k = 0; k < m.columns; ++k) {
            put(to.quants, std::size_t(row) * std::size_t(m.columns) + std::size_t(k), group[k * lanes + row % lanes]);
        }
    }
}

void put_all(WeightKind kind, const PackedMatrix& m, const Planes& to)
{
    switch (kind) {
        case WeightKind::f32:
            return put_numbers<float>(m, to);
        case WeightKind::f16:
            return put_numbers<kernels::Half>(m, to);
        case WeightKind::q8_0:
            return put_chunks<kernels::Q8_0x8>(m, to);
        case WeightKind::q4_0:
            return put_chunks<kernels::Q4_0x8>(m, to);
        case WeightKind::q4_k:
            return put_chunks<kernels::Q4_Kx8>(m, to);
        case WeightKind::q6_k:
            return put_chunks<kernels::Q6_Kx8>(m, to);
    }
}

}  // namespace

std::optional<WeightKind> kind_of(Format format)
{
    switch (format) {
        case Format::f32:
            return WeightKind::f32;
        case Format::f16:
            return WeightKind::f16;
        case Format::q8_0:
            return WeightKind::q8_0;
        case Format::q4_0:
            return WeightKind::q4_0;
        case Format::q4_k:
            return WeightKind::q4_k;
        case Format::q6_k:
            return WeightKind::q6_k;
        default:
            return std::nullopt;
    }
}

std::size_t bytes_on_gpu(Format format, double rows, double columns)
{
    const PlaneSizes sizes = plane_sizes(kind_of(format).value(), static_cast<std::size_t>(rows * columns));
    return aligned(sizes.quants) + aligned(sizes.high) + aligned(sizes.scales) + aligned(sizes.blocks);
}

Repacked repack(std::span<const PackedMatrix> matrices)
{
    const PackedMatrix& first = matrices.front();
    const WeightKind kind = kind_of(first.format).value();
    const std::size_t numbers = std::size_t(first.rows) * std::size_t(first.columns);
    const PlaneSizes sizes = plane_sizes(kind, matrices.size() * numbers);
    const PlaneSizes of_one = plane_sizes(kind, numbers);
    Repacked to;
    to.high = aligned(sizes.quants);
    to.scales = to.high + aligned(sizes.high);
    to.blocks = to.scales + aligned(sizes.scales);
    to.bytes.resize(to.blocks + aligned(sizes.blocks));
    std::byte* at = to.bytes.data();
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        put_all(kind, matrices[i],
                {at + i * of_one.quants, at + to.high + i * of_one.high, at + to.scales + i * of_one.scales,
                 at + to.blocks + i * of_one.blocks});
    }
    return to;
}

Matrix placed(const PackedMatrix& matrix, const Repacked& repacked, const void* memory)
{
    const auto* at = static_cast<const std::byte*>(memory);
    return {kind_of(matrix.format).value(),
            matrix.rows,
            matrix.columns,
            at,
            at + repacked.high,
            reinterpret_cast<const std::uint16_t*>(at + repacked.scales),
            reinterpret_cast<const HalfBits*>(at + repacked.blocks)};
}

GpuWeights::GpuWeights(Device& device, const engine::EngineWeights& weights) : device_(device)
{
    const auto all = [&](const engine::LayerWeights& from) {
        ByRole to{};
        for (std::size_t role = 0; role < tensor_role_count; ++role) {
            to[role] = uploaded(from.by_role[role]);
        }
        return to;
    };
    globals_ = all(weights.globals);
    for (const engine::LayerWeights& layer : weights.layers) {
        layers_.push_back(all(layer));
    }
}

const GpuWeight* GpuWeights::uploaded(const engine::Weight* weight)
{
    if (weight == nullptr) {
        return nullptr;
    }
    const GpuWeight*& known = known_[weight];
    if (known != nullptr) {
        return known;
    }
    GpuWeight& to = store_.emplace_back();
    if (weight->matrices.empty()) {
        const Buffer& buffer = buffers_.emplace_back(device_, weight->numbers.size() * sizeof(float));
        device_.copy_in(buffer.as<void>(), weight->numbers.data(), buffer.bytes());
        to.numbers = buffer.as<const float>();
    } else {
        const Repacked repacked = repack(weight->matrices);
        const Buffer& buffer = buffers_.emplace_back(device_, repacked.bytes.size());
        device_.copy_in(buffer.as<void>(), repacked.bytes.data(), buffer.bytes());
        to.matrix = placed(weight->matrices.front(), repacked, buffer.as<void>());
    }
    device_.wait();  // what is copied goes out of scope
    bytes_ += double(buffers_.back().bytes());
    known = &to;
    return known;
}

}  // namespace slimline::cuda
