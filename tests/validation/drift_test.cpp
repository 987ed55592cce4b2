#include "validation/drift.h"

#include <set>

#include <catch2/catch.hpp>

#include "archspace/random_architecture.h"
#include "tests/validation/fake_engine.h"
#include "validation/accuracy.h"

using namespace slimline;

namespace {

Calibration learnt_from(FakeEngine& engine)
{
    return calibrate_engine(engine, toy_bed(), {.budget_s = 20}, {}).calibration;
}

}  // namespace

TEST_CASE("a calibration keeps runs of three of its models, to time again", "[validation][drift]")
{
    FakeEngine engine(toy_truth(), 0);
    const Calibration c = learnt_from(engine);
    std::set<std::string> models;
    double seconds = 0;
    for (const AnchorRun& each : c.anchors) {
        CAPTURE(each.architecture, each.prompt, each.generated, each.past);
        CHECK((each.prompt > 0) != (each.generated > 0));
        CHECK(each.seconds > 0);
        models.insert(each.architecture);
        seconds += each.seconds * std::max(1, each.generated);
    }
    CHECK(models.size() == 3);
    CHECK(seconds < 6);
    const std::vector<PlannedModel> plan = anchor_plan(std::vector{c});
    CHECK(plan.size() == 3);
    std::size_t cases = 0;
    for (const PlannedModel& each : plan) {
        cases += each.cases.size();
    }
    CHECK(cases == c.anchors.size());
}

TEST_CASE("a machine that has become a quarter slower than its calibration is found out, and told apart from a wrong model of cost",
          "[validation][drift]")
{
    FakeEngine engine(toy_truth(), 0.01);
    const Calibration c = learnt_from(engine);
    engine.slower = 1.25;
    const AccuracyReport report = validate_engine(engine, toy_bed(), random_architectures(4, 20e6, 2), {c}, {.budget_s = 0.01, .least_rounds = 6}, {},
                                                  [](const std::vector<PredictedCase>&) {});
    REQUIRE(report.drift.contains(1));
    const Drift& drift = report.drift.at(1);
    CHECK(drift.decode == Approx(1.25).epsilon(0.01));
    CHECK(drift.prefill == Approx(1.25).epsilon(0.01));
    CHECK(drift.repeats(Phase::decode).median == Approx(0.25).epsilon(0.05));
    CHECK(drift.repeats(Phase::prefill).median == Approx(0.25).epsilon(0.05));
    CHECK(drift.runs == int(c.anchors.size()));
    CHECK(report.cases.size() == 24);  // and none of the anchors
    CHECK(report.memory.size() == 4);
    for (const auto& [phase, accuracy] : accuracy_by_phase(report)) {
        CAPTURE(phase);
        CHECK(accuracy.bias > 0.2);
        CHECK(accuracy.machine.median == Approx(0.25).epsilon(0.05));  // as far off as the machine is from what it was
    }
    for (const auto& [phase, accuracy] : accuracy_by_phase(as_the_machine_is_now(report))) {
        CAPTURE(phase);
        CHECK(std::abs(accuracy.bias) < 0.04);
    }
    CHECK(to_json(report)["drift"]["1 thread"]["decode"].get<double>() == drift.decode);
    CHECK(markdown(report).find("slower (decode)") != std::string::npos);
}

TEST_CASE("without runs to time again nothing is said of drift", "[validation][drift]")
{
    Calibration c = toy_truth();
    c.threads = 1;
    CHECK(anchor_plan(std::vector{c}).empty());
    CHECK(drift_since(std::vector{c}, {}, {}).empty());
    const PlannedModel unnamed{{.arch = random_architectures(1, 20e6, 2)[0]}, {}};
    Sampling sampling;
    sampling.cases.push_back({0, {.tokens = 1}, {0.1, 0.1}, {}});
    CHECK(anchors_of(std::vector{unnamed}, sampling).empty());  // it has no short form
}

TEST_CASE("a machine that slows down half-way repeats itself less well than its rounds in turn say", "[validation][drift]")
{
    const std::vector<SampledCase> cases{{0, {}, {1, 1, 1, 1.2, 1.2, 1.2}, {}}};
    CHECK(repeatability_of(cases).median == Approx(1 - 1 / 1.2));
    const std::vector<SampledCase> in_turn{{0, {}, {1, 1.1, 1, 1.1}, {}}};
    CHECK(repeatability_of(in_turn).median == Approx(1 - 1 / 1.1));
}
