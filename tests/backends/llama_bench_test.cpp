// llama-bench as it may be found: stand-ins that answer well, badly, or not at all.

#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "archspace/gguf_export.h"
#include "archspace/inline_architecture.h"
#include "base/files.h"
#include "base/new_file.h"
#include "tests/support/complaint.h"
#include "validation/backends/child_process.h"
#include "validation/backends/llama_bench_engine.h"
#include "validation/backends/llama_log.h"

using namespace slimline;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for temporary files, so that what is left behind is seen.
struct Folder {
    Folder() : path(fs::temp_directory_path() / ("slimline-bench-test-" + std::to_string(::getpid())))
    {
        fs::create_directories(path / "tmp");
        ::setenv("TMPDIR", (path / "tmp").c_str(), 1);
    }
    ~Folder()
    {
        ::unsetenv("TMPDIR");
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// A program of shell commands in which $p, $n, $t and $d are what was asked for, and `say` prints a result.
    fs::path program(const std::string& commands) const
    {
        const fs::path file = path / "llama-bench";
        write_file(file, R"(#!/bin/sh
p=0 n=0 t=1 d=0
while [ $# -gt 0 ]; do
  case $1 in -m) m=$2;; -p) p=$2;; -n) n=$2;; -t) t=$2;; -d) d=$2;; esac
  shift
done
say() {
  echo "{\"build_commit\": \"abc\", \"build_number\": 7, \"n_prompt\": $p, \"n_gen\": $n, \"n_threads\": $t, \"n_depth\": $d, \"model_size\": 1234, \"samples_ns\": [8000000, 4000000]}"
}
)" + commands + "\n");
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }
    bool clean() const { return fs::is_empty(path / "tmp"); }

    fs::path path;
};

TestModel tiny()
{
    return {.arch = inline_architecture("L=1,d=64,h=2,ffn=64,V=300,tied"), .context = 256};
}

std::string complaint_of(const fs::path& program)
{
    return complaint([&] { LlamaBenchEngine({program, std::chrono::seconds(2)}).load(tiny())->run({.tokens = 2}); });
}

}  // namespace

TEST_CASE("llama-bench gets a whole model, and its best sample a token is the time", "[backends][llama-bench]")
{
    const Folder folder;
    LlamaBenchEngine engine({folder.program(R"(head -c 4 "$m" >&2; echo >&2
echo 'llama_context:        CPU compute buffer size =    12.50 MiB' >&2
say)"), std::chrono::seconds(5)});
    CHECK(engine.version() == "abc (7) (llama-bench)");
    const auto model = engine.load(tiny());
    CHECK(model->run({.phase = Phase::decode, .tokens = 4, .past = 100, .threads = 2}) == Approx(1e-3));
    CHECK(model->run({.phase = Phase::prefill, .tokens = 64}) == Approx(4e-3));
    CHECK(model->memory().weights == 1234);
    CHECK(model->memory().compute == 12.5 * 1024 * 1024);
    CHECK_THAT(complaint([&] { model->run({.batch = 2}); }), Catch::Contains("one sequence at a time"));
    CHECK(folder.clean());
}

TEST_CASE("each way in which llama-bench fails is one clear line, and nothing is left", "[backends][llama-bench]")
{
    const Folder folder;
    using Catch::Contains;
    CHECK_THAT(complaint_of(folder.path / "no-such-program"), Contains("cannot be started (No such file or directory)"));
    CHECK_THAT(complaint_of(folder.program("kill -9 $$")), Contains("killed by signal 9 (Killed)) without a result"));
    CHECK_THAT(complaint_of(folder.program("echo 'error: bad magic' >&2; exit 1")),
               Contains("exit status 1) without a result: error: bad magic"));
    CHECK_THAT(complaint_of(folder.program("head -c 3000 /dev/urandom")),
               Contains("without a result") || Contains("is not valid JSON"));
    CHECK_THAT(complaint_of(folder.program("say | head -c 60")), Contains("output of llama-bench"));
    CHECK_THAT(complaint_of(folder.program("echo '{\"n_prompt\": 0}'")), Contains("has no 'n_gen'"));
    CHECK_THAT(complaint_of(folder.program("n=99; say")), Contains("without a result"));
    CHECK_THAT(complaint_of(folder.program("exec sleep 30")), Contains("was not done in 2 s"));
    CHECK(folder.clean());
}

TEST_CASE("a disk or a limit that is too small for the model is one clear line, and nothing is left", "[backends]")
{
    const Folder folder;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1 << 16, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string said = complaint([&] {
        NewFile file(folder.path / "tmp" / "model.gguf");
        export_gguf(inline_architecture("L=2,d=256,h=4,ffn=512,tied"), mix_named("Q4_0"), 1,
                    [&](std::span<const std::byte> piece) { file.write(piece); });
        file.keep();
    });
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK_THAT(said, Catch::Contains("model.gguf: cannot be written (File too large)"));
    CHECK(folder.clean());
    CHECK_THAT(complaint([&] { require_free_space(folder.path, 1e18); }), Catch::Contains("are needed"));
}

TEST_CASE("buffer sizes are read from a log, and from anything else without harm", "[backends]")
{
    const llama::BufferSizes sizes = llama::buffer_sizes(
        "load_tensors:   CPU_Mapped model buffer size =    10.00 MiB\nload_tensors:   CPU_REPACK model buffer size =     2.50 MiB\n"
        "llama_kv_cache:        CPU KV buffer size =     4.00 MiB\nllama_context:        CPU compute buffer size =     1.25 MiB\n"
        "KV buffer size = x MiB\nKV buffer size =\nKV buffer size = -3 MiB\n");
    constexpr double MiB = 1024 * 1024;
    CHECK(sizes.model == 12.5 * MiB);
    CHECK(sizes.kv_cache == 4 * MiB);
    CHECK(sizes.compute == 1.25 * MiB);
}

TEST_CASE("old releases' results are read: mean instead of samples, no depth", "[backends][llama-bench]")
{
    const auto old = llama_bench_result(R"({"n_prompt": 512, "n_gen": 0, "n_threads": 4, "avg_ns": 2000000000, "flash_attn": true})");
    REQUIRE(old);
    CHECK(old->seconds == Approx(2));
    CHECK(old->depth == 0);
    CHECK_FALSE(llama_bench_result("| model | size |"));
    CHECK_FALSE(llama_bench_result(""));
}
