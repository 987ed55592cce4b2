#include "validation/backends/llama_bench_engine.h"

#include <algorithm>
#include <cmath>

#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/resident_memory.h"
#include "base/text.h"
#include "validation/backends/child_process.h"
#include "validation/backends/llama_log.h"
#include "validation/backends/temporary_model.h"

namespace slimline {

namespace {

constexpr std::string_view output_name = "output of llama-bench";

std::optional<double> number(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

int whole(const Json& object, const char* key)
{
    const std::optional<double> value = number(object, key);
    if (!value || !(*value >= 0 && *value <= 1e9) || *value != std::floor(*value)) {
        throw InputError(std::string(output_name), std::string("a result has no '") + key + "'",
                         "it is not llama-bench's, or of a release that this program does not know");
    }
    return int(*value);
}

double seconds_of(const Json& object)
{
    double nanoseconds = number(object, "avg_ns").value_or(0);
    const auto samples = object.find("samples_ns");
    if (samples != object.end() && samples->is_array()) {
        double least = INFINITY;
        for (const Json& each : *samples) {
            least = std::min(least, each.is_number() ? each.get<double>() : INFINITY);
        }
        nanoseconds = std::isfinite(least) ? least : nanoseconds;
    }
    if (!(nanoseconds > 0 && nanoseconds < 1e15)) {
        throw InputError(std::string(output_name), "a result has neither 'samples_ns' nor 'avg_ns'",
                         "it is not llama-bench's, or of a release that this program does not know");
    }
    return nanoseconds * 1e-9;
}

std::string text_or(const Json& object, const char* key, const std::string& fallback)
{
    const auto found = object.find(key);
    return found == object.end()   ? fallback
           : found->is_string()    ? printable(found->get<std::string>(), 40)
           : found->is_number()    ? found->dump()
                                   : fallback;
}

/// "" or ": " and the last line that has something to say.
std::string last_words(const std::string& errors)
{
    const std::vector<std::string> lines = split(errors, '\n');
    const auto last = std::find_if(lines.rbegin(), lines.rend(), [](const std::string& line) { return !line.empty(); });
    return last == lines.rend() ? std::string() : ": " + printable(*last, 200);
}

struct BenchRun {
    LlamaBenchResult result;
    llama::BufferSizes buffers;
    double resident = 0;
};

class LlamaBenchModel final : public LoadedModel {
 public:
    LlamaBenchModel(const LlamaBenchOptions& options, const TestModel& model)
        : options_(options), model_(model), file_(model)
    {
    }

    double run(const TestCase& test) override
    {
        last_ = bench(test);
        return last_.result.seconds / std::max(1, test.phase == Phase::decode ? test.tokens : 1);
    }

    PrintedMemory memory() const override
    {
        return {.weights = last_.result.model_bytes,
                .kv_cache = last_.buffers.kv_cache + last_.buffers.recurrent,
                .compute = last_.buffers.compute,
                .repacked = last_.buffers.repacked,
                .resident = last_.resident};
    }

    const std::string& build() const { return last_.result.build; }

 private:
    ChildCommand command(const TestCase& test) const
    {
        const bool decode = test.phase == Phase::decode;
        const std::string cache = lower_case(info(model_.kv_cache).name);
        std::vector<std::string> words{"-m", file_.path().string(), "-o", "jsonl", "-r", "1", "-v",
                                       "-t", std::to_string(test.threads),
                                       "-p", decode ? "0" : std::to_string(test.tokens),
                                       "-n", decode ? std::to_string(test.tokens) : "0",
                                       "-ub", std::to_string(model_.chunk), "-ctk", cache, "-ctv", cache, "-ngl", "0"};
        if (test.past > 0) {
            words.insert(words.end(), {"-d", std::to_string(test.past)});
        }
        // A build for GPUs would still multiply prompts there.
        return {.program = options_.program,
                .arguments = words,
                .descriptors = {file_.descriptor()},
                .ends_with_us = true,
                .environment = {"CUDA_VISIBLE_DEVICES=-1", "HIP_VISIBLE_DEVICES=-1"}};
    }

    BenchRun bench(const TestCase& test)
    {
        if (test.batch != 1) {
            throw InputError("llama-bench", "runs one sequence at a time", "choose libllama or int4 for batches");
        }
        const auto deadline = ChildProcess::Clock::now() + options_.timeout;
        ChildProcess child(command(test));
        BenchRun run;
        bool found = false;
        std::string line;
        ChildProcess::Read state{};
        while ((state = child.next_line(line, deadline)) == ChildProcess::Read::line) {
            run.resident = std::max(run.resident, resident_memory(child.id()).peak);
            if (const auto result = llama_bench_result(line); result && fits(*result, test)) {
                run.result = *result;
                found = true;
            }
        }
        if (state == ChildProcess::Read::timeout) {
            throw InputError("llama-bench", "was not done in " + std::to_string(options_.timeout.count()) + " s",
                             "choose a smaller model or run, or a longer time limit");
        }
        const int status = child.finish(deadline);
        if (!found) {
            throw InputError("llama-bench", "ended (" + words_of_status(status) + ") without a result" +
                                                last_words(child.errors()),
                             "check it by hand with a model of 'slimline export-gguf'");
        }
        run.buffers = llama::buffer_sizes(child.errors());
        return run;
    }

    /// Whether it is the result of what was asked for, and not of something else that it runs by default.
    static bool fits(const LlamaBenchResult& result, const TestCase& test)
    {
        const bool decode = test.phase == Phase::decode;
        return result.prompt_tokens == (decode ? 0 : test.tokens) && result.generated_tokens == (decode ? test.tokens : 0) &&
               result.threads == test.threads && result.depth == test.past;
    }

    LlamaBenchOptions options_;
    TestModel model_;
    TemporaryModel file_;
    BenchRun last_{};
};

}  // namespace

std::optional<LlamaBenchResult> llama_bench_result(std::string_view line)
{
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || line[begin] != '{') {
        return std::nullopt;
    }
    const JsonDocument document = parse_json(std::string(output_name), std::string(line));
    const Json& object = document.root;
    LlamaBenchResult result;
    result.prompt_tokens = whole(object, "n_prompt");
    result.generated_tokens = whole(object, "n_gen");
    result.threads = whole(object, "n_threads");
    result.depth = number(object, "n_depth") ? whole(object, "n_depth") : 0;
    result.seconds = seconds_of(object);
    result.model_bytes = std::max(0.0, number(object, "model_size").value_or(0));
    result.build = text_or(object, "build_commit", "unknown") + " (" + text_or(object, "build_number", "?") + ")";
    return result;
}

LlamaBenchEngine::LlamaBenchEngine(LlamaBenchOptions options) : options_(std::move(options))
{
    const TestModel tiny{.arch = inline_architecture("L=1,d=64,h=2,ffn=64,V=300,tied"), .context = 256};
    LlamaBenchModel model({options_.program, std::min(options_.timeout, std::chrono::seconds(60))}, tiny);
    model.run({.phase = Phase::decode, .tokens = 1});
    version_ = model.build() + " (llama-bench)";
}

std::unique_ptr<LoadedModel> LlamaBenchEngine::load(const TestModel& model)
{
    return std::make_unique<LlamaBenchModel>(options_, model);
}

}  // namespace slimline
