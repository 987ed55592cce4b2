#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

#include "validation/backends/test_engine.h"

namespace slimline {

/// One line of `llama-bench -o jsonl`.
struct LlamaBenchResult {
    int prompt_tokens = 0;
    int generated_tokens = 0;
    int threads = 0;
    int depth = 0;         // 0 where it does not say: older ones know none
    double seconds = 0;    // the least of its samples, else their mean
    double model_bytes = 0;
    std::string build;     // commit and number
};

/// nullopt for what is no JSON object. Throws InputError for one without what every release has said: n_prompt, n_gen,
/// n_threads, and samples_ns or avg_ns. All other fields differ between releases and may be missing.
std::optional<LlamaBenchResult> llama_bench_result(std::string_view line);

struct LlamaBenchOptions {
    std::filesystem::path program = "llama-bench";  // a path, or a name on PATH
    std::chrono::seconds timeout{600};              // for one run
};

/// A person's own build of llama.cpp, driven through llama-bench on models that are exported for it. Runs on the CPU, also
/// where the build knows GPUs.
class LlamaBenchEngine final : public TestEngine {
 public:
    /// Runs a tiny model once. Throws InputError when there is no such program or it is not llama-bench.
    explicit LlamaBenchEngine(LlamaBenchOptions options = {});

    std::string name() const override { return "llama.cpp"; }
    std::string version() const override { return version_; }
    std::unique_ptr<LoadedModel> load(const TestModel& model) override;
    bool computes_past() const override { return true; }

 private:
    LlamaBenchOptions options_;
    std::string version_;
};

}  // namespace slimline
