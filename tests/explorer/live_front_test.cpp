#include "explorer/live_front.h"

#include <random>

#include <catch2/catch.hpp>

#include "base/errors.h"

using namespace slimline;

namespace {

using Random = std::mt19937;

template <class T>
T drawn_from(Random& random, const std::vector<T>& values)
{
    return values[std::size_t(std::uniform_int_distribution<int>(0, int(values.size()) - 1)(random))];
}

SearchQuestion question(const Json& json)
{
    const JsonDocument document = parse_json("question.json", json.dump());
    return read_search(JsonPlace(document));
}

/// A space of a few hundred designs, small and large, with every kind of objective and limit.
SearchQuestion random_live_question(Random& random)
{
    using Words = std::vector<std::string>;
    Json j{{"format", "search/1"},
           {"device", drawn_from(random, Words{"jetson-orin-nx-16gb", "meizu-18-pro", "raspberry-pi-5-8gb"})}};
    j["space"] = {{"layers", {{"from", 4}, {"to", drawn_from<int>(random, {12, 28})}, {"step", 4}}},
                  {"d_model", drawn_from<Json>(random, {{512, 640, 1024}, {768, 2048}})},
                  {"head_dim", {64, 128}},
                  {"heads", "d_model / head_dim"},
                  {"kv_heads", {2, 4}},
                  {"d_ffn", "round_up(ratio * d_model, 64)"},
                  {"vocabulary", {16384, 65536}},
                  {"experts", drawn_from<Json>(random, {{0}, {0, 8}})},
                  {"active", 2},
                  {"tied", {false, true}},
                  {"weights", drawn_from<Json>(random, {{"Q4_K_M", "Q8_0"}, {"Q4_0"}, {"Q4_0", "Q6_K", "F16"}})},
                  {"kv_cache", drawn_from<Json>(random, {{"F16"}, {"F16", "Q8_0"}})}};
    j["helpers"] = {{"ratio", {1, 2.5, 4}}};
    j["objectives"] = drawn_from<Json>(random, {{"tpot_s", "loss"},
                                            {"ttft_s", "tpot_s"},
                                            {"total_s", "memory_bytes"},
                                            {"energy_j_per_token", "loss"},
                                            {"tpot_s_per_character", "loss_per_character"},
                                            {"tpot_s", "loss", "memory_bytes"},
                                            {"ttft_s", "tpot_s", "parameters", "loss"},
                                            {"loss", "parameters"},
                                            {"tpot_s"}});
    j["limits"] = drawn_from<Json>(random, {Json::object(),
                                        {{"tpot_s", {{"most", 0.02}}}},
                                        {{"ttft_s", {{"least", 0.1}, {"most", 5}}}, {"parameters", {{"most", 8e8}}}},
                                        {{"memory_bytes", {{"most", 1e9}}}, {"loss", {{"most", 3.2}}}}});
    j["workload"] = {{"prompt_tokens", drawn_from<int>(random, {1, 100, 2000})}, {"batch", drawn_from<int>(random, {1, 16})}};
    SearchQuestion q = question(j);
    for (Backend& backend : q.run.device.backends) {  // caches whose speed is known, as some devices have
        if (drawn_from<int>(random, {0, 1}) == 1) {
            backend.caches = {{"L2", {1 * MiB}, {2e12}}, {"L3", {300 * MiB}, {8e10}}};
            q.run.calibration.working_set_cost.clear();
        }
    }
    return q;
}

Scenario turned(Scenario run, bool bandwidth, double factor)
{
    if (bandwidth) {
        run.device.memory.bandwidth *= factor;
        return run;
    }
    for (Backend& backend : run.device.backends) {
        for (FlopsPerSecond& peak : backend.peak) {
            peak *= factor;
        }
        for (CoreCluster& cluster : backend.clusters) {
            cluster.clock_hz *= factor;
        }
    }
    return run;
}

void check_equal(const LiveSpace& space, const LiveFrontAnswer& live, SearchQuestion q, const Scenario& run)
{
    q.run = run;
    const std::vector<FoundDesign> expected = front_of(all_within_limits(q), q.objectives);
    REQUIRE(live.rows.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        REQUIRE((space.candidate(live.rows[i]) == expected[i].candidate));
        for (std::size_t k = 0; k < q.objectives.size(); ++k) {
            REQUIRE(live.values[i * q.objectives.size() + k] == expected[i].measures[std::size_t(q.objectives[k])]);
        }
    }
}

}  // namespace

