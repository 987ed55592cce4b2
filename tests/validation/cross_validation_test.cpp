#include <algorithm>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "hwmodels/calibration_json.h"
#include "validation/calibration_report.h"

using namespace slimline;

namespace {

/// Without the devices that have hundreds of measurements, which take most of the time.
Observations few_observations()
{
    std::vector<Measurement> rows = load_measurements(data_folder() / "measurements");
    std::erase_if(rows, [](const Measurement& m) {
        return m.backend == BackendKind::cpu || m.device == "rtx-4070-laptop" || m.device == "strix-halo";
    });
    return observe(rows);
}

/// Equal but for the last digits of numbers, in which compilers differ.
bool alike(const Json& a, const Json& b)
{
    if (a.is_number() && b.is_number()) {
        return a.get<double>() == Approx(b.get<double>()).epsilon(1e-3).margin(1e-9);
    }
    if (a.type() != b.type() || a.size() != b.size() || !a.is_structured()) {
        return a == b;
    }
    if (a.is_object()) {
        for (const auto& [key, value] : a.items()) {
            if (!b.contains(key) || !alike(value, b[key])) {
                return false;
            }
        }
        return true;
    }
    return std::ranges::equal(a, b, alike);
}

}  // namespace

TEST_CASE("a measurement never touches the fit that predicts it", "[validation]")
{
    Observations observations = few_observations();
    const Priors priors = priors_without_device(observations);
    const std::vector<Judged> before = leave_one_out(observations, priors);

    // A measurement that is wrong by ten times is missed by ten times more, so its prediction is the same.
    const std::size_t changed = GENERATE(std::size_t{0}, std::size_t{40});
    observations.used[changed].seconds *= 10;
    const Observation& touched = observations.used[changed];
    const std::vector<Judged> after = leave_one_out(observations, priors);
    CHECK(after[changed].log_ratio - before[changed].log_ratio == Approx(std::log(10.0)));

    // Nor does it touch the prior of its device.
    const Priors again = priors_without_device(observations);
    CHECK(again.at(bench_of(touched)) == priors.at(bench_of(touched)));
}

TEST_CASE("halves cover every model once", "[validation]")
{
    const Observations observations = few_observations();
    const Priors priors = priors_without_device(observations);
    const std::vector<Judged> halves = half_split(observations, priors, survey_bench());
    CHECK(halves.size() == benches(observations.used).at(survey_bench()).size());
    CHECK(half_split(observations, priors, survey_bench(), 3).size() == 4 * halves.size());
}

TEST_CASE("public measurements are predicted as well as docs/validation.md says, by the calibrations that are shipped",
          "[validation][figures]")
{
    const CalibrationReport report = calibrate_from(data_folder() / "measurements");
    CHECK(report.calibrations.size() >= 30);
    for (const Calibration& fitted : report.calibrations) {
        CAPTURE(fitted.id);
        CHECK(alike(to_json(fitted), to_json(load_calibration((data_folder() / "calibrations" / (fitted.id + ".json")).string()))));
    }
    const Figures f = figures_of(report);
    CHECK(f.four_bit_decode_one_out.count == 266);
    CHECK(f.four_bit_decode_one_out.median <= 0.05);
    CHECK(f.four_bit_decode_one_out.p90 <= 0.30);
    CHECK(f.four_bit_decode_device_out.median <= 0.20);
    CHECK(f.survey_decode.median <= 0.12);
    CHECK(f.survey_prefill.median <= 0.12);
    CHECK(f.survey_decode_shuffled.median <= 0.12);
    CHECK(f.survey_prefill_shuffled.median <= 0.145);  // other halves, a hundred times: 13.3 %; docs/validation.md says why
}
