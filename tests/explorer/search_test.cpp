#include "explorer/search.h"

#include <catch2/catch.hpp>

#include "archspace/quality/loss.h"

#include "base/errors.h"
#include "tests/explorer/check_front.h"
#include "tests/explorer/random_search.h"

using namespace slimline;

namespace {

std::string complaint(const std::string& text)
{
    try {
        question(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
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
