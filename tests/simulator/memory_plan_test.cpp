#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "base/units.h"
#include "simulator/llama_buffer.h"
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
    return llama_memory_plan(load_architecture(id), Precision{}, workload, Backend{.kind = BackendKind::gpu});
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

TEST_CASE("compute buffers on a CPU with flash attention are those that llama.cpp 0.5.0 prints", "[simulator][memory]")
{
    // 2,304 positions, 512 tokens at once; MiB.
    const std::vector<std::pair<const char*, double>> printed{
        {"L=18,d=704,h=8,kv=1,hd=64,ffn=2848,V=16384,tied", 34.75}, {"L=29,d=576,h=6,kv=2,hd=96,ffn=1792,V=32768,tied", 66.25},
        {"L=19,d=640,h=8,kv=1,hd=64,ffn=2464,V=49152,tied", 98.5},  {"L=15,d=768,h=6,kv=3,hd=128,ffn=2400,V=32768,tied", 67.0},
        {"L=25,d=640,h=9,kv=3,hd=64,ffn=1632,V=49152,tied", 103.26}, {"L=25,d=640,h=10,kv=10,hd=64,ffn=1728,V=16384,tied", 39.26},
        {"L=4,d=512,h=8,kv=2,hd=64,ffn=4096,V=2048,tied", 30.26},   {"L=3,d=1024,h=16,kv=16,hd=128,ffn=1024,V=1024,tied", 24.26},
        {"L=5,d=768,h=12,kv=4,hd=64,ffn=6144,V=4096,tied", 44.26},  {"L=2,d=2048,h=4,kv=4,hd=32,ffn=512,V=512,tied", 18.51},
        {"amd-llama-135m", 65.5}, {"bloom-560m", 496}, {"cerebras-gpt-111m", 102.66}, {"cerebras-gpt-256m", 104.54}, {"gemma-3-270m", 514.5},
        {"granite-4.0-h-350m", 199}, {"h2o-danube3-500m", 68.5}, {"lfm2-350m", 132}, {"minicpm4-0.5b", 147.46}, {"openelm-270m", 72.26},
        {"openelm-450m", 68.5}, {"pythia-160m", 101.25}, {"pythia-410m", 102.25}, {"qwen2-0.5b", 300.25}, {"qwen3-0.6b", 300.75}, {"smollm-360m", 99.75}};
    for (const auto& [id, mib] : printed) {
        CAPTURE(id);
        const Workload workload{.prompt_tokens = 512, .generated_tokens = 1, .context = 2304};
        const MemoryPlan plan = llama_memory_plan(load_architecture(id), Precision{}, workload, Backend{});
        CHECK(plan.compute_buffer.value / MiB == Approx(mib).margin(0.006).epsilon(0));
    }
}

TEST_CASE("llama.cpp holds again, in another layout, the matrices that a CPU's instruction sets multiply so", "[simulator][memory]")
{
    const Architecture arch = load_architecture("L=2,d=256,h=4,hd=64,ffn=512,V=1024,tied");
    const auto repacked = [&](const Architecture& of, const char* mix, std::vector<InstructionSet> sets) {
        return llama_memory_plan(of, {.weights = mix_named(mix)}, {}, Backend{.instruction_sets = std::move(sets)}).repacked.value;
    };
    using enum InstructionSet;
    // By hand: four products of 256 x 256 and three of 256 x 512 a layer, 18 bytes for 32 numbers; the table has 210 for 256.
    const double layers = 2 * (4 * 256 * 256 + 3 * 256 * 512) * 18.0 / 32;
    CHECK(repacked(arch, "Q4_0", {avx2, avx512}) == layers);
    CHECK(repacked(arch, "Q4_0", {dotprod}) == layers + 1024 * 210);
    CHECK(repacked(arch, "Q4_0", {}) == 0);
    CHECK(repacked(arch, "F16", {avx2, avx512, dotprod, i8mm}) == 0);
    CHECK(repacked(arch, "Q8_0", {avx2}) == 0);
    CHECK(repacked(arch, "Q8_0", {i8mm}) == weight_bytes(arch, mix_named("Q8_0")) - 5 * 256 * 4);  // all but its five norms

    // Rows are taken eight at a time on x86, four on Arm: of 516, the products that end in them are left as they are.
    const Architecture odd = load_architecture("L=2,d=256,h=4,hd=64,ffn=516,V=1024,tied");
    const double attention = 2 * 4 * 256 * 256 * 18.0 / 32;
    CHECK(repacked(odd, "Q4_0", {avx2}) == Approx(attention));  // rows of 516 numbers are no whole blocks: another format
    CHECK(repacked(odd, "Q4_0", {dotprod}) > attention + 2 * 2 * 256 * 516 * 18.0 / 32);

    CHECK(repacked(arch, "Q2_K", {avx2}) < repacked(arch, "Q2_K", {avx2, avx512}));
    CHECK(repacked(arch, "Q4_K_S", {avx2}) > 0);
    CHECK(repacked(arch, "Q5_K_S", {avx2}) == 0);
    CHECK(repacked(arch, "Q5_K_S", {dotprod}) > 0);
}

TEST_CASE("a process's peak has no logits that nobody asked for", "[simulator][memory]")
{
    const Architecture arch = load_architecture("qwen2-0.5b");
    const Workload workload{.prompt_tokens = 512, .generated_tokens = 1, .context = 2048, .flash_attention = true};
    const auto [reserved, touched] = llama_buffer(arch, workload, false);
    CHECK(reserved > 4.0 * 512 * arch.vocabulary);
    CHECK(touched < 4.0 * 512 * (3 * 4864 + 6 * 896));  // the FFN's three layers, and the stream
    CHECK(touched > 4.0 * 512 * 3 * 4864);

    // A prompt of a sixteenth of a batch touches about so much; each of eight sequences wants a row of logits.
    Workload short_prompt = workload;
    short_prompt.prompt_tokens = 32;
    CHECK(llama_buffer(arch, short_prompt, false).written < 0.2 * touched);
    short_prompt.batch = 8;
    CHECK(llama_buffer(arch, short_prompt, false).written > 4.0 * 8 * arch.vocabulary);
    CHECK(llama_buffer(arch, short_prompt, false).reserved == reserved);
}

TEST_CASE("the whole memory of the survey's runs is reproduced to 1 %", "[simulator][memory]")
{
    for (const SurveyRow& row : survey) {
        CAPTURE(row.id);
        CHECK(survey_plan(row.id).total().value / MiB == Approx(row.total).epsilon(0.01));
    }
}
