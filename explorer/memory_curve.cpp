#include "explorer/memory_curve.h"

#include "simulator/memory_plan.h"
#include "simulator/passes.h"
#include "simulator/predict.h"

namespace slimline {

namespace {

constexpr int context_block = 256;  // contexts are allocated by such blocks
constexpr int most_blocks = 1 << 16;

/// llama.cpp's plan needs no pass; another engine's follows from a prediction.
MemoryPlan memory_at(const Scenario& s, int context)
{
    Workload workload = s.workload;
    workload.context = context;
    if (s.engine == Engine::llama_cpp) {
        workload.context = cache_positions(workload);
        return llama_memory_plan(s.arch, s.precision, workload, require_backend(s.device, s.backend));
    }
    return predict(s.arch, s.precision, s.device, s.backend, workload, s.engine, s.calibration).memory;
}

}  // namespace

std::vector<MemoryAtContext> memory_against_context(const Scenario& scenario, std::span<const int> contexts)
{
    std::vector<MemoryAtContext> curve;
    for (const int context : contexts) {
        curve.push_back({double(context), memory_at(scenario, context)});
    }
    return curve;
}

int longest_context(const Scenario& s)
{
    const Bytes available = memory_for(s.device, require_backend(s.device, s.backend));
    if (available.value <= 0) {
        return -1;
    }
    const auto fits = [&](int blocks) { return memory_at(s, blocks * context_block).total() <= available; };
    int fitting = 0;
    int too_long = most_blocks + 1;
    while (too_long - fitting > 1) {
        const int middle = fitting + (too_long - fitting) / 2;
        (fits(middle) ? fitting : too_long) = middle;
    }
    return fitting * context_block;
}

}  // namespace slimline
