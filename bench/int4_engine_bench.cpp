// Speed of the int4 engine on this machine: mat-vec against the machine's read bandwidth, then decode and prefill of three
// known shapes with random weights. Best of several tries spread over the run: others may be using the machine.
//   int4_engine_bench [threads ...]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "archspace/inline_architecture.h"
#include "archspace/weight_mix.h"
#include "validation/engine/int4_engine.h"
#include "validation/kernels/packed_matrix.h"
#include "validation/kernels/read_bandwidth.h"

using namespace slimline;
using namespace slimline::engine;

namespace {

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Work>
double best_seconds(int tries, Work&& work)
{
    double best = 1e9;
    for (int i = 0; i < tries; ++i) {
        const double start = now();
        work();
        best = std::min(best, now() - start);
    }
    return best;
}

struct Shape {
    std::string name;
    std::string text;
};

// d = 896 and 576 are no multiples of 256: their heads are Q8_0, TinyLlama's is Q6_K.
const std::vector<Shape> shapes{
    {"TinyLlama-1.1B", "L=22,d=2048,h=32,kv=4,hd=64,ffn=5632,V=32000,untied"},
    {"Qwen2-0.5B", "L=24,d=896,h=14,kv=2,hd=64,ffn=4864,V=151936,tied,qkv_bias"},
    {"SmolLM-135M", "L=30,d=576,h=9,kv=3,hd=64,ffn=1536,V=49152,tied"},
};

void bench_mat_vec(Format format, int threads, double bandwidth)
{
    using namespace kernels;
    constexpr int columns = 4096;
    const int rows = int(256e6 / row_bytes(format, columns)) / 8 * 8;
    const PackedMatrix m = random_matrix(format, rows, columns, 1, 1);
    const std::vector<float> x(columns, 0.5f);
    std::vector<Activation32> x32(columns / 32);
    std::vector<Activation256> x256(columns / 256);
    const KernelTable& table = best_kernels();
    table.quantise32(x.data(), columns, x32.data());
    table.quantise256(x.data(), columns, x256.data());
    const void* inputs[] = {x.data(), x32.data(), x256.data()};
    std::vector<float> out(std::size_t(rows), 0.f);
    ThreadTeam team(threads);
    const double seconds = best_seconds(15, [&] {
        team.run([&](int index) {
            const Share share = share_of(m.groups(), index, threads);
            table.product[std::size_t(format)]({m.group(share.begin), m.group_bytes(), share.end - share.begin, columns,
                                                inputs[std::size_t(input_of(format))], 0, 1, out.data() + 8 * share.begin,
                                                std::size_t(rows)});
        });
    });
    const double rate = rows * row_bytes(format, columns) / seconds;
    std::printf("  mat-vec %-5s %6.1f GB/s  %3.0f %% of reading\n", std::string(info(format).name).c_str(), rate / 1e9,
                100 * rate / bandwidth);
}

void bench_mat_mat(Format format, int threads)
{
    using namespace kernels;
    constexpr int columns = 2048;
    constexpr int rows = 4096;
    constexpr int tokens = 128;
    const PackedMatrix m = random_matrix(format, rows, columns, 1, 1);
    const std::vector<float> x(std::size_t(columns * tokens), 0.5f);
    std::vector<Activation32> x32(x.size() / 32);
    std::vector<Activation256> x256(x.size() / 256);
    const KernelTable& table = best_kernels();
    table.quantise32(x.data(), int(x.size()), x32.data());
    table.quantise256(x.data(), int(x.size()), x256.data());
    const void* inputs[] = {x.data(), x32.data(), x256.data()};
    const std::size_t strides[] = {columns * sizeof(float), columns / 32 * sizeof(Activation32),
                                   columns / 256 * sizeof(Activation256)};
    std::vector<float> out(std::size_t(rows * tokens), 0.f);
    ThreadTeam team(threads);
    const double seconds = best_seconds(7, [&] {
        team.run([&](int index) {
            const Share share = share_of(m.groups(), index, threads);
            const std::size_t input = std::size_t(input_of(format));
            table.product[std::size_t(format)]({m.group(share.begin), m.group_bytes(), share.end - share.begin, columns,
                                                inputs[input], strides[input], tokens, out.data() + 8 * share.begin,
                                                std::size_t(rows)});
        });
    });
    std::printf("  mat-mat %-5s %6.1f GFLOP/s\n", std::string(info(format).name).c_str(),
                2.0 * rows * columns * tokens / seconds / 1e9);
}

void bench_model(const Shape& shape, int threads)
{
    Int4Engine engine(inline_architecture(shape.text), mix_named("Q4_0"), {.threads = threads, .context = 256});
    const std::vector<int> prompt(128, 7);
    const double prefill = best_seconds(3, [&] {
        engine.assume_past(0, 0);
        engine.prefill(0, prompt);
    });
    engine.reset_times();
    const int token = 7;
    const double decode = best_seconds(60, [&] { engine.decode({&token, 1}); });
    const StageTimes& times = engine.times();
    std::printf("%-15s %d threads: decode %7.1f tokens/s (%5.1f GB/s of weights), prefill of 128 %7.1f tokens/s\n",
                shape.name.c_str(), threads, 1 / decode, engine.memory().weights / decode / 1e9, 128 / prefill);
    for (std::size_t stage = 0; stage < stage_count; ++stage) {
        std::printf("   %s %.1f %%", std::string(name(Stage(stage))).c_str(), 100 * times.seconds[stage] / times.total());
    }
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv)
{
    std::vector<int> teams;
    for (int i = 1; i < argc; ++i) {
        teams.push_back(std::atoi(argv[i]));
    }
    if (teams.empty()) {
        teams = {1, 2};
    }
    std::printf("kernels: %s\n", std::string(kernels::best_kernels().name).c_str());
    for (const int threads : teams) {
        kernels::ThreadTeam team(threads);
        const double bandwidth = kernels::read_bandwidth(team, std::size_t(512) << 20);
        std::printf("%d threads read %.1f GB/s\n", threads, bandwidth / 1e9);
        for (const Format format : {Format::q4_0, Format::q4_k, Format::q5_0, Format::q6_k, Format::q8_0, Format::f16}) {
            bench_mat_vec(format, threads, bandwidth);
        }
        for (const Format format : {Format::q4_0, Format::q4_k, Format::q5_0, Format::q6_k, Format::q8_0, Format::f16}) {
            bench_mat_mat(format, threads);
        }
        for (const Shape& shape : shapes) {
            bench_model(shape, threads);
        }
    }
}
