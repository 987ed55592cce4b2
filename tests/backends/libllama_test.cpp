// llama.cpp's own library on files that we write. Runs where it is installed ('slimline backend install llama.cpp');
// says so and passes elsewhere.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "archspace/architecture_json.h"
#include "archspace/gguf_export.h"
#include "archspace/gguf_writer.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/new_file.h"
#include "llama_installed.h"
#include "tests/support/complaint.h"
#include "tests/support/shrunken.h"
#include "validation/backends/libllama_engine.h"
#include "validation/backends/llama_installation.h"
#include "validation/engine/gguf_model.h"
#include "validation/engine/int4_engine.h"
#include "validation/run_sampling.h"

using namespace slimline;

namespace {

/// An exported model for as long as it is needed.
struct GgufOnDisk {
    GgufOnDisk(const Architecture& arch, const std::string& mix)
        : path(std::filesystem::temp_directory_path() / ("slimline-test-" + std::to_string(::getpid()) + ".gguf"))
    {
        NewFile file(path);
        export_gguf(arch, mix_named(mix), 1, [&](std::span<const std::byte> piece) { file.write(piece); });
        file.keep();
    }
    ~GgufOnDisk()
    {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }
    GgufOnDisk(const GgufOnDisk&) = delete;
    GgufOnDisk& operator=(const GgufOnDisk&) = delete;

    std::filesystem::path path;
};

}  // namespace

TEST_CASE("llama.cpp loads and runs every kind of model that we write", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    std::map<std::string, int> kinds;
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = shrunken(load_architecture(id));
        if (!complaint([&] { gguf_architecture_name(arch); }).empty()) {
            continue;
        }
        const std::string kind = gguf_architecture_name(arch);
        CAPTURE(id, kind);
        ++kinds[kind];
        CHECK(complaint([&] {
                  const auto model = engine.load({.arch = arch, .context = 256, .chunk = 64});
                  CHECK(model->run({.phase = Phase::prefill, .tokens = 40}) > 0);
                  CHECK(model->run({.phase = Phase::decode, .tokens = 2, .past = 20}) > 0);
              }) == "");
    }
    CHECK(kinds.size() >= 25);
}

namespace {

struct Difference {
    double error = 0;            // relative, L2 over the vocabulary: the largest of all tokens
    double cosine = 1;           // the smallest
    std::vector<double> errors;  // of each token
};

Difference difference(const std::vector<std::vector<float>>& theirs, const std::vector<std::vector<float>>& ours)
{
    Difference worst;
    for (std::size_t t = 0; t < theirs.size(); ++t) {
        double off = 0;
        double size = 0;
        double our_size = 0;
        double product = 0;
        for (std::size_t i = 0; i < theirs[t].size(); ++i) {
            const double x = theirs[t][i];
            const double y = ours[t][i];
            off += (x - y) * (x - y);
            size += x * x;
            our_size += y * y;
            product += x * y;
        }
        worst.errors.push_back(std::sqrt(off / size));
        worst.error = std::max(worst.error, worst.errors.back());
        worst.cosine = std::min(worst.cosine, product / std::sqrt(size * our_size));
    }
    return worst;
}

}  // namespace