TEST_CASE("the live front is the front by brute force at every setting of a rate, to the last bit",
          "[explorer][live][property]")
{
    const unsigned seed = GENERATE(range(1U, 25U));
    Random random(seed);
    const SearchQuestion q = random_live_question(random);
    const auto space = std::make_shared<const LiveSpace>(q);
    const bool bandwidth = drawn_from<int>(random, {0, 1}) == 1;
    CAPTURE(seed, bandwidth, space->size(), q.objectives.size());
    LiveFront live(space, q.run, *rate_move(q.run, turned(q.run, bandwidth, 2)));
    std::uniform_real_distribution<double> exponent(-3, 3);
    for (int i = 0; i < 8; ++i) {
        const Scenario run = turned(q.run, bandwidth, std::exp2(exponent(random)));
        REQUIRE(live.reaches(run));
        check_equal(*space, live.front(LiveRun(q, run)), q, run);
    }
    check_equal(*space, live.front(LiveRun(q, q.run)), q, q.run);
}

TEST_CASE("a live front asks few designs again", "[explorer][live]")
{
    const SearchQuestion q = question({{"format", "search/1"},
                                       {"device", "jetson-orin-nx-16gb"},
                                       {"space",
                                        {{"layers", {{"from", 8}, {"to", 36}, {"step", 1}}},
                                         {"d_model", {{"from", 512}, {"to", 2560}, {"step", 64}}},
                                         {"heads", "d_model / 64"},
                                         {"kv_heads", "heads / gqa"},
                                         {"d_ffn", "round_up(ratio * d_model, 256)"},
                                         {"vocabulary", 32000}}},
                                       {"helpers", {{"gqa", {1, 2, 4}}, {"ratio", {1, 1.5, 2, 3, 4, 6}}}},
                                       {"objectives", {"tpot_s", "loss"}}});
    const auto space = std::make_shared<const LiveSpace>(q);
    LiveFront live(space, q.run, *rate_move(q.run, turned(q.run, true, 2)), 0.5, 2);
    CHECK(space->size() > 9000);
    const LiveFrontAnswer answer = live.front(LiveRun(q, turned(q.run, true, 1.3)));
    CHECK(answer.evaluated <= 1000);
    CHECK(answer.evaluated >= answer.rows.size());
    check_equal(*space, answer, q, turned(q.run, true, 1.3));

    CHECK(live.is_prepared(turned(q.run, true, 1.3)));
    CHECK_FALSE(live.is_prepared(turned(q.run, true, 0.7)));
    CHECK(live.prepare(q.run));
    CHECK(live.is_prepared(turned(q.run, true, 0.7)));
    CHECK_FALSE(live.prepare(q.run));
    int lists = 0;
    while (live.deepen(q.run)) {
        ++lists;
    }
    CHECK(lists > 0);
    CHECK_FALSE(live.reaches(turned(q.run, true, 2.1)));
    CHECK_FALSE(live.reaches(turned(q.run, false, 1.1)));
}

TEST_CASE("a space measures its designs as a search does", "[explorer][live]")
{
    Random random(7);
    const SearchQuestion q = random_live_question(random);
    const LiveSpace space(q);
    const LiveRun run(q, q.run);
    const auto answer = front_of_rows(space, run, space.all_rows());
    const std::vector<FoundDesign> found = search(q).front;
    REQUIRE(answer.rows.size() == found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(space.row_of(found[i].candidate) == answer.rows[i]);
        const Measures measures = space.measures(run, answer.rows[i]);
        for (std::size_t m = 0; m < metric_count; ++m) {
            const bool not_searched = DesignMetric(m) == DesignMetric::tpot_per_character ||
                                      DesignMetric(m) == DesignMetric::loss_per_character ||
                                      std::isnan(found[i].measures[m]);
            CHECK((not_searched || measures[m] == found[i].measures[m]));
        }
    }
    CHECK(space.row_of({0, 0, UniformDesign{}}) == space.size());
}

