#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "validation/kernels/kernel_table.h"
#include "validation/kernels/packed_matrix.h"

namespace slimline::engine {

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

/// Rows of activations as floats, and rounded to 8 bit for the products that read them. How many columns a row has is
/// said with each use: layers differ.
class Activations {
 public:
    void reserve(int rows, int columns)
    {
        stride_ = std::max(stride_, std::size_t((columns + 7) / 8 * 8));
        rows_ = std::max(rows_, rows);
        real_.resize(std::size_t(rows_) * stride_);
        blocks32_.resize(real_.size() / 32 + 1);
        blocks256_.resize(real_.size() / 256 + 1);
    }

    std::size_t stride() const { return stride_; }
    float* row(int index) { return real_.data() + std::size_t(index) * stride_; }
    const float* row(int index) const { return real_.data() + std::size_t(index) * stride_; }
    std::size_t bytes() const
    {
        return real_.size() * sizeof(float) + blocks32_.size() * sizeof(kernels::Activation32) +
               blocks256_.size() * sizeof(kernels::Activation256);
    }

    /// Rounds columns [begin, begin + count) of a row; both multiples of 256, or the row's end.
    void round(const kernels::KernelTable& table, InputKinds kinds, int index, int columns, int begin, int count)
    {
        const float* from = row(index) + begin;
        if (kinds.blocks32) {
            table.quantise32(from, count, blocks32_.data() + (std::ptrdiff_t(index) * columns + begin) / 32);
        }
        if (kinds.blocks256) {
            table.quantise256(from, count, blocks256_.data() + (std::ptrdiff_t(index) * columns + begin) / 256);
        }
    }

    /// Takes a row of another, rounded as it is.
    void copy_row(const Activations& from, InputKinds kinds, int from_row, int to_row, int columns)
    {
        std::memcpy(row(to_row), from.row(from_row), sizeof(float) * std::size_t(columns));
        const auto copy = [&](const auto& source, auto& target, int block) {
            const std::ptrdiff_t blocks = columns / block;
            std::copy_n(source.begin() + from_row * blocks, blocks, target.begin() + to_row * blocks);
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
                job.x = blocks32_.data() + std::ptrdiff_t(first_row) * (columns / 32);
                job.x_stride = sizeof(kernels::Activation32) * std::size_t(columns / 32);
                return;
            case kernels::Input::blocks256:
                job.x = blocks256_.data() + std::ptrdiff_t(first_row) * (columns / 256);
                job.x_stride = sizeof(kernels::Activation256) * std::size_t(columns / 256);
                return;
        }
    }

 private:
    std::size_t stride_ = 0;
    int rows_ = 0;
    std::vector<float> real_;
    std::vector<kernels::Activation32> blocks32_;
    std::vector<kernels::Activation256> blocks256_;
};

}  // namespace slimline::engine
