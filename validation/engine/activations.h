#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "validation/kernels/kernel_table.h"
#include "validation/kernels/packed_matrix.h"

namespace slimline::engine {

/// Columns with what fills the last vector of eight.
inline int whole_vectors(int columns)
{
    return (columns + 7) / 8 * 8;
}

/// Which kinds of activations the readers of a matrix's output want; a set.
struct InputKinds {
    bool blocks32 = false;
    bool blocks256 = false;

    void add(kernels::Input kind)
    {
        blocks32 |= kind == kernels::Input::blocks32;
        blocks256 |= kind == kernels::Input::blocks256;
    }
};

/// Rows of activations as floats, and rounded to 8 bit for the products that read them, in memory that is another's. How
/// many columns a row has is said with each use: layers differ.
class Activations {
 public:
    /// Asks for room, before attach(): the most of all calls counts. Of a row the first `rounded_columns` can be rounded.
    void reserve(int rows, int columns, InputKinds rounded = {}, int rounded_columns = 0)
    {
        stride_ = std::max(stride_, std::size_t(whole_vectors(columns)));
        rows_ = std::max(rows_, std::size_t(rows));
        const std::size_t numbers = std::size_t(rows) * std::size_t(rounded_columns);
        count32_ = std::max(count32_, rounded.blocks32 ? (numbers + 31) / 32 : 0);
        count256_ = std::max(count256_, rounded.blocks256 ? (numbers + 255) / 256 : 0);
    }

    /// What attach() takes.
    std::size_t bytes() const
    {
        return whole_lines(rows_ * stride_ * sizeof(float)) + whole_lines(count32_ * sizeof(kernels::Activation32)) +
               whole_lines(count256_ * sizeof(kernels::Activation256));
    }

    /// Takes bytes() of memory that begins on a cache line; others may use it too while nobody needs these rows.
    void attach(std::byte* memory)
    {
        real_ = reinterpret_cast<float*>(memory);
        memory += whole_lines(rows_ * stride_ * sizeof(float));
        blocks32_ = reinterpret_cast<kernels::Activation32*>(memory);
        memory += whole_lines(count32_ * sizeof(kernels::Activation32));
        blocks256_ = reinterpret_cast<kernels::Activation256*>(memory);
    }

    std::size_t stride() const { return stride_; }
    float* row(int index) { return real_ + std::size_t(index) * stride_; }
    const float* row(int index) const { return real_ + std::size_t(index) * stride_; }

    /// Rounds columns [begin, begin + count) of a row; both multiples of 256, or the row's end.
    void round(const kernels::KernelTable& table, InputKinds kinds, int index, int columns, int begin, int count)
    {
        const float* from = row(index) + begin;
        if (kinds.blocks32) {
            table.quantise32(from, count, blocks32_ + (std::ptrdiff_t(index) * columns + begin) / 32);
        }
        if (kinds.blocks256) {
            table.quantise256(from, count, blocks256_ + (std::ptrdiff_t(index) * columns + begin) / 256);
        }
    }

    /// Takes a row of another, rounded as it is.
    void copy_row(const Activations& from, InputKinds kinds, int from_row, int to_row, int columns)
    {
        std::memcpy(row(to_row), from.row(from_row), sizeof(float) * std::size_t(columns));
        const auto copy = [&](const auto& source, auto& target, int block) {
            const std::ptrdiff_t blocks = columns / block;
            std::copy_n(source + from_row * blocks, blocks, target + to_row * blocks);
        };
        if (kinds.blocks32) {
            copy(from.blocks32_, blocks32_, 32);
        }
        if (kinds.blocks256) {
            copy(from.blocks256_, blocks256_, 256);
        }
    }

    /// The input of a product with weights of a format, from a row on.
    void set_input(kernels::ProductJob& job, Format format, int first_row, int columns) const
    {
        switch (kernels::input_of(format)) {
            case kernels::Input::real:
                job.x = row(first_row);
                job.x_stride = stride_ * sizeof(float);
                return;
            case kernels::Input::blocks32:
                job.x = blocks32_ + std::ptrdiff_t(first_row) * (columns / 32);
                job.x_stride = sizeof(kernels::Activation32) * std::size_t(columns / 32);
                return;
            case kernels::Input::blocks256:
                job.x = blocks256_ + std::ptrdiff_t(first_row) * (columns / 256);
                job.x_stride = sizeof(kernels::Activation256) * std::size_t(columns / 256);
                return;
        }
    }

 private:
    static std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

    std::size_t stride_ = 0;
    std::size_t rows_ = 0;
    std::size_t count32_ = 0;
    std::size_t count256_ = 0;
    float* real_ = nullptr;
    kernels::Activation32* blocks32_ = nullptr;
    kernels::Activation256* blocks256_ = nullptr;
};

}  // namespace slimline::engine
