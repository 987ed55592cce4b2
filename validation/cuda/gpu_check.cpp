#include "validation/cuda/gpu_check.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "validation/cuda/gpu_engine.h"
#include "validation/cuda/gpu_weights.h"
#include "validation/cuda/product_launch.h"
#include "validation/cuda/stopwatch.h"

namespace slimline::cuda {

namespace {

constexpr double asked_error = 1e-2;
constexpr double asked_share = 0.85;

struct Shape {
    const char* name;
    const char* text;
};

constexpr Shape small_shapes[] = {
    {"grouped queries, tied", "L=2,d=256,h=4,kv=2,hd=64,ffn=512,V=320,tied"},
    {"multi-head, untied", "L=2,d=256,h=4,ffn=512,V=321,untied"},
    {"biases", "L=2,d=256,h=4,kv=2,hd=32,ffn=512,V=320,tied,qkv_bias"},
    {"no gate, gelu", "L=2,d=256,h=4,kv=1,hd=80,ffn=512,V=320,plain"},
    {"parallel", "L=2,d=256,h=8,kv=4,hd=32,ffn=768,V=320,plain,parallel"},
    {"experts, one shared", "L=2,d=256,h=4,kv=2,hd=64,ffn=256,V=320,E=8,K=2,S=512"},
};

constexpr Shape known_shapes[] = {
    {"TinyLlama-1.1B", "L=22,d=2048,h=32,kv=4,hd=64,ffn=5632,V=32000,untied"},
    {"Qwen2-0.5B", "L=24,d=896,h=14,kv=2,hd=64,ffn=4864,V=151936,tied,qkv_bias"},
    {"SmolLM-135M", "L=30,d=576,h=9,kv=3,hd=64,ffn=1536,V=49152,tied"},
};

/// Of one, the best of several tries of a few in a row; a single one where that takes long.
template <class Work>
double best_seconds(Device& device, Work&& work)
{
    constexpr int tries = 5;
    constexpr double long_time = 0.02;
    const auto timed = [&](int in_a_row) {
        const double start = now();
        for (int i = 0; i < in_a_row; ++i) {
            work();
        }
        device.wait();
        return (now() - start) / in_a_row;
    };
    const double first = timed(1);
    double best = first < long_time ? timed(10) : first;
    for (int i = 1; i < tries && first < long_time; ++i) {
        best = std::min(best, timed(10));
    }
    return best;
}

/// Squares of differences and of what is expected, summed up.
struct Distance {
    double off = 0;
    double size = 0;

