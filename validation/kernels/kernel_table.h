#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "archspace/architecture.h"
#include "archspace/weight_format.h"
#include "validation/kernels/activation_blocks.h"
#include "validation/kernels/half.h"

namespace slimline::kernels {

/// out[t][8g + r] = row r of group g times the t-th activations, for groups of eight rows in a packed format.
/// `x` holds floats, Activation32 or Activation256 (input_of the format), rows of it `x_stride` bytes apart.
struct ProductJob {
    const std::byte* groups = nullptr;
    std::size_t group_bytes = 0;
    int group_count = 0;
    int columns = 0;
    const void* x = nullptr;
    std::size_t x_stride = 0;
    int tokens = 0;
    float* out = nullptr;
    std::size_t out_stride = 0;  // in floats, at least 8 group_count
};

/// out[t][8p + lane] (plus what is there, where it `adds`) = sum over k of a[t][k] times element (p, k, lane) at base + p panel_stride + k step + lane.
struct PanelJob {
    const void* base = nullptr;
    std::size_t panel_stride = 0;  // in elements
    std::size_t step = 0;
    int panels = 0;
    int length = 0;
    const float* a = nullptr;
    std::size_t a_stride = 0;
    int vectors = 0;
    float* out = nullptr;
    std::size_t out_stride = 0;
    bool adds = false;
};

/// The kernels of one instruction set. Integer sums and the order of their float sums are the same in every row.
struct KernelTable {
    std::string_view name;
    std::array<void (*)(const ProductJob&), format_count> product{};  // null where the format has none

    void (*quantise32)(const float* x, int n, Activation32* out) = nullptr;    // n a multiple of 32
    void (*quantise256)(const float* x, int n, Activation256* out) = nullptr;  // n a multiple of 256
    void (*panels_f16)(const PanelJob&) = nullptr;
    void (*panels_i8)(const PanelJob&) = nullptr;
    void (*to_halves)(const float* x, int n, Half* out) = nullptr;

    /// out = x / root mean square (less the mean first, if asked) times weight plus bias, which may be null.
    void (*norm)(const float* x, const float* weight, const float* bias, int n, bool subtract_mean, float* out) = nullptr;
    /// Turns the pairs (x[i], x[half + i]) by the angles given.
    void (*rope)(float* x, int half, const float* cosine, const float* sine) = nullptr;
    /// gate = activation(gate), times up where that is not null.
    void (*activate)(Activation kind, float* gate, const float* up, int n) = nullptr;
    /// x = cap tanh(x / cap).
    void (*softcap)(float* x, int n, float cap) = nullptr;
    /// x = exp(x - max x) / its sum.
    void (*softmax)(float* x, int n) = nullptr;
    /// x = x + y.
    void (*add)(float* x, const float* y, int n) = nullptr;
};

/// Those that this machine supports, scalar first, the fastest last.
std::span<const KernelTable> kernel_tables();

const KernelTable& best_kernels();

}  // namespace slimline::kernels
