#include "validation/accuracy.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "archspace/random_architecture.h"
#include "base/files.h"
#include "tests/support/complaint.h"
#include "tests/validation/fake_engine.h"
#include "validation/marked_section.h"

using namespace slimline;

TEST_CASE("rank correlations are 1 for the same order and -1 for the opposite one", "[validation][accuracy]")
{
    const std::vector<double> up{1, 2, 3, 4};
    const std::vector<double> same{10, 20, 25, 90};
    const std::vector<double> down{4, 3, 2, 1};
    const std::vector<double> swapped{1, 3, 2, 4};
    CHECK(rank_correlation(up, same) == Approx(1));
    CHECK(rank_correlation(up, down) == Approx(-1));
    CHECK(kendall_tau(up, same) == Approx(1));
    CHECK(kendall_tau(up, down) == Approx(-1));
    CHECK(kendall_tau(up, swapped) == Approx(4.0 / 6));
    CHECK(rank_correlation(up, swapped) == Approx(0.8));
}

TEST_CASE("an engine that runs as its calibration says is predicted exactly, and predictions come first", "[validation][accuracy]")
{
    Calibration truth = toy_truth();
    truth.decode = {.count = 1, .log_low = -0.1, .log_high = 0.1, .basis = "assumed"};
    truth.prefill = truth.decode;
    truth.threads = 1;
    FakeEngine engine(truth, 0);
    bool told = false;
    const AccuracyReport report =
        validate_engine(engine, toy_bed(), random_architectures(4, 20e6, 2), {truth}, {.budget_s = 0.01, .least_rounds = 6}, {},
                        [&](const std::vector<PredictedCase>& cases) { told = cases.size() == 24; });
    CHECK(told);
    REQUIRE(report.cases.size() == 24);
    for (const auto& [phase, accuracy] : accuracy_by_phase(report)) {
        CAPTURE(phase);
        CHECK(accuracy.error.count == 12);
        CHECK(accuracy.error.median < 1e-9);
        CHECK(accuracy.coverage == 1);
        CHECK(accuracy.rank_correlation == Approx(1));
    }
    for (const StageAccuracy& stage : accuracy_by_stage(report)) {
        CHECK(stage.median_error < 1e-9);
    }
    CHECK(to_json(report)["cases"].size() == 24);
    CHECK(markdown(report).find("predicted before measured") != std::string::npos);
}

TEST_CASE("an engine that is slower than predicted shows as bias and leaves the interval", "[validation][accuracy]")
{
    JudgedCase judged{.predicted = {.seconds = 1, .low = 0.9, .high = 1.1}, .seconds = 1.2};
    const Accuracy a = accuracy_of({&judged});
    CHECK(a.error.median == Approx(0.2));
    CHECK(a.bias == Approx(0.2));
    CHECK(a.coverage == 0);
}

TEST_CASE("a section of a Markdown file is renewed, and what is around it stays", "[validation][report]")
{
    const std::filesystem::path file = std::filesystem::temp_directory_path() / "slimline-marked-section.md";
    std::ofstream(file) << "# Mine\n\nbefore\n";
    write_marked_section(file, "validate int4", "first\n");
    std::ofstream(file, std::ios::app) << "after\n";
    write_marked_section(file, "validate int4", "second\n");
    const std::string text = read_file(file);
    CHECK(text.find("before") < text.find("second"));
    CHECK(text.find("second") < text.find("after"));
    CHECK(text.find("first") == std::string::npos);
    std::ofstream(file) << "<!-- tables by slimline validate int4: start -->\n";
    CHECK(complaint([&] { write_marked_section(file, "validate int4", "third\n"); }).find("one of the marks") != std::string::npos);
    std::filesystem::remove(file);
}
