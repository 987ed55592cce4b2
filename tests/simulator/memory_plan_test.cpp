#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "base/units.h"
#include "simulator/memory_plan.h"

using namespace slimline;

namespace {

// Table of arXiv 2409.15790's runtime study (llama.cpp of summer 2024, Jetson Orin NX, Q4_K_M, context 2048, no flash
// attention): KV cache and compute buffer in MiB, and the whole as plotted. Bars above 1 GiB were plotted from GiB
// rounded to two decimals times 1000, so their totals are known to about 1 %.
struct SurveyRow {
    const char* id;
    double compute_buffer;
    double kv_cache;
    double total;
};

constexpr SurveyRow survey[] = {
    {"smollm-135m", 97.12, 45, 275.06},        {"openelm-270m", 89, 31.5, 325.76},
    {"openelm-450m", 106, 45.5, 472.44},       {"qwen1.5-0.5b", 298.75, 192, 879.97},
    {"openelm-1.1b", 140, 84.5, 924.95},       {"pythia-1.4b", 102.25, 384, 1366.27},
    {"phi-1.5", 148, 384, 1390.64},            {"bloom-1.1b", 496, 288, 1714.59},
    {"qwen2-1.5b", 299.75, 56, 1480.61},       {"qwen-1.8b", 300.75, 384, 1872.64},
    {"qwen1.5-1.8b", 300.75, 384, 1849.01},    {"phi-2", 152, 640, 2456.62},
    {"pythia-2.8b", 162, 640, 2513.23},        {"stablelm-zephyr-3b", 152, 640, 2428.94},
};

MemoryPlan survey_plan(const char* id)
{
    Workload workload{.prompt_tokens = 50, .generated_tokens = 50, .context = 2048, .flash_attention = false};
    return llama_memory_plan(load_architecture(id), Precision{}, workload, BackendKind::gpu);
}

}  // namespace

TEST_CASE("KV cache and compute buffer of the survey's runs are reproduced to 0.02 MiB", "[simulator][memory]")
{
    for (const SurveyRow& row : survey) {
        CAPTURE(row.id);
        const MemoryPlan plan = survey_plan(row.id);
        CHECK(plan.kv_cache.value / MiB == Approx(row.kv_cache).margin(0.02).epsilon(0));
        CHECK(plan.compute_buffer.value / MiB == Approx(row.compute_buffer).margin(0.02).epsilon(0));
    }
}

TEST_CASE("the whole memory of the survey's runs is reproduced to 1 %", "[simulator][memory]")
{
    for (const SurveyRow& row : survey) {
        CAPTURE(row.id);
        CHECK(survey_plan(row.id).total().value / MiB == Approx(row.total).epsilon(0.01));
    }
}
