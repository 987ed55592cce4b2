// Files as llama-bench prints them, in all of its forms, whole and broken.

#include <catch2/catch.hpp>
#include <random>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "tests/support/complaint.h"
#include "tests/validation/fake_engine.h"
#include "validation/accuracy.h"
#include "validation/bench_runs.h"
#include "validation/engine_calibration.h"

using namespace slimline;
using Catch::Contains;

namespace {

std::string printed(const std::string& form)
{
    return read_file(std::string(SLIMLINE_SOURCE_DIR) + "/tests/data/bench/runs." + form);
}

const std::string markdown_table = printed("md");
const std::string csv = printed("csv");

std::string object(const std::string& tests)
{
    return R"({"build_commit": "8cf427ff", "backends": "CPU", "model_filename": "q.gguf", "model_type": "qwen2 1B Q4_0", )"
           R"("model_n_params": 494032768, "n_threads": 2, )" +
           tests + "}";
}

const std::string prompt_object = object(
    R"("n_prompt": 512, "n_gen": 0, "n_depth": 0, "avg_ns": 2700000000, "samples_ns": [2840000000, 2560000000])");
const std::string decode_object = object(R"("n_prompt": 0, "n_gen": 16, "n_depth": 1024, "avg_ns": 640000000)");

BenchFile rows_of(const std::string& text, const std::string& names = "")
{
    return read_bench_file("runs", text, model_names(names));
}

}  // namespace

TEST_CASE("the four forms that llama-bench prints say the same", "[validation][bench-file]")
{
    const std::string text = printed(GENERATE(as<std::string>(), "md", "csv", "json", "jsonl"));
    CAPTURE(text);
    const BenchFile file = rows_of(text, text.find("Qwen2-0.5B") == text.npos ? "qwen2-0.5b" : "");
    REQUIRE(file.runs.size() == 1);
    const BenchRuns& runs = file.runs.front();
    CHECK(runs.threads == 2);
    CHECK(runs.backend == BackendKind::cpu);
    CHECK_THAT(runs.engine_version, Contains("8cf427ff"));
    REQUIRE(runs.plan.size() == 1);
    CHECK(runs.plan[0].model.arch.id == "qwen2-0.5b");
    CHECK(runs.plan[0].model.mix == "Q4_0");
    REQUIRE(runs.sampling.cases.size() == 2);
    CHECK(runs.sampling.cases[0].best() == Approx(512 / 200.0));  // of the prompt
    CHECK(runs.sampling.cases[1].best() == Approx(1 / 25.0));     // of a token
    CHECK(runs.sampling.cases[1].test.past == 1024);
    CHECK(runs.sampling.cases[1].test.tokens == 16);
}

TEST_CASE("one time of a prompt and generated tokens is left out, and said", "[validation][bench-file]")
{
    const BenchFile file = rows_of(markdown_table, "qwen2-0.5b");
    REQUIRE(file.unused.size() == 1);
    CHECK_THAT(file.unused.begin()->first, Contains("pp+tg"));
}

TEST_CASE("a broken file is one line with place, fact and remedy", "[validation][bench-file]")
{
    const auto says = [](const std::string& text, const std::string& names = "qwen2-0.5b") {
        return complaint([&] { rows_of(text, names); });
    };
    const auto changed = [](std::string text, const std::string& from, const std::string& to) {
        return text.replace(text.find(from), from.size(), to);
    };
    CHECK_THAT(says(""), Contains("runs: holds no result of llama-bench; give what"));
    CHECK_THAT(says(changed(csv, "\"25.0\"\n", "\"25.0\n")), Contains("runs:3: a quotation mark is not closed"));
    CHECK_THAT(says(changed(csv, ",\"640000000\"", "")), Contains("runs:3: has 14 cells under 15 columns"));
    CHECK_THAT(says(changed(csv, "\"640000000\"", "\"soon\"")), Contains("runs:3: 'avg_ns' is 'soon'"));
    CHECK_THAT(says(changed(markdown_table, "tg16 @ d1024", "xx16 @ d1024")),
               Contains("runs:5: 'xx16 @ d1024' is no test"));
    CHECK_THAT(says(changed(markdown_table, "330.17 MiB", "330.17 lbs")),
               Contains("runs:4: '330.17 lbs' under 'size'"));
    CHECK_THAT(says(changed(markdown_table, "| CPU  ", "| Abacus")), Contains("runs:4: backend 'Abacus' is not known"));
    CHECK_THAT(says("[\n" + prompt_object + ",\n7]\n"), Contains("runs:3: /1: must be a result of llama-bench"));
    CHECK_THAT(says("[" + prompt_object), Contains("line 1, column"));
    CHECK_THAT(says(object("\"n_prompt\": 512")), Contains("runs:1: this result has no time"));
    CHECK_THAT(says(object("\"avg_ns\": 5")), Contains("runs:1: this result has no 'n_prompt'"));
    CHECK_THAT(says(changed(csv, "qwen2 1B Q4_0", "qwen2 1B") + "", "qwen2-0.5b"),
               !Contains("does not say"));  // its file does
    CHECK_THAT(says(changed(prompt_object, "1B Q4_0", "1B")), Contains("in which format its weights are"));
}

