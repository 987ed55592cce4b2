// The runner as whoever asks it sees it: lines in, lines out.

#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "archspace/inline_architecture.h"
#include "base/files.h"
#include "base/json.h"
#include "validation/runner/runner.h"
#include "validation/sustained/sample.h"

using namespace slimline;
using Catch::Contains;

namespace {

/// Answers to lines, the greeting first.
std::vector<Json> answers(const std::vector<std::string>& lines, const std::filesystem::path& sys = "/nonexistent")
{
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    std::istringstream in(text);
    std::ostringstream out;
    CHECK(runner::serve(in, out, {}, sys) == 0);
    std::vector<Json> all;
    std::istringstream said(out.str());
    for (std::string line; std::getline(said, line);) {
        all.push_back(Json::parse(line));
    }
    return all;
}

std::string load_line(int context = 64)
{
    const Json request{{"do", "load"},
                       {"architecture", to_json(inline_architecture("L=2,d=64,h=2,kv=1,hd=32,ffn=128,V=100,tied"))},
                       {"mix", "Q4_0"},
                       {"context", context},
                       {"chunk", 32}};
    return request.dump();
}

}  // namespace

TEST_CASE("a runner says what it is, loads a model and times it with its stages", "[runner]")
{
    const auto a = answers({load_line(), R"({"do":"run","phase":"prefill","tokens":16})",
                            R"({"do":"run","phase":"decode","tokens":2,"past":16})", R"({"do":"memory"})",
                            R"({"do":"quit"})", R"({"do":"memory"})"});
    REQUIRE(a.size() == 5);  // nothing after quit
    CHECK(a[0]["runner"] == runner::protocol_version);
    CHECK(a[0]["cores"].get<int>() >= 1);
    CHECK(a[1]["weights"].get<double>() > 0);
    for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) {
        const double seconds = a[i]["seconds"];
        double sum = 0;
        for (const Json& stage : a[i]["stages"]) {
            sum += stage.get<double>();
        }
        CHECK(seconds > 0);
        CHECK(sum > 0);
        CHECK(sum <= seconds * 1.01);
    }
    CHECK(a[4]["kv_cache"] == a[1]["kv_cache"]);
}

TEST_CASE("a runner drives a llama-bench of its device, and no other program", "[runner]")
{
    namespace fs = std::filesystem;
    const fs::path program = fs::temp_directory_path() / ("slimline-runner-test-" + std::to_string(::getpid())) / "llama-bench";
    write_file(program, R"sh(#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in -m) m=$2;; -p) p=$2;; -n) n=$2;; -t) t=$2;; -d) d=$2;; esac
  shift
done
[ "$(head -c 4 "$m")" = GGUF ] || exit 3
echo "{\"build_commit\": \"abc\", \"build_number\": 7, \"n_prompt\": $p, \"n_gen\": $n, \"n_threads\": $t, \"n_depth\": ${d:-0}, \"model_size\": 1234, \"samples_ns\": [8000000]}"
)sh");
    fs::permissions(program, fs::perms::owner_all);
    Json load = Json::parse(load_line());
    load["program"] = program.string();
    const Json engine{{"do", "engine"}, {"program", program.string()}};
    const auto a = answers({engine.dump(), load.dump(), R"({"do":"run","phase":"decode","tokens":4,"past":16})",
                            R"({"do":"run","phase":"prefill","tokens":8,"batch":2})", R"({"do":"engine","program":"/bin/sh"})",
                            R"({"do":"engine","program":"/nonexistent/llama-bench"})", R"({"do":"engine"})"});
    fs::remove_all(program.parent_path());
    REQUIRE(a.size() == 8);
    CHECK(a[1]["version"] == "abc (7) (llama-bench)");
    CHECK(a[3]["seconds"] == 0.002);
    CHECK(a[3]["memory"]["weights"] == 1234);
    CHECK_THAT(a[4]["error"].get<std::string>(), Contains("one sequence at a time"));
    CHECK_THAT(a[5]["error"].get<std::string>(), Contains("'/bin/sh' is not llama-bench"));
    CHECK_THAT(a[6]["error"].get<std::string>(), Contains("cannot be started"));
    CHECK_THAT(a[7]["version"].get<std::string>(), Contains("1 ("));
}

