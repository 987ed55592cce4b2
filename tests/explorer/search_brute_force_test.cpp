// Every design evaluated one by one, against the search that evaluates few.
#include <catch2/catch.hpp>

#include "base/files.h"
#include "explorer/search_tasks.h"
#include "tests/explorer/check_front.h"
#include "tests/explorer/random_search.h"

using namespace slimline;

namespace {

/// The front of all designs, held a part at a time: what millions of designs fit into memory by.
std::vector<FoundDesign> front_by_brute_force(const SearchQuestion& q)
{
    constexpr std::size_t piece = 1 << 16;
    const SearchTasks tasks(q);
    const std::vector<UniformDesign> designs = all_designs(tasks.product());
    std::vector<FoundDesign> front;
    std::vector<Measures> measures;
    for (std::size_t setting = 0; setting < tasks.settings(); ++setting) {
        const auto evaluator = tasks.evaluator(setting);
        for (std::size_t first = 0; first < designs.size(); first += piece) {
            const std::size_t count = std::min(piece, designs.size() - first);
            evaluator->evaluate({&designs[first], count}, measures);
            for (std::size_t i = 0; i < count; ++i) {
                if (evaluator->within_limits(measures[i])) {
                    front.push_back({tasks.candidate(setting), measures[i]});
                    front.back().candidate.design = designs[first + i];
                }
            }
            front = front_of(std::move(front), q.objectives);
        }
    }
    return front;
}

/// Caches as a calibration learns them, or as none is: dearer here and there in larger working sets.
void with_caches(SearchQuestion& q, Random& random)
{
    const auto of = [&](Scenario& s) {
        s.calibration.working_set_cost.clear();
        double times = pick(random, 1, 6) * 0.1;
        for (const double mib : {16.0, 64.0, 128.0, 256.0, 512.0, 1024.0}) {
            s.calibration.working_set_cost.push_back({mib * MiB, times});
            times = times * pick(random, 9, 15) / 10;
        }
        s.calibration.weight_cache_use[std::size_t(Format::q6_k)] = 1.5;
        s.calibration.kv_shares_caches = pick(random, 0, 1) == 0;
    };
    of(q.run);
    for (WeightedRun& each : q.fleet) {
        of(each.run);
    }
}

void check_against_brute_force(const SearchQuestion& q)
{
    CAPTURE(q.law.id, SearchTasks(q).candidates());
    check_equal(search(q).front, front_by_brute_force(q));
}

/// Devices and workloads to a random question: sometimes each.
Json with_devices(Json j, Random& random)
{
    if (pick(random, 0, 2) > 0) {
        j["hardware"] = {{"bandwidth_factor", some_of<double>(random, {0.5, 1, 1.5, 3})},
                         {"compute_factor", some_of<double>(random, {0.25, 1, 4})},
                         {"memory_GiB", some_of<double>(random, {0.5, 1, 4})},
                         {"price_USD", "100 * bandwidth_factor + 10 * memory_GiB"},
                         {"power_W", "5 * bandwidth_factor + compute_factor"}};
        j["limits"]["power_W"] = {{"most", 12}};
        if (pick(random, 0, 1) == 0) {
            j["objectives"].push_back("price_USD");
        }
    } else {
        j["fleet"] = Json::array({{{"device", j["device"]}, {"weight", 3}}, {{"device", "jetson-agx-orin-64gb"}}});
        j.erase("device");
    }
    if (pick(random, 0, 1) == 0) {
        j["workloads"] = Json::array(
            {{{"workload", {{"prompt_tokens", 64}, {"generated_tokens", 256}}}, {"weight", 2}},
             {{"workload", {{"prompt_tokens", 2048}, {"generated_tokens", 16}, {"flash_attention", false}}}}});
    }
    j["across"] = pick(random, 0, 1) == 0 ? "mean" : "worst";
    return j;
}

/// A larger space: more values in the dimensions that a search prunes.
Json enlarged(Json j, Random& random)
{
    j["space"]["layers"] = {{"from", 4}, {"to", pick(random, 8, 40)}, {"step", pick(random, 1, 4)}};
    j["space"]["d_model"] = {{"from", 512}, {"to", 512 + 64 * pick(random, 4, 24)}, {"step", 64 * pick(random, 1, 2)}};
    j["space"]["vocabulary"] = {{"from", 16000}, {"to", 16000 + 8000 * pick(random, 2, 12)}, {"step", 8000}};
    j["space"]["d_ffn"] = "round_up(ratio * d_model, 64)";
    j["helpers"]["ratio"] = {{"from", 1}, {"to", 4}, {"step", 0.25}};
    return j;
}

}  // namespace

