#include "validation/throttle_fit.h"

#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/complaint.h"

using namespace slimline;
using Catch::Contains;

namespace {

/// 20 tokens a second that fall to `share` of that, sampled in the middle of spans of `every_s`.
struct Truth {
    double share = 0.6;
    double tau_s = 80;
    double length_s = 300;
    double every_s = 1.5;
    double noise = 0.02;   // normal, of each sample
    double disturbed = 0;  // share of samples at half the speed
};

// Fits take ten times as long there, and a quarter of them says whether memory is touched that is not ours.
#ifdef __SANITIZE_ADDRESS__
constexpr int sanitized = 4;
#else
constexpr int sanitized = 1;
#endif

std::vector<SpeedSample> speeds(const Truth& truth, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, truth.noise);
    std::uniform_real_distribution<double> chance(0, 1);
    std::vector<SpeedSample> samples;
    for (double t = truth.every_s / 2; t < truth.length_s; t += truth.every_s) {
        const double clean = 20 * (truth.share + (1 - truth.share) * std::exp(-t / truth.tau_s));
        const double error = truth.noise > 0 ? noise(random) : 0;
        samples.push_back({t, clean * (1 + error) * (chance(random) < truth.disturbed ? 0.5 : 1)});
    }
    return samples;
}

}  // namespace

TEST_CASE("a fall without noise is found exactly", "[validation][sustained]")
{
    const double share = GENERATE(0.3, 0.6, 0.95);
    const double tau_s = GENERATE(10.0, 60.0, 100.0);
    const ThrottleFit fit = fit_throttling(speeds({.share = share, .tau_s = tau_s, .noise = 0}, 1));
    CAPTURE(share, tau_s);
    CHECK(fit.throttles);
    CHECK(fit.first == Approx(20).epsilon(1e-4));
    CHECK(fit.share() == Approx(share).epsilon(1e-4));
    CHECK(fit.tau_s == Approx(tau_s).epsilon(1e-3));
    CHECK(fit.settled == (297 >= 3 * tau_s));
}

TEST_CASE("share and time constant are found under noise, and the interval holds the share nine times of ten",
          "[validation][sustained]")
{
    const double share = GENERATE(0.5, 0.8);
    const double disturbed = GENERATE(0.0, 0.1);
    const Truth truth{.share = share, .tau_s = 60, .disturbed = disturbed};
    CAPTURE(share, disturbed);
    int inside = 0;
    constexpr int tries = 100 / sanitized;
    for (int seed = 0; seed < tries; ++seed) {
        const ThrottleFit fit = fit_throttling(speeds(truth, unsigned(seed)));
        CAPTURE(seed);
        CHECK(fit.throttles);
        CHECK(fit.share() == Approx(share).margin(0.03));
        CHECK(fit.tau_s == Approx(60).epsilon(0.35));
        CHECK(fit.noise == Approx(0.02).epsilon(0.35));
        inside += share >= fit.share_low && share <= fit.share_high ? 1 : 0;
    }
    CHECK(inside >= 0.8 * tries);
}

TEST_CASE("a steady speed is said to be steady, whatever its noise", "[validation][sustained]")
{
    const double noise = GENERATE(0.0, 0.01, 0.1);
    const double disturbed = GENERATE(0.0, 0.1);
    CAPTURE(noise, disturbed);
    int seen = 0;
    constexpr int tries = 200 / sanitized;
    for (int seed = 0; seed < tries; ++seed) {
        const ThrottleFit fit =
            fit_throttling(speeds({.share = 1, .noise = noise, .disturbed = disturbed}, unsigned(seed)));
        seen += fit.throttles ? 1 : 0;
        if (!fit.throttles) {
            CHECK(fit.share() == 1);
            CHECK(fit.tau_s == 0);
            CHECK(fit.first == Approx(20).epsilon(0.05));
            CHECK(fit.share_low <= 1);
            CHECK(fit.share_low > 1 - 3 * noise - 1e-6);
        }
    }
    CHECK(seen <= tries / 100);
}

TEST_CASE("a fall inside the noise of a sample is none, and what it may hide is said", "[validation][sustained]")
{
    for (unsigned seed = 0; seed < 50; ++seed) {
        const ThrottleFit fit = fit_throttling(speeds({.share = 0.98, .noise = 0.05}, seed));
        CAPTURE(seed);
        CHECK(!fit.throttles);
        CHECK(fit.share_low < 0.995);
    }
}

TEST_CASE("a speed that grows is not throttling", "[validation][sustained]")
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        CHECK(!fit_throttling(speeds({.share = 1.3, .noise = 0.02}, seed)).throttles);
    }
}

TEST_CASE("a session that ends in the middle of the fall says so, and stays within bounds", "[validation][sustained]")
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        const ThrottleFit fit =
            fit_throttling(speeds({.share = 0.1, .tau_s = 600, .length_s = 200, .noise = 0.01}, seed));
        CAPTURE(seed);
        CHECK(fit.throttles);
        CHECK(!fit.settled);
        CHECK(fit.tau_s <= 200);
        CHECK(fit.share() >= 0.05 - 1e-9);
        CHECK(fit.share_low <= fit.share());
        CHECK(fit.share_high >= fit.share());
    }
}

TEST_CASE("too few samples, speeds that are none and times that go back are refused", "[validation][sustained]")
{
    const std::vector<SpeedSample> good = speeds({.length_s = 12}, 1);
    REQUIRE(int(good.size()) == enough_speed_samples);
    CHECK_NOTHROW(fit_throttling(good));
    CHECK_THAT(complaint([&] { fit_throttling(std::span(good).first(7)); }), Contains("7 samples are too few"));
    CHECK_THAT(complaint([&] { fit_throttling({}); }), Contains("too few"));
    const double wrong = GENERATE(0.0, -1.0, std::nan(""), INFINITY);
    std::vector<SpeedSample> broken = good;
    broken[3].speed = wrong;
    CHECK_THAT(complaint([&] { fit_throttling(broken); }), Contains("not positive"));
    broken = good;
    broken[3].time_s = broken[2].time_s;
    CHECK_THAT(complaint([&] { fit_throttling(broken); }), Contains("order of time"));
}
