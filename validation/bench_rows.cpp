#include "validation/bench_rows.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr double most_tokens_of_row = 1e8;

/// ggml's names of what computes: on a processor's cores, on graphics, on neural units.
constexpr std::array cpu_words{"CPU", "BLAS", "ZenDNN", "AMX", "KleidiAI", "llamafile"};
constexpr std::array gpu_words{"CUDA", "ROCm",   "HIP",  "Vulkan", "Metal",  "MTL",
                               "SYCL", "OpenCL", "MUSA", "WebGPU", "Kompute"};
constexpr std::array npu_words{"CANN", "Hexagon", "HTP", "QNN", "OpenVINO"};

template <class List>
bool names_one(const std::vector<std::string>& words, const List& list)
{
    return std::ranges::any_of(words, [&](const std::string& word) {
        return std::ranges::any_of(list, [&](const char* known) { return lower_case(word) == lower_case(known); });
    });
}

BackendKind backend_of(const BenchFields& f)
{
    std::vector<std::string> words = split(f.text("backends"), ',');
    for (std::string& word : words) {
        std::erase(word, ' ');
    }
    const bool on_cpu = f.number("n_gpu_layers", -1, -1e9, 1e9) == 0;  // built for graphics, run without them
    if (names_one(words, npu_words)) {
        return BackendKind::npu;
    }
    if (names_one(words, gpu_words)) {
        return on_cpu ? BackendKind::cpu : BackendKind::gpu;
    }
    if (f.text("backends").empty() || names_one(words, cpu_words)) {
        return BackendKind::cpu;
    }
    throw InputError(f.place, "backend '" + printable(f.text("backends")) + "' is not known",
                     "known are " + joined(std::vector<std::string>(cpu_words.begin(), cpu_words.end()), ", ") + ", " +
                         joined(std::vector<std::string>(gpu_words.begin(), gpu_words.end()), ", "));
}

[[noreturn]] void fail_lacks(const BenchFields& f, const std::string& what)
{
    throw InputError(f.place, "this result has no " + what,
                     "it is not llama-bench's, or of a release that this program does not know");
}

int tokens(const BenchFields& f, const char* name)
{
    return int(f.number(name, 0, 0, most_tokens_of_row));
}

double seconds_of(const BenchFields& f, double all_tokens)
{
    for (const char* name : {"least_ns", "avg_ns"}) {
        if (const double ns = f.number(name, 0, 0, 1e16); ns > 0) {
            return ns * 1e-9;
        }
    }
    const double speed = f.number("avg_ts", 0, 0, 1e9);
    return speed > 0 ? all_tokens / speed : 0;
}

std::string text_or(const BenchFields& f, const char* name, const std::string& fallback)
{
    return f.text(name).empty() ? fallback : f.text(name);
}

BenchRow row_of(const BenchFields& f)
{
    BenchRow row{.place = f.place, .model = f.text("model_type"), .file = f.text("model_filename")};
    row.size = f.number("model_size", 0, 0, 1e16);
    row.parameters = f.number("model_n_params", 0, 0, 1e15);
    row.backend = backend_of(f);
    row.build = f.text("build_commit");
    row.prompt = tokens(f, "n_prompt");
    row.generated = tokens(f, "n_gen");
    row.depth = tokens(f, "n_depth");
    row.threads = int(f.number("n_threads", 0, 0, 4096));
    row.chunk = int(f.number("n_ubatch", 512, 1, 1 << 24));
    row.key_type = text_or(f, "type_k", "f16");
    row.value_type = text_or(f, "type_v", "f16");
    row.seconds = seconds_of(f, double(row.prompt) + row.generated);
    if (row.model.empty() && row.file.empty()) {
        fail_lacks(f, "model");
    }
    if (row.prompt + row.generated < 1) {
        fail_lacks(f, "'n_prompt' or 'n_gen' above 0");
    }
    if (!(row.seconds > 0)) {
        fail_lacks(f, "time or speed above 0 ('samples_ns', 'avg_ns', 'avg_ts', 't/s')");
    }
    return row;
}

}  // namespace

std::vector<BenchRow> bench_rows(const std::vector<BenchFields>& results)
{
    std::vector<BenchRow> rows;
    std::ranges::transform(results, std::back_inserter(rows), row_of);
    return rows;
}

}  // namespace slimline
