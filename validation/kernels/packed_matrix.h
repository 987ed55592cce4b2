#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "archspace/weight_format.h"

namespace slimline::kernels {

/// Memory aligned to pages, huge ones where the system gives them.
using Pages = std::unique_ptr<std::byte[], void (*)(std::byte*)>;
Pages allocate_pages(std::size_t bytes);

/// What kind of activations a weight format is multiplied with.
enum class Input : std::uint8_t { real, blocks32, blocks256 };

/// A matrix whose rows stand in groups of eight (packed_blocks.h; F16 and F32: number k of eight rows side by side).
/// A last group of fewer rows is filled up with rows of no meaning.
struct PackedMatrix {
    Format format = Format::f32;
    int rows = 0;
    int columns = 0;
    Pages data{nullptr, nullptr};

    int groups() const { return (rows + 7) / 8; }
    std::size_t group_bytes() const { return std::size_t(8 * row_bytes(format, columns)); }
    const std::byte* group(int index) const { return data.get() + std::size_t(index) * group_bytes(); }
    std::byte* group(int index) { return data.get() + std::size_t(index) * group_bytes(); }
};

bool packable(Format format);
Input input_of(Format format);

PackedMatrix empty_matrix(Format format, int rows, int columns);

/// From rows as GGUF stores them.
PackedMatrix pack(Format format, int rows, int columns, std::span<const std::byte> gguf_rows);

/// Random numbers of about the given standard deviation and mean 0, written straight into the format; the same on every
/// machine for a seed, whichever groups are filled first.
void fill_random(PackedMatrix& matrix, std::uint64_t seed, double deviation, int first_group, int last_group);
PackedMatrix random_matrix(Format format, int rows, int columns, std::uint64_t seed, double deviation);

/// One row as real numbers.
void read_row(const PackedMatrix& matrix, int row, float* out);

}  // namespace slimline::kernels
