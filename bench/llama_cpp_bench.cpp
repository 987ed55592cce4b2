// Our int4 engine against llama.cpp's library on the same GGUF file (random weights, Q4_0), taking turns in one run: decode
// and prefill of three known shapes. Best of all turns, and the ratios: above 1, ours is faster.
//   llama_cpp_bench [seconds for each shape and number of threads]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "validation/backends/libllama_engine.h"
#include "validation/backends/temporary_model.h"
#include "validation/engine/gguf_model.h"
#include "validation/engine/int4_engine.h"

using namespace slimline;

namespace {

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Shape {
    const char* name;
    const char* text;
};

constexpr Shape shapes[] = {
    {"TinyLlama-1.1B", "L=22,d=2048,h=32,kv=4,hd=64,ffn=5632,V=32000,untied"},
    {"Qwen2-0.5B", "L=24,d=896,h=14,kv=2,hd=64,ffn=4864,V=151936,tied,qkv_bias"},
    {"SmolLM-135M", "L=30,d=576,h=9,kv=3,hd=64,ffn=1536,V=49152,tied"},
};
constexpr int prompt_tokens = 128;
constexpr int decoded_tokens = 16;

/// Best times in seconds of a prompt and of one token.
struct Best {
    double prefill = 1e9;
    double decode = 1e9;
};

Best run_ours(engine::Int4Engine& engine)
{
    Best best;
    std::vector<int> prompt(prompt_tokens);
    std::iota(prompt.begin(), prompt.end(), 7);
    engine.assume_past(0, 0);
    double start = now();
    engine.prefill(0, prompt);
    best.prefill = now() - start;
    engine.assume_past(0, 0);
    start = now();
    for (int i = 0; i < decoded_tokens; ++i) {
        engine.decode(std::span(prompt).first(1));
    }
    best.decode = (now() - start) / decoded_tokens;
    return best;
}

Best run_theirs(LoadedModel& model, int threads)
{
    return {model.run({.phase = Phase::prefill, .tokens = prompt_tokens, .threads = threads}),
            model.run({.phase = Phase::decode, .tokens = decoded_tokens, .threads = threads})};
}

void keep_best(Best& best, const Best& turn)
{
    best = {std::min(best.prefill, turn.prefill), std::min(best.decode, turn.decode)};
}

void compare(LibllamaEngine& llama, const Shape& shape, int threads, double budget)
{
    const TestModel test{.arch = inline_architecture(shape.text), .context = 512};
    const TemporaryModel file(test);
    engine::Int4Engine ours(engine::open_gguf_model(file.path()), {.threads = threads, .context = 512});
    const auto theirs = llama.load(test);
    Best our_best;
    Best their_best;
    int turns = 0;
    for (const double end = now() + budget; now() < end || turns < 3; ++turns) {
        keep_best(our_best, run_ours(ours));
        keep_best(their_best, run_theirs(*theirs, threads));
    }
    std::printf("%-15s %d threads, %2d turns: decode %7.1f against %7.1f tokens/s = %.2fx, prefill of %d %7.1f against %7.1f = "
                "%.2fx\n",
                shape.name, threads, turns, 1 / our_best.decode, 1 / their_best.decode, their_best.decode / our_best.decode,
                prompt_tokens, prompt_tokens / our_best.prefill, prompt_tokens / their_best.prefill,
                their_best.prefill / our_best.prefill);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv)
{
    const double budget = argc > 1 ? std::atof(argv[1]) : 20;
    try {
        LibllamaEngine llama;
        std::printf("int4 (%s) against %s\n", std::string(kernels::best_kernels().name).c_str(), llama.version().c_str());
        for (const int threads : {1, 2}) {
            for (const Shape& shape : shapes) {
                compare(llama, shape, threads, budget);
            }
        }
    } catch (const InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
