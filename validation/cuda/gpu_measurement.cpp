#include "validation/cuda/gpu_measurement.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "archspace/tensors.h"
#include "validation/cuda/gpu_engine.h"
#include "validation/cuda/stopwatch.h"

namespace slimline::cuda {

namespace {

constexpr int tries = 9;
constexpr int steps = 32;  // generated in one try

struct Rate {
    double median = 0;
    double deviation = 0;
};

/// Of `count` a try, a second.
template <class Work>
Rate rate_of(int count, Work&& work)
{
    work();  // the first one loads kernels and records graphs
    std::vector<double> rates;
    for (int i = 0; i < tries; ++i) {
        const double start = now();
        work();
        rates.push_back(count / (now() - start));
    }
    std::sort(rates.begin(), rates.end());
    double sum = 0;
    double squares = 0;
    for (const double rate : rates) {
        sum += rate;
        squares += rate * rate;
    }
    return {rates[tries / 2], std::sqrt(std::max(0.0, squares / tries - sum / tries * (sum / tries)))};
}

/// Four digits, which is more than repeats agree in.
double rounded(double value)
{
    return std::stod(fmt::format("{:.4g}", value));
}

}  // namespace

Json measured_rows(const std::shared_ptr<Device>& device, const Architecture& arch, const WeightMix& mix)
{
    constexpr int prompts[] = {128, 512};
    constexpr int depths[] = {0, 1024, 4096};
    const int longest = depths[2] + steps;
    const int context = std::min(longest, arch.max_context);
    const int threads = int(std::max(1u, std::thread::hardware_concurrency()));
    GpuEngine engine(device, arch, mix, {.threads = threads, .context = context});
    Json rows = Json::array();
    const auto add = [&](const std::string& what, const Json& length, const char* metric, const Rate& rate) {
        Json row{{"id", "int4-" + arch.id + "-" + mix.name + "-" + what},
                 {"backend", "gpu"},
                 {"interface", "cuda"},
                 {"engine", "int4"},
                 {"model", arch.name.empty() ? arch.id : arch.name},
                 {"architecture", arch.id},
                 {"quant", mix.name},
                 {"mix", mix.name}};
        row.update(length);
        row.update(Json{{"context", context},
                        {"metric", metric},
                        {"value", rounded(rate.median)},
                        {"standard_deviation", rounded(rate.deviation)},
                        {"source", "slimline-gpu-check --measure, random weights"},
                        {"tier", "A"},
                        {"note", std::to_string(tries) + " tries, their median"}});
        rows.push_back(std::move(row));
    };
    for (const int prompt : prompts) {
        if (prompt <= context) {
            const std::vector<int> tokens(std::size_t(prompt), 7);
            const Rate rate = rate_of(prompt, [&] {
                engine.assume_past(0, 0);
                engine.prefill(0, tokens);
            });
            add("pp" + std::to_string(prompt), {{"prompt_tokens", prompt}}, "prefill_tokens_per_s", rate);
        }
    }
    const int token = 7;
    for (const int depth : depths) {
        if (depth + steps <= context) {
            const Rate rate = rate_of(steps, [&] {
                engine.assume_past(0, depth);
                for (int i = 0; i < steps; ++i) {
                    engine.decode({&token, 1});
                }
            });
            add("tg" + std::to_string(steps) + "-d" + std::to_string(depth),
                {{"generated_tokens", steps}, {"depth_tokens", depth}}, "decode_tokens_per_s", rate);
        }
    }
    return rows;
}

}  // namespace slimline::cuda
