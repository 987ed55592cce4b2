#include "explorer/search.h"

#include <random>

#include <catch2/catch.hpp>

#include "archspace/quality/loss.h"

#include "base/errors.h"
#include "tests/explorer/toy_scenario.h"

using namespace slimline;

namespace {

SearchQuestion question(const std::string& text)
{
    const JsonDocument document = parse_json("question.json", text);
    return read_search(JsonPlace(document));
}

std::string complaint(const std::string& text)
{
    try {
        question(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

using Random = std::mt19937;

int pick(Random& random, int least, int most)
{
    return std::uniform_int_distribution(least, most)(random);
}

template <class T>
T one_of(Random& random, const std::vector<T>& values)
{
    return values[std::size_t(pick(random, 0, int(values.size()) - 1))];
}

/// Some of the values, at least one.
template <class T>
Json some_of(Random& random, const std::vector<T>& values)
{
    Json some = Json::array();
    for (const T& value : values) {
        if (pick(random, 0, 2) > 0) {
            some.push_back(value);
        }
    }
    if (some.empty()) {
        some.push_back(one_of(random, values));
    }
    return some;
}

SearchQuestion random_question(Random& random)
{
    using Words = std::vector<std::string>;
    const std::vector<int> expert_counts =
        pick(random, 0, 1) == 0 ? std::vector<int>{0} : std::vector<int>{0, 2, 4, 8, 16};
    Json j{{"format", "search/1"},
           {"device", one_of(random, Words{"jetson-orin-nx-16gb", "meizu-18-pro", "raspberry-pi-5-8gb"})}};
    j["space"] = {{"layers", some_of<int>(random, {4, 8, 12, 24, 80})},
                  {"d_model", some_of<int>(random, {512, 576, 768, 1024, 2048})},
                  {"head_dim", some_of<int>(random, {64, 96, 128})},
                  {"heads", pick(random, 0, 1) == 0 ? Json("d_model / head_dim") : some_of<int>(random, {4, 8, 9, 16})},
                  {"kv_heads", some_of<int>(random, {1, 2, 4, 8})},
                  {"d_ffn", pick(random, 0, 1) == 0 ? Json("round_up(ratio * d_model, 64)")
                                                    : some_of<int>(random, {1024, 1536, 2560, 4096})},
                  {"vocabulary", some_of<int>(random, {16384, 32000, 65536})},
                  {"experts", some_of<int>(random, expert_counts)},
                  {"active", some_of<int>(random, {1, 2})},
                  {"tied", some_of<bool>(random, {false, true})},
                  {"weights", some_of<std::string>(random, {"Q4_K_M", "Q4_0", "Q8_0", "Q2_K", "F16"})},
                  {"kv_cache", some_of<std::string>(random, {"F16", "Q8_0"})}};
    j["helpers"] = {{"ratio", some_of<double>(random, {1, 2.5, 4})}};
    Json constraints = Json::array();
    for (const char* each : {"heads * head_dim <= 2 * d_model", "d_ffn >= d_model", "layers * d_model <= 40000",
                             "vocabulary <= 32 * d_model", "heads * head_dim <= d_ffn"}) {
        if (pick(random, 0, 3) == 0) {
            constraints.push_back(each);
        }
    }
    j["constraints"] = constraints;
    const Words metrics{"tpot_s",  "ttft_s",     "memory_bytes",       "energy_j_per_token",
                        "total_s", "parameters", "loss_per_character", "tpot_s_per_character"};
    j["objectives"] = Json::array({"loss"});
    for (int i = pick(random, 1, 3); i > 0; --i) {
        const std::string metric = one_of(random, metrics);
        if (std::find(j["objectives"].begin(), j["objectives"].end(), Json(metric)) == j["objectives"].end()) {
            j["objectives"].push_back(metric);
        }
    }
    j["limits"] = Json::object();
    if (pick(random, 0, 1) == 0) {
        j["limits"]["parameters"] = {{"least", 5e7}, {"most", 2e9}};
    }
    if (pick(random, 0, 2) == 0) {
        j["limits"]["tpot_s"] = {{"most", 0.05}};
    }
    if (pick(random, 0, 2) == 0) {
        j["limits"]["memory_bytes"] = {{"most", 1e9}};
    }
    j["law"] = one_of(random, Words{"gemstones", "plas", "chinchilla-besiroglu", "conditional-1b", "aspect-ratio",
                                    "precision", "vocabulary", "kaplan"});
    j["tokens"] = 1e11;
    return question(j.dump());
}

void check_equal(const std::vector<FoundDesign>& found, const std::vector<FoundDesign>& expected)
{
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE((found[i].candidate == expected[i].candidate));
    }
}

const std::string small = R"q({"format": "search/1", "device": "jetson-orin-nx-16gb", "objectives": ["tpot_s", "loss"],
  "space": {"layers": {"from": 8, "to": 32, "step": 4}, "d_model": [512, 1024, 2048], "heads": "d_model / 64",
            "d_ffn": "round_up(8 / 3 * d_model, 256)", "vocabulary": 32000}})q";

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    REQUIRE(text.find(what) != std::string::npos);
    return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("the front of random spaces equals brute force as a set, whatever is asked and limited",
          "[explorer][search][property]")
{
    const unsigned seed = GENERATE(range(1U, 51U));
    Random random(seed);
    const SearchQuestion q = random_question(random);
    CAPTURE(seed, q.law.id, product_of(q.space).designs());
    check_equal(search(q).front, front_of(all_within_limits(q), q.objectives));
}

TEST_CASE("a search prunes and gives the same with any number of threads", "[explorer][search]")
{
    Random random(3);
    const SearchQuestion q = random_question(random);
    const SearchResult one = search(q, {.threads = 1});
    const SearchResult many = search(q, {.threads = 8});
    check_equal(one.front, many.front);
    CHECK(one.statistics.evaluated == many.statistics.evaluated);
}

TEST_CASE("a search that is stopped says so, and keeps what it has", "[explorer][search]")
{
    const SearchQuestion q = question(replaced(small, "\"to\": 32, \"step\": 4", "\"to\": 64, \"step\": 1"));
    const SearchResult stopped = search(q, {.progress = [](const SearchStatistics&, std::size_t) { return false; }});
    CHECK(stopped.partial);
    CHECK_FALSE(stopped.front.empty());
    CHECK(stopped.statistics.blocks_done < stopped.statistics.blocks);
}

TEST_CASE("the loss of a search is the law's of the architecture", "[explorer][search]")
{
    const SearchQuestion q = question(small);
    for (const FoundDesign& found : all_within_limits(q)) {
        const Architecture arch = architecture_of(found.candidate.design);
        CHECK(found.measures[std::size_t(DesignMetric::loss)] ==
              Approx(predicted_loss(q.law, arch, q.tokens, q.space.weights.front()).value).epsilon(1e-12));
        CHECK(found.measures[std::size_t(DesignMetric::parameters)] == parameter_count(arch).total);
    }
}

TEST_CASE("a mistake in a question is named with its place and what to do, before anything is searched",
          "[explorer][search]")
{
    using Catch::Contains;
    CHECK(complaint(small).empty());
    CHECK_THAT(complaint(replaced(small, "\"tpot_s\"", "\"tpot\"")),
               Contains("question.json") && Contains("did you mean 'tpot_s'"));
    CHECK_THAT(complaint(replaced(small, "d_model / 64", "d_modl / 64")), Contains("did you mean 'd_model'"));
    CHECK_THAT(complaint(replaced(small, "\"vocabulary\": 32000", "\"vocab\": 32000")), Contains("vocab"));
    CHECK_THAT(complaint(replaced(small, "d_model / 64", "kv_heads")), Contains("depends on itself"));
    CHECK_THAT(complaint(replaced(small, "[512, 1024, 2048]", "[]")), Contains("no values"));
    CHECK_THAT(complaint(replaced(small, "\"from\": 8", "\"from\": 80")), Contains("down to"));
    CHECK_THAT(complaint(replaced(small, "jetson-orin-nx-16gb", "jetson-orin")), Contains("device"));
    CHECK_THAT(complaint(replaced(small, "\"objectives\"", "\"law\": \"plas-kv\", \"objectives\"")),
               Contains("gives no loss"));
}