TEST_CASE("a runner measures bandwidth and reads what the system says of the processor, and no other file", "[runner]")
{
    CHECK(answers({R"({"do":"products"})"})[1]["flop_per_s"].get<double>() > 1e6);
    const auto a = answers({R"({"do":"bandwidth","bytes":1048576})", R"({"do":"file","path":"/proc/meminfo"})",
                            R"({"do":"file","path":"/etc/passwd"})",
                            R"({"do":"file","path":"/sys/devices/system/cpu/../../../../etc/passwd"})"});
    REQUIRE(a.size() == 5);
    CHECK(a[1]["bytes_per_s"].get<double>() > 1e6);
    CHECK_THAT(a[2]["text"].get<std::string>(), Contains("MemTotal"));
    CHECK(a[3].contains("error"));
    CHECK(a[4].contains("error"));
}

TEST_CASE("a runner says what can be told of its machine, a sample of a long session after the other, and how many there were",
          "[runner][sustained]")
{
    const auto a = answers({load_line(), R"({"do":"sustain","seconds":0.5,"every_s":0.05,"rest_s":0.1,"tokens":4,"past":8,"prompt":16})",
                            R"({"do":"memory"})"});
    REQUIRE(a.size() > 6);
    const JsonDocument sensors{"answer", "", a[2]["sensors"]};
    CHECK(sustained::read_sensor_list(JsonPlace(sensors)).missing.size() == 3);
    std::set<sustained::Doing> done;
    double end_s = 0;
    for (std::size_t i = 3; i + 2 < a.size(); ++i) {
        const JsonDocument document{"answer", "", a[i]["sample"]};
        const sustained::Sample sample = sustained::read_sample(JsonPlace(document));
        CHECK(sample.start_s >= end_s);
        end_s = sample.end_s;
        done.insert(sample.doing);
    }
    CHECK(end_s >= 0.6);
    CHECK(done.size() == 3);
    CHECK(a[a.size() - 2]["samples"] == a.size() - 5);
    CHECK(a.back().contains("weights"));
}

TEST_CASE("a long session that cannot be is refused before its first line", "[runner][sustained]")
{
    for (const char* broken : {R"({"do":"sustain","seconds":1})", R"({"do":"sustain","seconds":-1,"tokens":1})",
                               R"({"do":"sustain","seconds":1e9,"tokens":1})", R"({"do":"sustain","seconds":1,"tokens":1,"every_s":0})",
                               R"({"do":"sustain","seconds":1,"tokens":1,"more":1})", R"({"do":"sustain","seconds":1,"tokens":1,"model":3})",
                               R"({"do":"sustain","seconds":1,"tokens":1,"threads":0})"}) {
        CAPTURE(broken);
        const auto a = answers({load_line(), broken});
        REQUIRE(a.size() == 3);
        CHECK(a[2].contains("error"));
    }
    const auto a = answers({load_line(), R"({"do":"sustain","seconds":1,"tokens":4,"past":64})", R"({"do":"memory"})"});
    CHECK_THAT(a[a.size() - 2]["error"].get<std::string>(), Contains("context"));
    CHECK(a.back().contains("weights"));
}

TEST_CASE("whatever line a runner gets, it answers with an error and goes on", "[runner]")
{
    const std::vector<std::string> broken{
        "",
        "{",
        "[]",
        "null",
        "42",
        "\x01\xff",
        R"({"do":"dance"})",
        R"({"do":1})",
        R"({"do":"memory"})",
        R"({"do":"run","phase":"decode","tokens":1})",
        R"({"do":"load"})",
        R"({"do":"load","architecture":{},"mix":"Q4_0","context":64,"chunk":32})",
        R"({"do":"bandwidth","bytes":1e300})",
        R"({"do":"bandwidth","bytes":-1})",
        R"({"do":"bandwidth","bytes":65536,"cores":[]})",
        R"({"do":"bandwidth","bytes":65536,"cores":[0,0]})",
        R"({"do":"products","cores":[1023]})",
        R"({"do":"products","cores":"all"})",
        R"({"do":"file","path":7})",
        R"({"do":"memory","extra":1})",
    };
    for (const std::string& line : broken) {
        CAPTURE(line);
        const auto a = answers({line, R"({"do":"bandwidth","bytes":65536})"});
        REQUIRE(a.size() == 3);
        CHECK(a[1].contains("error"));
        CHECK(a[2].contains("bytes_per_s"));
    }
    const auto a = answers({load_line(), R"({"do":"run","phase":"decode","tokens":1,"past":64})",
                            R"({"do":"run","phase":"sing","tokens":1})",
                            R"({"do":"run","phase":"prefill","tokens":1,"threads":0})"});
    REQUIRE(a.size() == 5);
    CHECK_THAT(a[2]["error"].get<std::string>(), Contains("context"));
    CHECK_THAT(a[3]["error"].get<std::string>(), Contains("neither prefill nor decode"));
    CHECK(a[4].contains("error"));
}
