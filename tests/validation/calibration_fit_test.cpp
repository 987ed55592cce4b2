#include <cmath>

#include <catch2/catch.hpp>

#include "tests/support/toy.h"
#include "validation/calibration_fit.h"

using namespace slimline;

namespace {

std::map<std::string, Device> toy_devices()
{
    return {{"toy", toy_device()}};
}

Observation toy_observation(Phase phase, double weight_bytes, double flops, double launches)
{
    Observation o;
    o.measurement.device = "toy";
    o.measurement.backend = BackendKind::gpu;
    o.measurement.engine = "llama.cpp";
    o.phase = phase;
    o.prompts = phase == Phase::prefill ? 1 : 0;
    o.weight_bytes = weight_bytes;
    OperatorCost cost;
    cost.kernel = phase == Phase::decode ? KernelClass::mat_vec : KernelClass::mat_mat;
    cost.rows = phase == Phase::decode ? 1 : 512;
    cost.format = Format::q4_k;
    cost.launches = launches;
    cost.weight_bytes = weight_bytes;
    cost.flops = flops;
    o.costs = {cost};
    return o;
}

/// Models of a wide range of sizes, timed as `truth` says.
std::vector<Observation> synthetic(const Calibration& truth)
{
    std::vector<Observation> all;
    for (const double gigabytes : {0.01, 0.03, 0.1, 0.3, 1.0, 3.0}) {
        for (const double launches : {100.0, 400.0}) {
            all.push_back(toy_observation(Phase::decode, gigabytes * 1e9, gigabytes * 4e8, launches));
            all.push_back(toy_observation(Phase::prefill, gigabytes * 1e9, gigabytes * 1e12, launches));
        }
    }
    for (Observation& each : all) {
        each.seconds = predicted_seconds(each, roofs_for(each, toy_devices(), truth));
    }
    return all;
}

std::vector<Weighted> weighted(const std::vector<Observation>& observations)
{
    std::vector<Weighted> all;
    for (const Observation& each : observations) {
        all.push_back({&each});
    }
    return all;
}

Calibration known()
{
    Calibration truth = initial_guess(BackendKind::gpu);
    truth.weight_bandwidth = 0.55;
    truth.per_pass = {2.5e-3};
    truth.per_operator = {7e-6};
    truth.per_prompt = {12e-3};
    truth.other_mat_mat_compute = 0.12;
    return truth;
}

}  // namespace

TEST_CASE("a fit finds the numbers that made the times", "[validation]")
{
    const Calibration truth = known();
    const std::vector<Observation> observations = synthetic(truth);
    const Calibration fitted = fit_calibration(initial_guess(BackendKind::gpu), weighted(observations), toy_devices(),
                                               {.noise = 0.002, .freedom = 2, .most_steps = 60});
    CHECK(fitted.weight_bandwidth == Approx(0.55).epsilon(0.03));
    CHECK(fitted.per_pass.value == Approx(2.5e-3).epsilon(0.03));
    CHECK(fitted.per_operator.value == Approx(7e-6).epsilon(0.03));
    CHECK(fitted.per_prompt.value == Approx(12e-3).epsilon(0.05));
    CHECK(fitted.mat_mat_compute[std::size_t(Format::q4_k)] == Approx(0.12).epsilon(0.05));
}

TEST_CASE("one wild measurement moves a fit little", "[validation]")
{
    const Calibration truth = known();
    std::vector<Observation> observations = synthetic(truth);
    const FitOptions options{.noise = 0.02, .freedom = 2, .most_steps = 60};
    const Calibration start = initial_guess(BackendKind::gpu);
    const Calibration clean = fit_calibration(start, weighted(observations), toy_devices(), options);
    observations[8].seconds *= 5;
    const Calibration disturbed = fit_calibration(start, weighted(observations), toy_devices(), options);
    CHECK(disturbed.weight_bandwidth == Approx(clean.weight_bandwidth).epsilon(0.05));
    CHECK(disturbed.per_pass.value == Approx(clean.per_pass.value).epsilon(0.1));
}

TEST_CASE("without observations a fit stays where it starts", "[validation]")
{
    const Calibration start = initial_guess(BackendKind::cpu);
    CHECK(fit_calibration(start, {}, {}) == start);
}

TEST_CASE("what observations say nothing about stays where it starts", "[validation]")
{
    std::vector<Observation> observations = synthetic(known());
    std::erase_if(observations, [](const Observation& o) { return o.phase == Phase::prefill; });
    const Calibration start = initial_guess(BackendKind::gpu);
    const Calibration fitted = fit_calibration(start, weighted(observations), toy_devices());
    CHECK(fitted.other_mat_mat_compute == start.other_mat_mat_compute);
    CHECK(fitted.per_prompt == start.per_prompt);
    CHECK(fitted.kv_bandwidth == Approx(start.kv_bandwidth));
}

TEST_CASE("a fit gives the same numbers every time, and shares of memory stay below 1", "[validation]")
{
    Calibration truth = known();
    truth.weight_bandwidth = 1.3;  // faster than the datasheet
    const std::vector<Observation> observations = synthetic(truth);
    const auto fitted = [&] {
        return fit_calibration(initial_guess(BackendKind::gpu), weighted(observations), toy_devices());
    };
    CHECK(fitted() == fitted());
    CHECK(fitted().weight_bandwidth < 1);
}
