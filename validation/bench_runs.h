#pragma once

#include <filesystem>
#include <map>

#include "validation/bench_models.h"
#include "validation/run_sampling.h"

namespace slimline {

/// Measured runs of one backend with one number of threads (0: it does not say; GPUs always).
struct BenchRuns {
    BackendKind backend = BackendKind::cpu;
    int threads = 0;
    std::string engine_version{};
    std::vector<PlannedModel> plan{};
    Sampling sampling{};
};

struct BenchFile {
    std::vector<BenchRuns> runs{};
    std::map<std::string, int> unused{};  // why, and how many results
};

/// A file that llama-bench printed, in any of its forms, as runs of our architectures. Throws InputError, with the line, for
/// what cannot be read or is no model that is known. A prompt with generated tokens in one time is left out, and said.
BenchFile read_bench_file(const std::string& name, const std::string& text, const ModelNames& names);
BenchFile load_bench_file(const std::filesystem::path& path, const ModelNames& names);

}  // namespace slimline
