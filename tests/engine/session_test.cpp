#include "validation/sustained/session.h"

#include <catch2/catch.hpp>

#include "tests/support/complaint.h"

using namespace slimline;
using namespace slimline::sustained;
using Catch::Contains;

namespace {

/// A machine whose time is what its work takes: a token of 10 ms, a prompt's token of 1 ms.
struct Toy {
    double time = 100;
    std::vector<Piece> pieces{};

    RunPiece work()
    {
        return [this](const Piece& piece) {
            pieces.push_back(piece);
            const double seconds = piece.tokens * (piece.prefill ? 0.001 : 0.01);
            time += seconds;
            return piece.prefill ? seconds : 0.01;
        };
    }
    SessionClock clock()
    {
        return {[this] { return time; }, [this](double seconds) { time += seconds; }};
    }
};

std::vector<Sample> samples_of(const Session& session, Toy& toy, int most = 1000000)
{
    Sensors sensors("/nonexistent");
    std::vector<Sample> samples;
    run_session(
        session, sensors, toy.work(),
        [&](const Sample& sample) {
            samples.push_back(sample);
            return int(samples.size()) < most;
        },
        toy.clock());
    return samples;
}

}  // namespace

TEST_CASE("a session rests, then generates without a pause, every fourth sample a prompt", "[sustained]")
{
    Toy toy;
    const Session session{.seconds = 20, .every_s = 1, .rest_s = 3, .tokens = 16, .past = 64, .prompt = 250};
    const auto samples = samples_of(session, toy);
    REQUIRE(samples.size() > 20);  // each ends with the piece that its second ends in
    CHECK(samples.back().end_s >= 23);
    CHECK(double(samples.size()) <= most_samples(session));
    for (std::size_t i = 0; i < samples.size(); ++i) {
        CAPTURE(i);
        const Sample& s = samples[i];
        CHECK(s.doing == (i < 3 ? Doing::idle : (i - 2) % 4 == 0 ? Doing::prefill : Doing::decode));
        CHECK(s.end_s - s.start_s == Approx(1).margin(0.2));
        CHECK((i == 0 || s.start_s == samples[i - 1].end_s));
        if (s.doing != Doing::idle) {
            CHECK(s.tokens_per_s() == Approx(s.doing == Doing::prefill ? 1000 : 100));
            CHECK(s.busy_s == Approx(s.end_s - s.start_s));
        }
    }
    CHECK(samples.front().start_s == 0);
    for (const Piece& piece : toy.pieces) {
        CHECK(piece.tokens <= (piece.prefill ? 250 : 16));
        CHECK(piece.past == (piece.prefill ? 0 : 64));
    }
    CHECK(toy.pieces.front().tokens == 1);  // who knows how long it takes
}

TEST_CASE("a session ends when nobody wants more, and one without prompts runs none", "[sustained]")
{
    Toy toy;
    CHECK(samples_of({.seconds = 100, .prompt = 0}, toy, 5).size() == 5);
    for (const Piece& piece : toy.pieces) {
        CHECK(!piece.prefill);
    }
}

TEST_CASE("a piece longer than a sample makes the sample longer", "[sustained]")
{
    Toy toy;
    const auto samples = samples_of({.seconds = 0.3, .every_s = 0.05, .tokens = 64, .prompt = 200}, toy);
    REQUIRE(samples.size() >= 4);
    CHECK(samples[3].doing == Doing::prefill);
    CHECK(samples[3].tokens == 200);
    CHECK(samples[3].end_s - samples[3].start_s == Approx(0.2));
}

TEST_CASE("a sample that is written and read again is the same", "[sustained]")
{
    const Sample sample{.doing = Doing::decode,
                        .start_s = 1.5,
                        .end_s = 2.75,
                        .tokens = 31,
                        .busy_s = 1.1,
                        .readings = {.clocks_hz = {{"policy0", 1.5e9}, {"policy4", 2.1e9}},
                                     .temperatures_c = {{"cpu-thermal", 48.5}},
                                     .powers_w = {{"VDD_IN", 9.25}, {"VDD_SOC", 1.5}},
                                     .power_w = 9.25}};
    for (const Sample& each : {sample, Sample{.doing = Doing::idle, .end_s = 1}}) {
        const JsonDocument document = parse_json("sample", to_json(each).dump());
        CHECK(read_sample(JsonPlace(document)) == each);
    }
    const SensorList list{"VDD_IN", {"clock: /sys/x is not there"}};
    const JsonDocument document = parse_json("sensors", to_json(list).dump());
    CHECK(read_sensor_list(JsonPlace(document)) == list);
}

TEST_CASE("a sample that nobody can have measured is refused with its place", "[sustained]")
{
    using Case = std::pair<const char*, const char*>;
    const auto [text, reason] =
        GENERATE(values<Case>({{R"({"doing":"sleep","start_s":0,"end_s":1})", "doing"},
                               {R"({"doing":"decode","start_s":0,"end_s":1})", "tokens"},
                               {R"({"doing":"decode","start_s":0,"end_s":1,"tokens":5,"busy_s":0})", "busy_s"},
                               {R"({"doing":"decode","start_s":0,"end_s":1,"tokens":0,"busy_s":1})", "tokens"},
                               {R"({"doing":"idle","start_s":2,"end_s":1})", "ends before it starts"},
                               {R"({"doing":"idle","start_s":0,"end_s":1,"power_W":-1})", "power_W"},
                               {R"({"doing":"idle","start_s":0,"end_s":1,"clocks_Hz":{"a":"fast"}})", "clocks_Hz"},
                               {R"({"doing":"idle","start_s":0,"end_s":1,"clocks_Hz":[1]})", "clocks_Hz"},
                               {R"({"doing":"idle","start_s":0,"end_s":1,"more":1})", "more"}}));
    CAPTURE(text);
    CHECK_THAT(complaint([&] {
                   const JsonDocument document = parse_json("sample", text);
                   read_sample(JsonPlace(document));
               }),
               Contains(reason));
}
