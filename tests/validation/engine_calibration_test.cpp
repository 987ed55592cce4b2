#include "validation/engine_calibration.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "archspace/random_architecture.h"
#include "tests/support/complaint.h"
#include "tests/validation/fake_engine.h"
#include "validation/accuracy.h"

using namespace slimline;

namespace {

const EngineCalibration& calibrated()
{
    static const EngineCalibration result = [] {
        FakeEngine engine(toy_truth(), 0.02);
        return calibrate_engine(engine, toy_bed(), {.threads = 1, .budget_s = 20}, {});
    }();
    return result;
}

}  // namespace

TEST_CASE("calibrating an engine finds the numbers that its times come from", "[validation][engine-calibration]")
{
    const Calibration& c = calibrated().calibration;
    const auto archs = random_architectures(20, 100e6, 5);
    for (const Architecture& arch : archs) {
        for (const TestCase& test : calibration_cases(1)) {
            const TimedRun run{work_of({.arch = arch}, test, toy_bed(), c), {}};
            CAPTURE(arch.d_model, arch.layers.size(), test.past, test.tokens);
            CHECK(predicted_seconds(run, c, toy_bed()) == Approx(predicted_seconds(run, toy_truth(), toy_bed())).epsilon(0.04));
        }
    }
}

TEST_CASE("a calibration says how well its numbers are known, and how far models left out of it were off",
          "[validation][engine-calibration]")
{
    const Calibration& c = calibrated().calibration;
    REQUIRE(!c.learnt.empty());
    for (const LearntNumber& number : c.learnt) {
        CAPTURE(number.name);
        CHECK(number.relative_error > 0);
        CHECK(number.correlation.size() == c.learnt.size());
    }
    CHECK(c.decode.count > 10);
    CHECK(c.decode.median_error < 0.03);
    CHECK(c.decode.log_low < 0);
    CHECK(c.decode.log_high > 0);
    CHECK(c.threads == 1);
    CHECK(c.id == "toy--cpu--int4--t1");
    CHECK(c.engine_version == "fake");
}

TEST_CASE("however much runs differ from their repeats, a byte never costs less in a larger working set",
          "[validation][engine-calibration]")
{
    FakeEngine engine(toy_truth(), 0.5);
    const Calibration c = calibrate_engine(engine, toy_bed(), {.threads = 1, .budget_s = 20}, {}).calibration;
    CHECK(std::ranges::is_sorted(c.working_set_cost, {}, &WorkingSetCost::times));
    CHECK(c.working_set_cost.front().times < 0.9);
}

TEST_CASE("a fit to what a calibration says leaves it as it is", "[validation][engine-calibration]")
{
    const Calibration& c = calibrated().calibration;
    std::vector<TimedRun> runs;
    for (const Architecture& arch : random_architectures(4, 100e6, 5)) {
        for (const TestCase& test : calibration_cases(1)) {
            runs.push_back({work_of({.arch = arch}, test, toy_bed(), c), {}});
            runs.back().work.seconds = predicted_seconds(runs.back(), c, toy_bed());
        }
    }
    const Calibration same = fit_runs(c, runs, toy_bed(), 1);
    for (std::size_t i = 0; i < c.working_set_cost.size(); ++i) {
        CHECK(same.working_set_cost[i].times == Approx(c.working_set_cost[i].times).epsilon(1e-6));
    }
}

TEST_CASE("runs that were kept are used again and give the same numbers", "[validation][engine-calibration]")
{
    const EngineCalibration& first = calibrated();
    const KeptRuns kept{"int4", "fake", "toy", first.plan, first.sampling};
    const JsonDocument document = parse_json("runs", pretty(to_json(kept)));
    const KeptRuns again = read_kept_runs(JsonPlace(document));
    REQUIRE(again.sampling.cases.size() == first.sampling.cases.size());
    FakeEngine engine(toy_truth(), 0.02);
    const EngineCalibration second = calibrate_engine(engine, toy_bed(), {.threads = 1, .budget_s = 0.01, .earlier = again}, {});
    CHECK(second.calibration.weight_bandwidth == Approx(first.calibration.weight_bandwidth).epsilon(1e-6));
    CHECK(second.plan.size() == first.plan.size());
}

