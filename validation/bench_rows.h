#pragma once

#include <string>
#include <vector>

#include "hwmodels/device.h"
#include "validation/bench_fields.h"

namespace slimline {

/// One measured speed of llama-bench. Zero and "" mean: it does not say.
struct BenchRow {
    std::string place{};  // file and line
    std::string model{};  // as llama.cpp describes it: "qwen2 1B Q4_K - Medium"
    std::string file{};   // of the model, as it was named
    double size = 0;      // bytes
    double parameters = 0;
    BackendKind backend = BackendKind::cpu;
    std::string build{};
    int prompt = 0;
    int generated = 0;
    int depth = 0;
    int threads = 0;
    int chunk = 512;
    std::string key_type = "f16";
    std::string value_type = "f16";
    double seconds = 0;  // of the whole test
};

/// Throws InputError, with the line, where a result lacks what every release says (a model, n_prompt, n_gen, a time or speed)
/// or has a number out of range.
std::vector<BenchRow> bench_rows(const std::vector<BenchFields>& results);

}  // namespace slimline
