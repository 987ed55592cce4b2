// Sweep, require, neighbours, sensitivity, batch and report, as a person calls them.

#include <cmath>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/json.h"
#include "explorer/figure.h"
#include "tests/cli/ran.h"

using namespace slimline;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const std::string qwen = " --arch qwen2-0.5b --device jetson-orin-nx-16gb";

Json answered(const std::string& line)
{
    const Ran r = ran(line + " --json");
    INFO(line << "\n" << r.err);
    REQUIRE(r.code == 0);
    return Json::parse(r.out);
}

/// A file that is gone with the test.
struct TemporaryFile {
    explicit TemporaryFile(const std::string& name, const std::string& text)
        : path(fs::temp_directory_path() / ("slimline-" + std::to_string(::getpid()) + "-" + name))
    {
        std::ofstream(path) << text;
    }
    ~TemporaryFile() { fs::remove(path); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    fs::path path;
};

}  // namespace

TEST_CASE("what a sweep says at the present value is the prediction", "[cli][questions]")
{
    const Json p = answered("predict" + qwen);
    const Json s = answered("sweep" + qwen + " --over layers=12,24 --show tpot_s --show memory_bytes");
    REQUIRE(s["points"].size() == 2);
    CHECK(s["points"][1]["layers"] == 24);
    CHECK(s["points"][1]["tpot_s"] == p["tpot_s"]);
    CHECK(s["points"][1]["memory_bytes"] == p["memory_bytes"]["total"]);
    CHECK_THAT(ran("sweep" + qwen + " --over layers=12,24 --csv").out, Contains("layers,ttft_s,decode_tokens_per_s"));
    CHECK_THAT(ran("sweep" + qwen + " --over bandwidth=50,100").out, Contains("100.0 GB/s") && Contains("####"));
}

TEST_CASE("the example's eleven answers meet their targets, and just beyond them they do not", "[cli][questions]")
{
    const JsonDocument document = load_json(fs::path(SLIMLINE_SOURCE_DIR) / "examples" / "06-what-it-would-take.json");
    const Json& batch = document.root;
    REQUIRE(batch["runs"].size() == 11);
    for (const Json& run : batch["runs"]) {
        std::string asked;
        for (auto it = run.begin(); it != run.end(); ++it) {
            if (it.key() != "name" && it.key() != "command" && it.key() != "want" && it.key() != "vary") {
                asked += " --" + it.key() + " " + (it->is_string() ? it->get<std::string>() : it->dump());
            }
        }
        asked += run.contains("device") ? "" : " --device " + batch["defaults"]["device"].get<std::string>();
        const std::string want = run.value("want", "");
        const std::string quantity = run["vary"];
        CAPTURE(run["name"].get<std::string>(), want);

        const Json answer =
            answered("require" + asked + (want.empty() ? "" : " --want " + want) + " --vary " + quantity)["answers"][0];
        REQUIRE(answer["needed"].is_number());
        const double needed = answer["needed"];
        const bool more_is_worse = answer["unit"] == "" || quantity == "fixed_times";
        const double step = answer["unit"] == "" ? (quantity == "d_ffn" ? 256 : 1) : needed * 1e-6;
        const Json points =
            answered(fmt::format("sweep{} --over {}={:.17g},{:.17g} --show {}", asked, quantity, needed,
                                 needed + (more_is_worse ? step : -step),
                                 want.empty() ? "memory_bytes" : want.substr(0, want.find_first_of("<>"))))["points"];
        const auto meets = [&](const Json& point) {
            if (want.empty()) {
                return point["fits"].get<bool>();
            }
            const FigureTarget target = read_target(want);
            return target.met_by(point[std::string(word(target.figure))].get<double>()) && point["fits"].get<bool>();
        };
        CHECK(meets(points[0]));
        CHECK_FALSE(meets(points[1]));
    }
}

TEST_CASE("what is reached already is said, and so is what no value reaches", "[cli][questions]")
{
    CHECK_THAT(ran("require" + qwen + " --want decode_tokens_per_s>=1 --vary layers").out, Contains("is reached"));
    CHECK_THAT(ran("require" + qwen + " --want ttft_s<=1e-9 --vary bandwidth").out, Contains("no value does"));
}

TEST_CASE("neighbours and sensitivity name every dimension that they moved", "[cli][questions]")
{
    const Json n = answered("neighbours" + qwen);
    CHECK(n["neighbours"].size() >= 14);
    const Json s = answered("sensitivity" + qwen + " --over bandwidth=50,200 --over layers=12,36 --samples 32");
    REQUIRE(s["figures"][0]["inputs"].size() == 2);
    CHECK(s["figures"][0]["inputs"][0]["quantity"] == "bandwidth");
    CHECK(s["figures"][0]["inputs"][0]["to"] == 200);
}

TEST_CASE("laws are listed with what they were fitted on", "[cli][questions]")
{
    const Json laws = answered("list laws");
    CHECK(laws["rows"].size() > 30);
    CHECK_THAT(ran("list laws").out, Contains("gemstones") && Contains("chinchilla-besiroglu"));
}