TEST_CASE("a model that is not known is told with what may be meant, one that contradicts its name too",
          "[validation][bench-file]")
{
    std::string other = csv;
    for (std::size_t at; (at = other.find("Qwen2-0.5B-Instruct")) != other.npos;) {
        other.replace(at, 19, "my-finetune");
    }
    for (std::size_t at; (at = other.find("494032768")) != other.npos;) {
        other.replace(at, 9, "493000000000");
    }
    CHECK_THAT(complaint([&] { rows_of(other); }), Contains("is no model of the catalogue; say what it is with --arch"));
    CHECK_THAT(complaint([&] { rows_of(csv, "smollm-135m"); }),
               Contains("runs:2: 'qwen2 1B Q4_0' has 494 M parameters, 'smollm-135m' has"));
    CHECK_THAT(complaint([&] { rows_of(csv, "smolm-135m"); }), Contains("did you mean"));
    CHECK(rows_of(csv, "qwen2 1B Q4_0=qwen2-0.5b").runs.size() == 1);
    CHECK(rows_of(csv, "Qwen2-0.5B-Instruct-Q4_0=qwen2-0.5b;other=smollm-135m").runs.size() == 1);
    CHECK_THAT(complaint([] { model_names("x="); }), Contains("names no architecture"));
}

TEST_CASE("any bytes are read or refused in words", "[validation][bench-file]")
{
    std::mt19937 random(7);
    for (const std::string& whole : {markdown_table, csv, "[" + prompt_object + "]", prompt_object}) {
        for (int i = 0; i < 400; ++i) {
            std::string text = whole.substr(0, random() % 3 == 0 ? random() % whole.size() : whole.npos);
            for (int changes = int(random() % 8); changes > 0 && !text.empty(); --changes) {
                text[random() % text.size()] = char(random());
            }
            complaint([&] { rows_of(text, "qwen2-0.5b"); });
        }
    }
}

TEST_CASE("how well a file's runs repeat themselves is told by phase and threads", "[validation][bench-file]")
{
    std::vector<PlannedModel> plan{{{.arch = load_architecture("smollm-135m"), .context = 2304}, {}}};
    Sampling sampling;
    sampling.cases = {{0, {.phase = Phase::decode, .tokens = 1, .threads = 1}, {1, 1, 1, 1}, {}},
                      {0, {.phase = Phase::decode, .tokens = 1, .threads = 2}, {1, 1.5, 1, 1.5}, {}},
                      {0, {.phase = Phase::prefill, .tokens = 32, .threads = 2}, {1, 1.1, 1, 1.1}, {}}};
    for (const SampledCase& each : sampling.cases) {
        plan[0].cases.push_back(each.test);
    }
    const AccuracyReport report = judge_runs(plan, sampling, "", toy_truth(), toy_bed());
    CHECK(!report.repeatability.contains({Phase::decode, 1}));  // nothing differs
    CHECK(report.repeatability.at({Phase::decode, 2}).median == Approx(1 - 1 / 1.5));
    CHECK(report.repeatability.at({Phase::prefill, 2}).median == Approx(1 - 1 / 1.1));
    CHECK(to_json(report)["repeatability"]["2 threads"]["median"].get<double>() == Approx(1 - 1 / 1.5));
}

TEST_CASE("a calibration learnt from a file predicts its runs better than before", "[validation][bench-file]")
{
    Bed bed = toy_bed();
    bed.engine_name = "llama.cpp";
    Sampling sampling;
    std::vector<PlannedModel> plan;
    for (const char* id : {"smollm-135m", "qwen2-0.5b", "smollm-360m"}) {
        plan.push_back({{.arch = load_architecture(id), .context = 2304}, calibration_cases(1)});
        for (const TestCase& test : plan.back().cases) {
            const TimedRun run{work_of(plan.back().model, test, bed, toy_truth()), {}};
            sampling.cases.push_back({plan.size() - 1, test, {predicted_seconds(run, toy_truth(), bed)}, {}});
        }
    }
    const Calibration before = run_fit_start(bed, 1);
    const Calibration after = calibrate_from_runs(before, plan, sampling, bed, 1).calibration;
    const auto error = [&](const Calibration& c) {
        return accuracy_by_phase(judge_runs(plan, sampling, "", c, bed))[0].second.error.median;
    };
    CHECK(error(before) > 0.1);
    CHECK(error(after) < 0.03);
    CHECK(after.id == "toy--cpu--llama.cpp--t1");
}