TEST_CASE("broken files of kept runs are told in one line", "[validation][engine-calibration]")
{
    const auto read = [](const std::string& text) {
        return complaint([&] {
            const JsonDocument document = parse_json("runs.json", text);
            read_kept_runs(JsonPlace(document));
        });
    };
    CHECK(read("{").find("runs.json") != std::string::npos);
    CHECK(read(R"({"format": "engine_runs/2"})").find("engine_runs/1") != std::string::npos);
    const std::string head = R"({"format": "engine_runs/1", "engine": "int4", "engine_version": "1", "device": "toy", "models": [], "cases": )";
    CHECK(!read(head + "[{}]}").empty());
    CHECK(!read(head + R"([{"model": 0, "phase": "decode", "tokens": 1, "past": 0, "threads": 1, "seconds": [1]}]})").empty());
}

TEST_CASE("a model that the engine refuses is reported, and the others are measured", "[validation][sampling]")
{
    std::vector<PlannedModel> plan;
    for (const Architecture& arch : random_architectures(3, 20e6, 1)) {
        plan.push_back({{.arch = arch}, {TestCase{}}});
    }
    FakeEngine engine(toy_truth(), 0);
    engine.refused = {plan[1].model.arch.id};
    const Sampling s = sample(engine, plan, 0, 2, {});
    CHECK(s.cases.size() == 2);
    REQUIRE(s.failures.size() == 1);
    CHECK(s.failures.front().find("does not like it") != std::string::npos);
}

TEST_CASE("a cancelled sampling keeps what it has", "[validation][sampling]")
{
    std::vector<PlannedModel> plan{{{.arch = random_architectures(1, 20e6, 1).front()}, calibration_cases(1)}};
    FakeEngine engine(toy_truth(), 0);
    int asked = 0;
    Watcher watcher;
    watcher.cancelled = [&] { return ++asked > 3; };
    const Sampling s = sample(engine, plan, 100, 2, watcher);
    CHECK(s.cancelled);
    CHECK(!s.cases.empty());
    CHECK(s.cases.size() < calibration_cases(1).size());
}

TEST_CASE("a clock that jumps costs a run, not the calibration", "[validation][engine-calibration]")
{
    for (const double jump : {-3600.0, 3600.0}) {
        FakeEngine engine(toy_truth(), 0.02);
        engine.jumps_in = 60;
        engine.jump = jump;
        const EngineCalibration result = calibrate_engine(engine, toy_bed(), {.threads = 1, .budget_s = 20}, {});
        CAPTURE(jump);
        for (const Architecture& arch : random_architectures(5, 100e6, 5)) {
            for (const TestCase& test : calibration_cases(1)) {
                const TimedRun run{work_of({.arch = arch}, test, toy_bed(), result.calibration), {}};
                CHECK(predicted_seconds(run, result.calibration, toy_bed()) ==
                      Approx(predicted_seconds(run, toy_truth(), toy_bed())).epsilon(0.15));
            }
        }
        CHECK(result.sampling.disturbed > 0);
        if (jump < 0) {
            CHECK(engine.now() < 60 + jump);  // the hour that it was set back is not worked through again
            REQUIRE(result.sampling.failures.size() == 1);
            CHECK(result.sampling.failures.front().find("clock") != std::string::npos);
        } else {
            CHECK(result.sampling.failures.empty());  // only a slow run
        }
    }
}

TEST_CASE("a model whose times make no sense is left out in the end", "[validation][sampling]")
{
    std::vector<PlannedModel> plan;
    for (const Architecture& arch : random_architectures(2, 20e6, 1)) {
        plan.push_back({{.arch = arch}, {TestCase{}}});
    }
    struct Model final : LoadedModel {
        bool works = false;
        explicit Model(bool sane) : works(sane) {}
        double run(const TestCase&) override { return works ? 0.01 : -1; }
        PrintedMemory memory() const override { return {}; }
    };
    struct Odd final : TestEngine {
        std::string odd;
        std::string name() const override { return "odd"; }
        std::string version() const override { return "1"; }
        std::unique_ptr<LoadedModel> load(const TestModel& model) override { return std::make_unique<Model>(model.arch.id != odd); }
    } engine;
    engine.odd = plan[0].model.arch.id;
    const Sampling s = sample(engine, plan, 0, 10, {});
    REQUIRE(s.cases.size() == 1);
    CHECK(s.cases.front().seconds.size() == 10);
    CHECK(s.failures.size() == 3);
}

TEST_CASE("an engine's stages are those that predictions' operators belong to", "[validation][engine-calibration]")
{
    CHECK(stage_of(OperatorKind::attn_k) == "attn_qkv");
    CHECK(stage_of(OperatorKind::ffn_gate) == "ffn_up");
    CHECK(stage_of(OperatorKind::head) == "head");
}
