#include "validation/sustained_fit.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/inline_architecture.h"
#include "base/errors.h"
#include "tests/support/complaint.h"

using namespace slimline;
using namespace slimline::sustained;
using Catch::Contains;

namespace {

/// A phone that rests for 20 s at 1 W, then decodes at 10 tokens/s, falling to 6 with 40 s, at 5 W; its prompts fall from 100 to
/// 50 with 30 s.
std::vector<Sample> session_of_a_phone(double length_s = 200)
{
    std::vector<Sample> samples;
    for (int t = 0; t < 20; ++t) {
        samples.push_back({.doing = Doing::idle, .start_s = double(t), .end_s = t + 1.0});
        samples.back().readings = {
            .clocks_hz = {{"policy0", 0.3e9}}, .temperatures_c = {{"skin", 30}}, .powers_w = {}, .power_w = 1};
    }
    for (int i = 1; i <= int(length_s); ++i) {
        const double middle = i - 0.5;
        const bool prefill = i % 4 == 0;
        const double speed =
            prefill ? 100 * (0.5 + 0.5 * std::exp(-middle / 30)) : 10 * (0.6 + 0.4 * std::exp(-middle / 40));
        Sample sample{.doing = prefill ? Doing::prefill : Doing::decode,
                      .start_s = 19.0 + i,
                      .end_s = 20.0 + i,
                      .tokens = speed,
                      .busy_s = 1};
        sample.readings = {.clocks_hz = {{"policy0", 1.8e9}, {"policy7", i < 50 ? 3e9 : 2e9}},
                           .temperatures_c = {{"cpu", i < 50 ? 40.0 : 80.0}, {"skin", 35}},
                           .powers_w = {},
                           .power_w = prefill ? 6 : 5};
        samples.push_back(sample);
    }
    return samples;
}

class FakeEngine final : public TestEngine {
 public:
    std::string name() const override { return "int4"; }
    std::string version() const override { return "fake"; }
    std::unique_ptr<LoadedModel> load(const TestModel&) override { return std::make_unique<Model>(*this); }

    std::size_t fails_after = 1000000;
    Session asked{};

 private:
    struct Model final : LoadedModel {
        explicit Model(FakeEngine& owner) : engine(owner) {}
        double run(const TestCase&) override { return 1; }
        PrintedMemory memory() const override { return {}; }
        void sustain(const Session& session, int threads, const SessionListener& listener) override
        {
            CHECK(threads == 4);
            engine.asked = session;
            listener.sensors({"battery", {"clock: hidden"}});
            std::size_t said = 0;
            for (const Sample& sample : session_of_a_phone()) {
                if (said++ == engine.fails_after) {
                    throw InputError("phone", "was unplugged");
                }
                if (!listener.sample(sample)) {
                    return;
                }
            }
        }
        FakeEngine& engine;
    };
};

SustainedOptions options()
{
    return {.seconds = 200,
            .rest_s = 20,
            .threads = 4,
            .name = "toy",
            .model = {.arch = inline_architecture("L=1,d=64,h=1,ffn=64")},
            .device = "phone"};
}

}  // namespace

TEST_CASE("a long session teaches throttling of both phases, power, energy, clocks and temperatures",
          "[validation][sustained]")
{
    FakeEngine engine;
    const SustainedRun run = run_sustained(engine, options(), {});
    CHECK(!run.cut_short);
    CHECK(engine.asked.every_s == 1);
    CHECK(engine.asked.rest_s == 20);
    const SustainedSpeed s = learn_sustained(run);
    CHECK(s.length.value == Approx(200));
    CHECK(s.model == "toy");
    CHECK(s.decode.samples == 150);
    CHECK(s.decode.first_tokens_per_s == Approx(10).epsilon(0.01));
    CHECK(s.decode.share == Approx(0.6).epsilon(0.001));
    CHECK(s.decode.time_constant.value == Approx(40).epsilon(0.001));
    CHECK(s.prefill.share == Approx(0.5).epsilon(0.001));
    CHECK(s.prefill.time_constant.value == Approx(30).epsilon(0.001));
    CHECK(s.decode.power.value == 5);
    CHECK(s.prefill.power.value == 6);
    CHECK(s.idle_power.value == 1);
    CHECK(s.energy_per_token.value ==
          Approx(5 / 6.05).epsilon(0.02));  // the later half runs at 6.3 down to 6.03 tokens/s
    CHECK(s.power_source == "battery");
    CHECK(s.first_clock_hz == 3e9);
    CHECK(s.last_clock_hz == 2e9);
    CHECK(s.first_temperature_c == 40);
    CHECK(s.last_temperature_c == 80);
    CHECK(s.missing == std::vector<std::string>{"clock: hidden"});
}

TEST_CASE("a session that nothing tells power of gives none, and one with few prompts is without them",
          "[validation][sustained]")
{
    SustainedRun run{.samples = session_of_a_phone(28)};
    for (Sample& sample : run.samples) {
        sample.readings = {};
    }
    const SustainedSpeed s = learn_sustained(run);
    CHECK(s.decode.power.value == 0);
    CHECK(s.idle_power.value == 0);
    CHECK(s.energy_per_token.value == 0);
    CHECK(s.power_source.empty());
    CHECK(s.first_clock_hz == 0);
    CHECK(s.prefill.samples == 0);
}

TEST_CASE("what was seen of a session stays when it is stopped or fails; of none there is an error",
          "[validation][sustained]")
{
    FakeEngine engine;
    int told = 0;
    Watcher watcher;
    watcher.progress = [&](const std::string&, double) { ++told; };
    watcher.cancelled = [&] { return told > 100; };
    const SustainedRun stopped = run_sustained(engine, options(), watcher);
    CHECK(stopped.cut_short);
    CHECK(stopped.failure.empty());
    CHECK(stopped.samples.size() == 100);
    CHECK(learn_sustained(stopped).decode.samples == 60);

    engine.fails_after = 60;
    const SustainedRun failed = run_sustained(engine, options(), {});
    CHECK(failed.cut_short);
    CHECK_THAT(failed.failure, Contains("was unplugged"));
    CHECK(failed.samples.size() == 60);

    engine.fails_after = 0;
    CHECK_THAT(complaint([&] { run_sustained(engine, options(), {}); }), Contains("was unplugged"));
    engine.fails_after = 21;
    CHECK_THAT(complaint([&] { learn_sustained(run_sustained(engine, options(), {})); }), Contains("too few"));
    CHECK_THAT(complaint([] { learn_sustained({}); }), Contains("too few"));
}

TEST_CASE("a session that is kept and read again is the same, and a broken one is refused", "[validation][sustained]")
{
    FakeEngine engine;
    engine.fails_after = 40;
    const SustainedRun run = run_sustained(engine, options(), {});
    const Json json = to_json(run);
    const auto reread = [](const Json& text) {
        const JsonDocument document = parse_json("run", text.dump());
        return read_sustained_run(JsonPlace(document));
    };
    CHECK(to_json(reread(json)) == json);
    CHECK(reread(json).samples == run.samples);
    Json broken = json;
    broken["samples"][5]["start_s"] = 1;
    CHECK_THAT(complaint([&] { reread(broken); }), Contains("begins before"));
    broken = json;
    broken["format"] = "sustained_run/2";
    CHECK(!complaint([&] { reread(broken); }).empty());
    broken = json;
    broken["extra"] = 1;
    CHECK_THAT(complaint([&] { reread(broken); }), Contains("extra"));
}