TEST_CASE("the front of random spaces equals brute force as a set, whatever is asked and limited",
          "[explorer][search][property]")
{
    const unsigned seed = GENERATE(range(1U, 51U));
    Random random(seed);
    CAPTURE(seed);
    check_against_brute_force(random_question(random));
}

TEST_CASE("one front over architectures, devices, fleets and workloads equals brute force",
          "[explorer][search][property]")
{
    const unsigned seed = GENERATE(range(101U, 131U));
    Random random(seed);
    CAPTURE(seed);
    check_against_brute_force(question(with_devices(random_search(random), random).dump()));
}

TEST_CASE("fronts on machines whose caches hold weights equal brute force too", "[explorer][search][property]")
{
    const unsigned seed = GENERATE(range(201U, 241U));
    Random random(seed);
    CAPTURE(seed);
    const Json j = random_search(random);
    SearchQuestion q = question((seed % 3 == 0 ? with_devices(j, random) : j).dump());
    with_caches(q, random);
    check_against_brute_force(q);
}

TEST_CASE("where caches hold weights most designs are still left out unseen", "[explorer][search]")
{
    SearchQuestion q = question(read_file(std::string(SLIMLINE_SOURCE_DIR) + "/examples/search-million.json"));
    q.run.calibration.working_set_cost = {{16 * MiB, 0.6}, {64 * MiB, 0.8}, {256 * MiB, 0.9}, {1024 * MiB, 1}};
    q.run.calibration.kv_shares_caches = true;
    const SearchResult result = search(q);
    CHECK(result.statistics.pruned_share() > 0.8);
}

TEST_CASE("the example over devices equals brute force on parts of it", "[explorer][search][property]")
{
    const unsigned seed = GENERATE(range(1U, 7U));
    Random random(seed);
    CAPTURE(seed);
    Json j = load_json(std::string(SLIMLINE_SOURCE_DIR) + "/examples/search-hardware.json").root;
    j["space"]["layers"] = some_of<int>(random, {8, 12, 20, 32});
    j["space"]["d_model"] = some_of<int>(random, {512, 768, 1152, 2048});
    j["helpers"]["ratio"] = some_of<double>(random, {1, 2.5, 4, 6});
    j["hardware"]["bandwidth_GBps"] = some_of<double>(random, {25.6, 64, 102.4, 204.8});
    j["hardware"]["compute_TOPS"] = some_of<double>(random, {10, 30, 60});
    j["hardware"]["memory_GiB"] = some_of<double>(random, {0.25, 2, 16});
    check_against_brute_force(question(j.dump()));
}

// explorer_tests "[.full-size]": minutes, and run before a release.
TEST_CASE("the fronts of 50 random spaces of up to five million candidates equal brute force", "[.full-size]")
{
    unsigned found = 0;
    double candidates = 0;
    for (unsigned seed = 1000; found < 50; ++seed) {
        Random random(seed);
        const SearchQuestion q = question(enlarged(random_search(random), random).dump());
        const double here = SearchTasks(q).candidates();
        if (here < 2e5 || here > 5e6) {
            continue;
        }
        ++found;
        candidates += here;
        CAPTURE(seed);
        check_against_brute_force(q);
    }
    WARN(found << " spaces with " << candidates << " candidates in all");
}