namespace {

/// Both round activations to 8 bit (Q8_0, blocks of 32) before each product, but what they round differs in its last
/// bits (half-precision sums and tables there), so that their roundings are as good as independent: each has a deviation
/// of 2.2 / 127 / sqrt(12) of its input (2.2: the largest of 32 normal numbers), and their squares add up. Half as much
/// again for the worst of 200 tokens.
double tolerance_of_roundings(const Architecture& arch)
{
    const double one = 2.2 / 127 / std::sqrt(12.0);
    return 1.5 * std::sqrt(2.0) * one * std::sqrt(1 + 4.0 * double(arch.layers.size()));
}

std::vector<int> two_hundred_tokens()
{
    std::vector<int> tokens;
    for (int i = 0; i < 200; ++i) {
        tokens.push_back((7 + 31 * i) % 320);
    }
    return tokens;
}

bool has_experts(const Architecture& arch)
{
    return arch.blocks.back().ffn && arch.blocks.back().ffn->experts > 0;
}

/// The same with every expert running for every token: no choice between nearly equal scores, which the last bits of a
/// sum decide (and they differ between instruction sets), so that its logits can be held to the formats' tolerance.
Architecture with_all_experts(Architecture arch)
{
    for (Block& block : arch.blocks) {
        if (block.ffn && block.ffn->experts > 0) {
            block.ffn->active = block.ffn->experts;
        }
    }
    return arch;
}

double share_within(const std::vector<double>& errors, double tolerance)
{
    return double(std::count_if(errors.begin(), errors.end(), [&](double e) { return e <= tolerance; })) /
           double(errors.size());
}

/// One small model of each kind, dense and with experts, that both engines run.
std::vector<Architecture> one_of_each_kind()
{
    std::vector<Architecture> all;
    std::set<std::string> seen;
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = shrunken(load_architecture(id));
        if (!complaint([&] { gguf_architecture_name(arch); }).empty()) {
            continue;
        }
        const GgufOnDisk file(arch, "Q8_0");
        const bool runs = complaint([&] {
                              engine::require_runnable(arch, Format::f16);
                              engine::open_gguf_model(file.path);
                          }).empty();
        if (runs && seen.insert(gguf_architecture_name(arch) + (has_experts(arch) ? " with experts" : "")).second) {
            all.push_back(arch);
        }
    }
    return all;
}

Difference difference_on(const Architecture& arch, const std::string& mix)
{
    const std::vector<int> tokens = two_hundred_tokens();
    const GgufOnDisk file(arch, mix);
    engine::Int4Engine ours(engine::open_gguf_model(file.path), {.context = 256});
    std::vector<std::vector<float>> rows;
    for (const int token : tokens) {
        const auto row = ours.decode({&token, 1});
        rows.emplace_back(row.begin(), row.begin() + arch.vocabulary);
    }
    return difference(LibllamaEngine().logits(file.path, tokens), rows);
}

}  // namespace

TEST_CASE("our engine's logits are llama.cpp's on the same file, 200 tokens of every kind", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    const std::vector<Architecture> kinds = one_of_each_kind();
    CHECK(kinds.size() >= 20);
    for (const Architecture& kind : kinds) {
        const Architecture arch = with_all_experts(kind);
        CAPTURE(arch.id, gguf_architecture_name(arch));
        const Difference exact = difference_on(arch, "F16");
        CAPTURE(exact.error);
        CHECK(exact.error <= 2e-2);
        CHECK(exact.cosine >= 0.999);
        const Difference rounded = difference_on(arch, "Q4_0");
        if (std::getenv("SLIMLINE_SHOW") != nullptr) {
            std::cout << gguf_architecture_name(arch) << " " << arch.id << "  F16 " << exact.error << " "
                      << exact.cosine << "  Q4_0 " << rounded.error << " " << rounded.cosine << "\n";
        }
        CHECK(rounded.error <= tolerance_of_roundings(arch));
        CHECK(rounded.cosine >= 0.999);
    }
}

TEST_CASE("our engine sends tokens to the experts that llama.cpp sends them to", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    for (const Architecture& arch : one_of_each_kind()) {
        if (has_experts(arch)) {
            CAPTURE(arch.id);
            const Difference exact = difference_on(arch, "F16");
            // a token whose last and next expert tie but for a rounding may go either way, and later ones attend to it
            CHECK(share_within(exact.errors, 2e-2) >= 0.9);
        }
    }
}

