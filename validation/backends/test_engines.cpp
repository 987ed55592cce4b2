#include "validation/backends/test_engines.h"

#include <array>

#include "base/errors.h"
#include "base/text.h"
#include "validation/backends/int4_test_engine.h"
#include "validation/backends/libllama_engine.h"
#include "validation/backends/llama_bench_engine.h"

namespace slimline {

namespace {

struct Entry {
    std::string_view name;
    std::unique_ptr<TestEngine> (*make)();
};

std::unique_ptr<TestEngine> libllama()
{
    return std::make_unique<LibllamaEngine>();
}

std::unique_ptr<TestEngine> llama_bench()
{
    return std::make_unique<LlamaBenchEngine>();
}

constexpr std::array<Entry, 3> engines{{{"int4", int4_test_engine}, {"libllama", libllama}, {"llama-bench", llama_bench}}};

}  // namespace

std::vector<std::string> test_engine_names()
{
    std::vector<std::string> names;
    for (const Entry& each : engines) {
        names.emplace_back(each.name);
    }
    return names;
}

std::unique_ptr<TestEngine> test_engine_named(const std::string& name)
{
    for (const Entry& each : engines) {
        if (each.name == name) {
            return each.make();
        }
    }
    if (name.find('/') != std::string::npos) {
        return std::make_unique<LlamaBenchEngine>(LlamaBenchOptions{.program = name});
    }
    throw InputError("option --backend", "no backend '" + printable(name) + "'", did_you_mean(name, test_engine_names()));
}

}  // namespace slimline
