// Full predictions (prefill, decode, energy, memory) a second on one core, over a space of a million dense and
// mixture-of-experts designs, for a CPU and a GPU device; and one full predict() for comparison.
#include <vector>

#include <benchmark/benchmark.h>

#include "hwmodels/calibration_choice.h"
#include "hwmodels/device_json.h"
#include "simulator/batch_evaluator.h"
#include "simulator/predict.h"

using namespace slimline;

namespace {

std::vector<UniformDesign> space()
{
    std::vector<UniformDesign> designs;
    for (int layers = 6; layers <= 48; ++layers) {
        for (int d = 512; d <= 3072; d += 128) {
            for (const int head_dim : {64, 128}) {
                const int heads = d / head_dim;
                for (const int group : {1, 2, 4, 8}) {
                    if (heads % group != 0) {
                        continue;
                    }
                    for (const int ratio : {2, 3, 4, 5, 6, 8}) {
                        for (const int vocabulary : {32000, 49152, 65536, 128256, 151936}) {
                            for (const bool tied : {true, false}) {
                                UniformDesign design{layers, d, heads, heads / group, head_dim, d * ratio / 2, vocabulary, 0, 0, tied};
                                designs.push_back(design);
                                for (const auto& [experts, active] : {std::pair{8, 2}, {16, 1}, {32, 4}}) {
                                    design.experts = experts;
                                    design.active = active;
                                    designs.push_back(design);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    return designs;
}

void full_predictions(benchmark::State& state, const char* device_id, BackendKind kind)
{
    const Device device = load_device(device_id);
    const BatchEvaluator evaluator(device, *find_backend(device, kind), Precision{}, Workload{}, Engine::llama_cpp,
                                   best_calibration(device, kind, "llama.cpp"));
    const std::vector<UniformDesign> designs = space();
    std::vector<Objectives> results(designs.size());
    for (auto _ : state) {
        evaluator.evaluate(designs, results);
        benchmark::DoNotOptimize(results.data());
    }
    state.SetItemsProcessed(std::int64_t(state.iterations()) * std::int64_t(designs.size()));
    state.counters["designs"] = double(designs.size());
}

void one_predict(benchmark::State& state)
{
    const Device device = load_device("jetson-orin-nx-16gb");
    const Architecture arch = architecture_of({24, 2048, 16, 4, 128, 5632, 32000, 0, 0, true});
    const Calibration calibration = best_calibration(device, BackendKind::gpu, "llama.cpp");
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            predict(arch, Precision{}, device, BackendKind::gpu, Workload{}, Engine::llama_cpp, calibration));
    }
}

}  // namespace

BENCHMARK_CAPTURE(full_predictions, jetson_gpu, "jetson-orin-nx-16gb", BackendKind::gpu)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(full_predictions, phone_cpu, "meizu-18-pro", BackendKind::cpu)->Unit(benchmark::kMillisecond);
BENCHMARK(one_predict)->Unit(benchmark::kMicrosecond);