TEST_CASE("damaged GGUF files are refused in words, wherever they are cut or changed", "[backends][engine]")
{
    const Architecture arch = shrunken(load_architecture("smollm2-135m"));
    const GgufOnDisk file(arch, "Q4_0");
    const std::string whole = read_file(file.path);
    const auto says = [&](const std::string& content) {
        write_file(file.path, content);
        return complaint([&] { engine::Int4Engine(engine::open_gguf_model(file.path), {.context = 32}); });
    };
    CHECK(says(whole) == "");
    CHECK_THAT(says(whole.substr(0, whole.size() - 100)), Catch::Contains("ends behind the file's end"));
    CHECK(says(whole.substr(0, 2000)) != "");
    unsigned random = 1;
    for (int i = 0; i < 60; ++i) {
        std::string changed = whole;
        random = random * 1664525u + 1013904223u;
        changed[random / 7 % 6000] = char(random >> 24);
        says(changed);
    }
}

TEST_CASE("what is in llama.cpp's cache before a run is made up for plain models, and otherwise read once", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    for (const std::string id : {"smollm-135m", "gemma-3-1b", "granite-4.0-h-1b"}) {  // also windows and states
        CAPTURE(id);
        const Architecture arch = shrunken(load_architecture(id));
        const auto model = engine.load({.arch = arch, .context = 2048});
        const auto seconds = [&](const TestCase& test) {
            const double start = engine.now();
            CHECK(model->run(test) > 0);
            return engine.now() - start;
        };
        const double reading = seconds({.phase = Phase::prefill, .tokens = 2000});
        seconds({.past = 100});
        const double first = seconds({.past = 2000});
        double again = first;
        for (int i = 0; i < 3; ++i) {
            seconds({.past = 100});
            again = std::min(again, seconds({.past = 2000}));
        }
        CHECK(again < 0.7 * reading);
        CHECK((first < 0.7 * reading || id != "smollm-135m"));
    }
}

namespace {

/// Processes that this one started.
std::vector<pid_t> children()
{
    std::vector<pid_t> found;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream list(task.path() / "children");
        for (pid_t pid = 0; list >> pid;) {
            found.push_back(pid);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("llama.cpp killed or hanging is one clear line, and nothing is left of it", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine({.folder = {}, .timeout = std::chrono::seconds(2)});
    const TestModel tiny{.arch = shrunken(load_architecture("smollm-135m")), .context = 256};
    for (const auto& [signal, words] :
         {std::pair{SIGKILL, "its process ended (killed by signal 9 (Killed))"},
          std::pair{SIGABRT, "its process ended (killed by signal 6"}, std::pair{SIGSTOP, "did not answer in 2 s"}}) {
        const auto model = engine.load(tiny);
        CHECK(model->run({.tokens = 1}) > 0);
        const std::vector<pid_t> hosts = children();
        REQUIRE(hosts.size() == 1);
        REQUIRE(::kill(hosts.front(), signal) == 0);
        const std::string why = complaint([&] { model->run({.tokens = 1}); });
        CHECK_THAT(why, Catch::Contains(words));
        CHECK(std::ranges::count(why, '\n') == 0);
        CHECK_FALSE(complaint([&] { model->run({.tokens = 1}); }).empty());
    }
    CHECK(children().empty());
    CHECK(engine.load(tiny)->run({.tokens = 1}) > 0);
}

TEST_CASE("a sampling keeps what it has of other models when llama.cpp is killed under one", "[backends][libllama]")
{
    if (!llama::installed()) {
        return;
    }
    LibllamaEngine engine;
    std::vector<PlannedModel> plan;
    for (int i = 0; i < 2; ++i) {
        plan.push_back({{.arch = shrunken(load_architecture("smollm-135m")), .context = 256}, {{.tokens = 1}}});
    }
    bool killed = false;
    Watcher watcher;
    watcher.progress = [&](const std::string& what, double) {
        if (!killed && what.starts_with("round 2")) {
            killed = true;
            ::kill(children().front(), SIGKILL);
        }
    };
    const Sampling s = sample(engine, plan, 0, 3, watcher);
    CHECK(killed);
    CHECK(s.cases.size() == 2);  // what was measured before is kept
    REQUIRE(s.failures.size() == 1);
    CHECK_THAT(s.failures.front(), Catch::Contains("its process ended"));
    CHECK(std::ranges::any_of(s.cases, [](const SampledCase& each) { return each.seconds.size() == 3; }));
}