TEST_CASE("a batch answers each run with what the command alone says", "[cli][questions][batch]")
{
    const TemporaryFile file("batch.json",
                             R"({"format": "batch/1", "defaults": {"device": "jetson-orin-nx-16gb", "quant": "Q8_0"},
        "runs": [{"name": "one", "command": "predict", "arch": "qwen2-0.5b", "prompt": 64},
                 {"command": "compare", "arch": ["qwen2-0.5b", "smollm-135m"], "quant": "Q4_0"},
                 {"command": "predict", "arch": "no-such-model"}]})");
    const Ran r = ran({"batch", file.path.string()});
    CHECK(r.code == 2);  // of the last run; the others have answered
    const Json b = Json::parse(r.out);
    REQUIRE(b["results"].size() == 3);
    CHECK(b["results"][0]["name"] == "one");
    CHECK(b["results"][0]["answer"] == answered("predict" + qwen + " --quant Q8_0 --prompt 64"));
    CHECK(b["results"][1]["answer"]["rows"].size() == 2);
    CHECK(b["results"][1]["answer"]["rows"][0]["prediction"]["inputs"]["precision"]["weights"] == "Q4_0");
    CHECK_THAT(b["results"][2]["error"].get<std::string>(), Contains("no-such-model"));
}

TEST_CASE("a mistake in a batch is found before anything runs, and named", "[cli][questions][batch]")
{
    const auto [text, said] = GENERATE(table<std::string, std::string>({
        {R"({"format": "batch/1"})", "runs"},
        {R"({"format": "batch/2", "runs": []})", "batch/2"},
        {R"({"format": "batch/1", "runs": [{"arch": "x"}]})", "command"},
        {R"({"format": "batch/1", "runs": [{"command": "predikt"}]})", "predict"},
        {R"({"format": "batch/1", "runs": [{"command": "completion"}]})", "answers in JSON"},
        {R"({"format": "batch/1", "runs": [{"command": "predict", "arhc": "x"}]})", "arch"},
        {R"({"format": "batch/1", "runs": [{"command": "predict", "arch": {}}]})", "/runs/0/arch"},
        {R"({"format": "batch/1", "runs": [{"command": "predict", "quant": ["Q4_0", "Q8_0"]}]})", "takes one value"},
        {R"({"format": "batch/1", "run": []})", "runs"},
        {R"([1])", "object"},
    }));
    CAPTURE(text);
    const TemporaryFile file("broken-batch.json", text);
    const Ran r = ran({"batch", file.path.string()});
    CHECK(complains_in_one_line(r));
    CHECK_THAT(r.err, Contains(said));
}

TEST_CASE("questions that cannot be are refused in one line that names the option", "[cli][questions]")
{
    const auto [line, said] = GENERATE(table<std::string, std::string>({
        {"sweep" + qwen + " --over width=1", "--over"},
        {"sweep" + qwen + " --over layers", "no values"},
        {"sweep" + qwen + " --over layers=1:100000000:1", "too many"},
        {"sweep" + qwen + " --over layers=1,2 --over heads=1,2 --over batch=1,2", "--over"},
        {"sweep" + qwen + " --over layers=1,2 --show speed", "--show"},
        {"require" + qwen + " --want speed>=30", "--want"},
        {"require" + qwen + " --want ttft_s=30", "neither"},
        {"require" + qwen + " --any-size", "nothing is asked"},
        {"require" + qwen + " --want ttft_s<=1 --vary widht", "--vary"},
        {"sensitivity" + qwen + " --over bandwidth=1,2 --of speed", "--of"},
        {"neighbours" + qwen + " --law gemstone", "gemstones"},
        {"neighbours" + qwen + " --law vocabulary-tokens", "gives no loss"},
        {"neighbours" + qwen + " --tokens many", "--tokens"},
        {"report /nonexistent.json", "nonexistent"},
    }));
    CAPTURE(line);
    const Ran r = ran(line);
    CHECK(complains_in_one_line(r));
    CHECK_THAT(r.err, Contains(said));
}

TEST_CASE("CSV of a search keeps formats of classes of tensors in one field", "[cli][search]")
{
    const std::filesystem::path file = std::filesystem::temp_directory_path() / ("slimline-own-formats-" + std::to_string(::getpid()) + ".json");
    write_file(file, R"({"format": "search/1", "device": "jetson-orin-nx-16gb", "objectives": ["tpot_s", "loss"],
        "space": {"layers": [4], "d_model": [512], "head_dim": [64], "heads": [8], "kv_heads": [2], "d_ffn": [1024], "vocabulary": [32000],
                  "experts": [0], "active": [1], "tied": [true], "weights": ["Q4_0", "Q4_0,token_embd=Q8_0"], "kv_cache": ["F16"]}})");
    const Ran r = ran({"search", file.string(), "--csv", "--quiet"});
    std::filesystem::remove(file);
    REQUIRE(r.code == 0);
    CHECK_THAT(r.out, Contains(",true,\"Q4_0,token_embd=Q8_0\",F16,") && Contains(",true,Q4_0,F16,"));
}
