#include "validation/backends/libllama_engine.h"

#include "archspace/weight_format.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"
#include "validation/backends/child_process.h"
#include "validation/backends/llama_installation.h"
#include "validation/backends/temporary_model.h"

namespace slimline {

namespace {

/// One host process, asked and answering a line at a time.
class HostLink {
 public:
    HostLink(const LibllamaOptions& options, std::vector<int> descriptors)
        : timeout_(options.timeout),
          child_({llama::host_program(), {options.folder.string()}, std::move(descriptors), true}),
          greeting_(answer())
    {
    }

    const Json& greeting() const { return greeting_.root; }

    Json ask(const Json& request)
    {
        if (!child_.send(request.dump() + "\n")) {
            fail_ended();
        }
        return answer().root;
    }

 private:
    [[noreturn]] void fail_ended()
    {
        const int status = child_.finish(ChildProcess::Clock::now() + std::chrono::seconds(5));
        throw InputError("llama.cpp", "its process ended (" + words_of_status(status) + ")" + last_words());
    }

    std::string last_words() const
    {
        const std::vector<std::string> lines = split(child_.errors(), '\n');
        for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
            if (!line->empty()) {
                return ": " + printable(*line, 200);
            }
        }
        return {};
    }

    JsonDocument answer()
    {
        std::string line;
        switch (child_.next_line(line, ChildProcess::Clock::now() + timeout_)) {
            case ChildProcess::Read::end: fail_ended();
            case ChildProcess::Read::timeout:
                child_.kill();
                throw InputError("llama.cpp", "did not answer in " + std::to_string(timeout_.count()) + " s",
                                 "choose a smaller model or run, or a longer time limit");
            case ChildProcess::Read::line: break;
        }
        JsonDocument document = parse_json("answer of slimline-llama-host", std::move(line));
        if (document.root.is_object() && document.root.contains("error")) {
            throw InputError("", document.root.value("error", "an error without words"));
        }
        return document;
    }

    std::chrono::seconds timeout_;
    ChildProcess child_;
    JsonDocument greeting_;
};

double figure(const Json& answer, const char* key)
{
    const auto found = answer.find(key);
    if (found == answer.end() || !found->is_number()) {
        throw InputError("llama.cpp", std::string("its answer has no number '") + key + "'");
    }
    return found->get<double>();
}

Json load_request(const std::filesystem::path& path, Format kv_cache, int context, int chunk)
{
    return {{"do", "load"},
            {"model", path.string()},
            {"kv_cache_type", info(kv_cache).ggml_type},
            {"context", context},
            {"chunk", chunk}};
}

class LibllamaModel final : public LoadedModel {
 public:
    LibllamaModel(const LibllamaOptions& options, const TestModel& model)
        : file_(model), host_(options, {file_.descriptor()})
    {
        host_.ask(load_request(file_.path(), model.kv_cache, model.context, model.chunk));
    }

    double run(const TestCase& test) override
    {
        return figure(host_.ask({{"do", "run"},
                                 {"phase", test.phase == Phase::decode ? "decode" : "prefill"},
                                 {"tokens", test.tokens},
                                 {"past", test.past},
                                 {"threads", test.threads},
                                 {"batch", test.batch}}),
                      "seconds");
    }

    PrintedMemory memory() const override
    {
        const Json answer = host_.ask({{"do", "memory"}});
        return {.weights = figure(answer, "weights"),
                .kv_cache = figure(answer, "kv_cache") + figure(answer, "recurrent"),
                .compute = figure(answer, "compute"),
                .repacked = figure(answer, "repacked"),
                .resident = figure(answer, "resident")};
    }

 private:
    TemporaryModel file_;
    mutable HostLink host_;
};

}  // namespace

LibllamaEngine::LibllamaEngine(LibllamaOptions options) : options_(std::move(options))
{
    if (options_.folder.empty()) {
        const llama::Installation found = llama::installation();
        if (!found.present) {
            throw InputError("llama.cpp", "is not installed", "run 'slimline backend install llama.cpp'");
        }
        options_.folder = found.folder;
    }
    const HostLink host(options_, {});
    const std::string system = host.greeting().value("system", "");
    version_ = host.greeting().value("version", "") + " (libllama; " + printable(system, 200) + ")";
}

LibllamaEngine::~LibllamaEngine() = default;

std::unique_ptr<LoadedModel> LibllamaEngine::load(const TestModel& model)
{
    return std::make_unique<LibllamaModel>(options_, model);
}

std::vector<std::vector<float>> LibllamaEngine::logits(const std::filesystem::path& gguf, const std::vector<int>& tokens)
{
    HostLink host(options_, {});
    host.ask(load_request(gguf, Format::f16, int(tokens.size()), 512));
    const Json answer = host.ask({{"do", "logits"}, {"tokens", tokens}, {"threads", 1}});
    return answer.at("logits").get<std::vector<std::vector<float>>>();
}

}  // namespace slimline