TEST_CASE("rows that are gathered once have the numbers of rows that are looked up each time", "[explorer][live]")
{
    Random random(9);
    const SearchQuestion q = random_live_question(random);
    const LiveSpace space(q);
    const LiveRun run(q, turned(q.run, true, 1.3));
    Rows rows;
    for (std::uint32_t row = 0; row < space.size(); row += 1 + row % 3) {  // of every format
        rows.push_back(row);
    }
    std::array<DesignMetric, metric_count> metrics{};
    std::array<std::vector<double>, metric_count> columns;
    std::array<double*, metric_count> places{};
    for (std::size_t m = 0; m < metric_count; ++m) {
        metrics[m] = DesignMetric(m);
        columns[m].resize(rows.size());
        places[m] = columns[m].data();
    }
    space.measure(run, space.gathered(rows), metrics, places);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Measures alone = space.measures(run, rows[i]);
        for (std::size_t m = 0; m < metric_count; ++m) {
            CHECK((columns[m][i] == alone[m] || (std::isnan(columns[m][i]) && std::isnan(alone[m]))));
        }
    }
}

TEST_CASE("a space that is too large for the window is refused before it is made", "[explorer][live]")
{
    Random random(7);
    CHECK_THROWS_AS(LiveSpace(random_live_question(random), 10), InputError);
}

TEST_CASE("a change of a device is a move of rates when nothing else moves, all by one factor", "[explorer][live]")
{
    Random random(1);
    const Scenario run = random_live_question(random).run;
    CHECK(rate_move(run, run)->factor == 1);
    CHECK(rate_move(run, turned(run, true, 3))->factor == Approx(3));
    CHECK_FALSE(rate_move(run, turned(turned(run, true, 3), false, 2)));
    // Devices keep twelve digits of a rate: one is rounded otherwise than the others.
    const auto rounded = [&](double share) {
        Scenario other = turned(run, false, 3);
        double* last = nullptr;
        int rates = 0;
        for (Backend& backend : other.device.backends) {
            for (FlopsPerSecond& peak : backend.peak) {
                last = peak.value > 0 ? &peak.value : last;
                rates += peak.value > 0 ? 1 : 0;
            }
        }
        REQUIRE(rates > 1);
        *last *= 1 + share;
        return rate_move(run, other);
    };
    CHECK(rounded(4e-12));
    CHECK_FALSE(rounded(1e-9));
    Scenario other = run;
    other.device.name = "mine";
    CHECK(rate_move(run, other));
    other.workload.batch = 2;
    CHECK_FALSE(rate_move(run, other));
    other = run;
    other.device.memory.capacity *= 2;
    CHECK_FALSE(rate_move(run, other));
    const RateMove half{rate_move(run, turned(run, false, 2))->moved, 0.5};
    CHECK((moved(turned(run, false, 2), half).device == run.device));
}

TEST_CASE("where a format feels a cache by more than its speed, nothing is left out", "[explorer][live]")
{
    Random random(5);
    SearchQuestion q = random_live_question(random);
    q.run.calibration.working_set_cost.clear();
    q.run.calibration.weight_cache_use.fill(1.5);
    q.run.device.backends.front().caches = {{"L3", {300 * MiB}, {8e11}}};
    CHECK_FALSE(times_follow_rates(q.run));
    const auto space = std::make_shared<const LiveSpace>(q);
    LiveFront live(space, q.run, *rate_move(q.run, turned(q.run, true, 2)));
    const LiveFrontAnswer answer = live.front(LiveRun(q, turned(q.run, true, 1.7)));
    CHECK(answer.evaluated == space->size());
    check_equal(*space, answer, q, turned(q.run, true, 1.7));
}
