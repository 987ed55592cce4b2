#include "validation/kernels/scalar_kernels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "validation/kernels/packed_quants.h"

namespace slimline::kernels {

namespace {

template <class Block>
int dot(const Block& b, int r, const std::int8_t* x, int from, int count)
{
    int sum = 0;
    for (int k = from; k < from + count; ++k) {
        sum += quant(b, r, k) * x[k];
    }
    return sum;
}

// One block's share of a dot product. Vector kernels round in the same places: one product of scales, then fused sums.

template <class Block>
float add_offset_block(float sum, const Block& b, int r, const Activation32& x, int offset)
{
    return std::fma(to_float(b.d[r]) * x.d, float(dot(b, r, x.q, 0, 32) - offset * x.sum), sum);
}

float add_block(float sum, const Q4_0x8& b, int r, const Activation32& x)
{
    return add_offset_block(sum, b, r, x, 8);
}
float add_block(float sum, const Q5_0x8& b, int r, const Activation32& x)
{
    return add_offset_block(sum, b, r, x, 16);
}
float add_block(float sum, const Q8_0x8& b, int r, const Activation32& x)
{
    return add_offset_block(sum, b, r, x, 0);
}

template <class Block>
float add_block(float sum, const Block& b, int r, const Activation32& x)
{
    sum = std::fma(to_float(b.d[r]) * x.d, float(dot(b, r, x.q, 0, 32)), sum);
    return std::fma(to_float(b.m[r]) * x.d, float(x.sum), sum);
}

template <class Block>
float add_block(float sum, const Block& b, int r, const Activation256& x)
{
    int scaled = 0;
    int mins = 0;
    for (int j = 0; j < 8; ++j) {
        scaled += six_bits(b.scales, r, j) * dot(b, r, x.q, 32 * j, 32);
        mins += six_bits(b.mins, r, j) * x.sums32[j];
    }
    sum = std::fma(to_float(b.d[r]) * x.d, float(scaled), sum);
    return std::fma(-to_float(b.dmin[r]) * x.d, float(mins), sum);
}

float add_block(float sum, const Q6_Kx8& b, int r, const Activation256& x)
{
    int scaled = 0;
    for (int j = 0; j < 16; ++j) {
        scaled += scale_of(b, r, j) * (dot(b, r, x.q, 16 * j, 16) - 32 * x.sums16[j]);
    }
    return std::fma(to_float(b.d[r]) * x.d, float(scaled), sum);
}

template <class Block, class X>
void product(const ProductJob& job)
{
    constexpr int block_columns = int(sizeof(X::q));
    for (int t = 0; t < job.tokens; ++t) {
        const auto* x = reinterpret_cast<const X*>(static_cast<const std::byte*>(job.x) + std::size_t(t) * job.x_stride);
        for (int row = 0; row < lanes * job.group_count; ++row) {
            const auto* blocks =
                reinterpret_cast<const Block*>(job.groups + std::size_t(row / lanes) * job.group_bytes);
            float sum = 0;
            for (int b = 0; b < job.columns / block_columns; ++b) {
                sum = add_block(sum, blocks[b], row % lanes, x[b]);
            }
            job.out[std::size_t(t) * job.out_stride + std::size_t(row)] = sum;
        }
    }
}

float real(Half h)
{
    return to_float(h);
}
float real(float f)
{
    return f;
}
float real(std::int8_t i)
{
    return float(i);
}

template <class Number>
void panels(const PanelJob& job)
{
    for (int t = 0; t < job.vectors; ++t) {
        for (int row = 0; row < lanes * job.panels; ++row) {
            const Number* at = static_cast<const Number*>(job.base) + std::size_t(row / lanes) * job.panel_stride + row % lanes;
            float sum = 0;
            for (int k = 0; k < job.length; ++k) {
                sum = std::fma(job.a[std::size_t(t) * job.a_stride + std::size_t(k)], real(at[std::size_t(k) * job.step]), sum);
            }
            job.out[std::size_t(t) * job.out_stride + std::size_t(row)] = sum;
        }
    }
}

template <class Number>
void real_product(const ProductJob& job)
{
    panels<Number>({job.groups, job.group_bytes / sizeof(Number), lanes, job.group_count, job.columns,
                    static_cast<const float*>(job.x), job.x_stride / sizeof(float), job.tokens, job.out, job.out_stride});
}

/// Rounds n numbers to multiples of d, the largest to 127 d; ties go to even as in the machines' conversions.
float quantise(const float* x, int n, std::int8_t* q)
{
    float largest = 0;
    for (int i = 0; i < n; ++i) {
        largest = std::max(largest, std::abs(x[i]));
    }
    const float inverse = largest == 0 ? 0 : 127 / largest;
    for (int i = 0; i < n; ++i) {
        q[i] = std::int8_t(std::nearbyint(x[i] * inverse));
    }
    return largest / 127;
}

int sum(const std::int8_t* q, int n)
{
    int total = 0;
    for (int i = 0; i < n; ++i) {
        total += q[i];
    }
    return total;
}

void quantise32(const float* x, int n, Activation32* out)
{
    for (int b = 0; b < n / 32; ++b) {
        out[b].d = quantise(x + 32 * b, 32, out[b].q);
        out[b].sum = sum(out[b].q, 32);
    }
}

void quantise256(const float* x, int n, Activation256* out)
{
    for (int b = 0; b < n / 256; ++b) {
        out[b].d = quantise(x + 256 * b, 256, out[b].q);
        for (int j = 0; j < 16; ++j) {
            out[b].sums16[j] = std::int16_t(sum(out[b].q + 16 * j, 16));
        }
        for (int j = 0; j < 8; ++j) {
            out[b].sums32[j] = std::int16_t(sum(out[b].q + 32 * j, 32));
        }
    }
}

void to_halves(const float* x, int n, Half* out)
{
    std::transform(x, x + n, out, to_half);
}

void norm(const float* x, const float* weight, const float* bias, int n, bool subtract_mean, float* out)
{
    constexpr double epsilon = 1e-5;
    double mean = 0;
    for (int i = 0; subtract_mean && i < n; ++i) {
        mean += double(x[i]) / n;
    }
    double variance = 0;
    for (int i = 0; i < n; ++i) {
        variance += (x[i] - mean) * (x[i] - mean) / n;
    }
    const double scale = 1 / std::sqrt(variance + epsilon);
    for (int i = 0; i < n; ++i) {
        out[i] = float((x[i] - mean) * scale * (weight == nullptr ? 1.f : weight[i]) + (bias == nullptr ? 0.f : bias[i]));
    }
}

void rope(float* x, int half, const float* cosine, const float* sine)
{
    for (int i = 0; i < half; ++i) {
        const float a = x[i];
        const float b = x[half + i];
        x[i] = a * cosine[i] - b * sine[i];
        x[half + i] = a * sine[i] + b * cosine[i];
    }
}

double activation(Activation kind, double x)
{
    switch (kind) {
        case Activation::relu: return std::max(x, 0.0);
        case Activation::relu2: return std::max(x, 0.0) * std::max(x, 0.0);
        case Activation::gelu: return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
        case Activation::gelu_tanh:
            return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
        case Activation::silu: break;
    }
    return x / (1 + std::exp(-x));
}

void activate(Activation kind, float* gate, const float* up, int n)
{
    for (int i = 0; i < n; ++i) {
        gate[i] = float(activation(kind, gate[i]) * (up == nullptr ? 1.f : up[i]));
    }
}

void softcap(float* x, int n, float cap)
{
    for (int i = 0; i < n; ++i) {
        x[i] = float(cap * std::tanh(double(x[i]) / cap));
    }
}

void softmax(float* x, int n)
{
    const float largest = *std::max_element(x, x + n);
    double total = 0;
    for (int i = 0; i < n; ++i) {
        x[i] = float(std::exp(double(x[i] - largest)));
        total += x[i];
    }
    for (int i = 0; i < n; ++i) {
        x[i] = float(x[i] / total);
    }
}

void add(float* x, const float* y, int n)
{
    std::transform(x, x + n, y, x, [](float a, float b) { return a + b; });
}

}  // namespace

KernelTable scalar_kernels()
{
    KernelTable table{.name = "scalar"};
    table.product[std::size_t(Format::f32)] = real_product<float>;
    table.product[std::size_t(Format::f16)] = real_product<Half>;
    table.product[std::size_t(Format::q4_0)] = product<Q4_0x8, Activation32>;
    table.product[std::size_t(Format::q4_1)] = product<Q4_1x8, Activation32>;
    table.product[std::size_t(Format::q5_0)] = product<Q5_0x8, Activation32>;
    table.product[std::size_t(Format::q5_1)] = product<Q5_1x8, Activation32>;
    table.product[std::size_t(Format::q8_0)] = product<Q8_0x8, Activation32>;
    table.product[std::size_t(Format::q4_k)] = product<Q4_Kx8, Activation256>;
    table.product[std::size_t(Format::q5_k)] = product<Q5_Kx8, Activation256>;
    table.product[std::size_t(Format::q6_k)] = product<Q6_Kx8, Activation256>;
    table.quantise32 = quantise32;
    table.quantise256 = quantise256;
    table.panels_f16 = panels<Half>;
    table.panels_i8 = panels<std::int8_t>;
    table.to_halves = to_halves;
    table.norm = norm;
    table.rope = rope;
    table.activate = activate;
    table.softcap = softcap;
    table.softmax = softmax;
    table.add = add;
    return table;
}

}  // namespace slimline::kernels