    void add(std::span<const float> got, std::span<const float> expected)
    {
        for (std::size_t i = 0; i < got.size(); ++i) {
            off += std::pow(double(got[i]) - expected[i], 2);
            size += std::pow(double(expected[i]), 2);
        }
    }
    double relative() const { return std::sqrt(off / size); }
};

/// A prompt and three steps by both engines.
template <class Engine>
double distance(Engine&& engine, engine::Int4Engine&& cpu)
{
    std::vector<int> tokens;
    for (int i = 0; i < 14; ++i) {
        tokens.push_back((7 + 31 * i) % 320);
    }
    const std::span<const int> all(tokens);
    const auto vocabulary = std::size_t(cpu.architecture().vocabulary);
    Distance d;
    d.add(engine.prefill(0, all.first(11)).first(vocabulary), cpu.prefill(0, all.first(11)).first(vocabulary));
    for (std::size_t t = 11; t < tokens.size(); ++t) {
        d.add(engine.decode(all.subspan(t, 1)).first(vocabulary), cpu.decode(all.subspan(t, 1)).first(vocabulary));
    }
    return d.relative();
}

/// A random matrix, and random activations for it: zeros take less power, and run faster where that is the limit.
struct ProductCase {
    Buffer weights;
    Buffer real;
    Buffer q;
    Buffer scales;
    Buffer out;
    Product product{};
    double bytes = 0;  // of the weights, as a file has them
};

ProductCase product_case(Device& device, Format format, int columns, int rows, int tokens)
{
    const kernels::PackedMatrix packed = kernels::random_matrix(format, rows, columns, 1, 0.1);
    const Repacked repacked = repack({&packed, 1});
    const std::size_t count = std::size_t(columns) * std::size_t(tokens);
    ProductCase c{Buffer(device, repacked.bytes.size()), Buffer(device, count * sizeof(float)), Buffer(device, count),
                  Buffer(device, count / 32 * sizeof(ChunkScale)),
                  Buffer(device, std::size_t(rows) * std::size_t(tokens) * sizeof(float))};
    device.copy_in(c.weights.as<void>(), repacked.bytes.data(), repacked.bytes.size());
    std::mt19937 random(7);
    std::vector<float> real(count);
    std::vector<std::int8_t> q(count);
    for (std::size_t i = 0; i < count; ++i) {
        q[i] = std::int8_t(int(random() >> 24) - 128);
        real[i] = float(q[i]) / 128;
    }
    const std::vector<ChunkScale> scales(count / 32, ChunkScale{1.f / 128, {3, -5}});
    device.copy_in(c.real.as<void>(), real.data(), c.real.bytes());
    device.copy_in(c.q.as<void>(), q.data(), c.q.bytes());
    device.copy_in(c.scales.as<void>(), scales.data(), c.scales.bytes());
    device.wait();
    c.product.parts[0] = {placed(packed, repacked, c.weights.as<void>()), nullptr, c.out.as<float>()};
    c.product.part_count = 1;
    c.product.tokens = tokens;
    c.product.out_stride = rows;
    c.product.x = {c.q.as<std::int8_t>(), c.scales.as<ChunkScale>()};
    c.product.real = c.real.as<float>();
    c.product.real_stride = columns;
    c.bytes = rows * row_bytes(format, columns);
    return c;
}

double copy_rate(Device& device, double bytes)
{
    const auto half = std::size_t(bytes / 2) / 16 * 16;
    const Buffer from(device, half);
    const Buffer to(device, half);
    const Copy copy{from.as<void>(), to.as<void>(), half / 16};
    const double seconds =
        best_seconds(device, [&] { device.launch(Kernel::copy, {16 * device.processors()}, &copy); });
    return 2 * double(half) / seconds;
}

constexpr Format formats[] = {Format::q4_0, Format::q4_k, Format::q6_k, Format::q8_0, Format::f16};

/// Products of one token, or of a few: the share of the copy bandwidth.
double vector_share(Device& device, Format format, int tokens, double bytes, double copy, std::ostream& out)
{
    constexpr int columns = 4096;
    const int rows = std::max(8, int(bytes / row_bytes(format, columns)));
    const ProductCase c = product_case(device, format, columns, rows, tokens);
    const double rate = c.bytes / best_seconds(device, [&] { launch_product(device, c.product); });
    out << "  " << std::setw(5) << info(format).name << "  " << tokens << (tokens == 1 ? " token   " : " tokens  ")
        << std::setw(7) << rate / 1e9 << " GB/s  " << std::setw(5) << 100 * rate / copy << " % of copying\n";
    return rate / copy;
}

void measure_matrices(Device& device, double bytes, std::ostream& out)
{
    constexpr int tokens = 512;
    const int columns = std::clamp(int(bytes / 1e4) / 256 * 256, 256, 4096);
    const int rows = columns;
    for (const Format format : formats) {
        const ProductCase c = product_case(device, format, columns, rows, tokens);
        const double seconds = best_seconds(device, [&] { launch_product(device, c.product); });
        out << "  " << std::setw(5) << info(format).name << "  512 tokens  " << std::setw(7)
            << 2.0 * rows * columns * tokens / seconds / 1e12 << " TOPS\n";
    }
}

}  // namespace

bool LogitsCheck::as_asked() const
{
    return std::max(real, quantised) <= asked_error;
}

LogitsCheck check_logits(const std::shared_ptr<Device>& device, std::ostream& out)
{
    LogitsCheck check;
    out << "logits of small models, relative difference from the CPU's (two of the CPU's own kernels in brackets):\n"
        << std::setprecision(2);
    for (const Shape& shape : small_shapes) {
        const Architecture arch = inline_architecture(shape.text);
        for (const char* name : {"F16", "Q4_0", "Q8_0"}) {
            const WeightMix mix = mix_named(name);
            const engine::EngineOptions options{.context = 32, .chunk = 9, .kernels = &kernels::kernel_tables()[0]};
            const double off = distance(GpuEngine(device, arch, mix, options), engine::Int4Engine(arch, mix, options));
            const double between = distance(engine::Int4Engine(arch, mix, {.context = 32, .chunk = 9}),
                                            engine::Int4Engine(arch, mix, options));
            out << "  " << std::left << std::setw(22) << shape.name << std::setw(5) << name << std::right << off << " ("
                << between << ")" << (off <= asked_error ? "" : "  TOO FAR") << '\n';
            double& worst = mix.base == Format::f16 ? check.real : check.quantised;
            worst = std::max(worst, off);
        }
    }
    return check;
}

bool measure_kernels(Device& device, double bytes, std::ostream& out)
{
    const double copy = copy_rate(device, bytes);
    out << std::fixed << std::setprecision(1) << "copying: " << copy / 1e9 << " GB/s, read and written\n";
    bool fast = true;
    for (const Format format : formats) {
        const double share = vector_share(device, format, 1, bytes, copy, out);
        fast &= format != Format::q4_0 || share >= asked_share;
        vector_share(device, format, 8, bytes, copy, out);
    }
    measure_matrices(device, bytes, out);
    return fast;
}

void measure_models(const std::shared_ptr<Device>& device, std::ostream& out)
{
    constexpr int prompt_tokens = 512;
    constexpr int steps = 32;
    for (const Shape& shape : known_shapes) {
        try {
            GpuEngine engine(device, inline_architecture(shape.text), mix_named("Q4_0"), {.context = 4096});
            const std::vector<int> prompt(prompt_tokens, 7);
            engine.prefill(0, prompt);
            engine.assume_past(0, 0);
            double start = now();
            engine.prefill(0, prompt);
            const double prefill = now() - start;
            out << shape.name << std::setprecision(1) << ": prefill " << prompt_tokens / prefill << " tokens/s";
            for (const int past : {0, 4096 - steps - 1}) {
                engine.assume_past(0, past);
                engine.decode({prompt.data(), 1});
                start = now();
                for (int i = 0; i < steps; ++i) {
                    engine.decode({prompt.data(), 1});
                }
                const double rate = steps / (now() - start);
                out << ", decode after " << past << ": " << rate << " tokens/s (weights at "
                    << rate * engine.memory().weights / 1e9 << " GB/s)";
            }
            out << '\n';
        } catch (const InputError& error) {
            out << shape.name << ": " << error.what() << '\n';
        }
    }
}

}  // namespace slimline::cuda
