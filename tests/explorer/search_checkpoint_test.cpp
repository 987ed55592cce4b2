#include <catch2/catch.hpp>

#include "explorer/part_tables.h"
#include "explorer/search_state.h"
#include "explorer/search_tasks.h"
#include "tests/explorer/check_front.h"
#include "tests/explorer/random_search.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

SearchQuestion some_question(unsigned seed)
{
    Random random(seed);
    return random_question(random);
}

/// The states after each round.
std::vector<SearchState> states_of(const SearchQuestion& q)
{
    std::vector<SearchState> states;
    search(q, {.state = [&](const SearchState& s) { states.push_back(s); }});
    return states;
}

}  // namespace

TEST_CASE("a search that goes on from any round ends as if it had not stopped", "[explorer][search]")
{
    const SearchQuestion q = some_question(GENERATE(3U, 7U, 12U));
    const SearchResult whole = search(q);
    for (const SearchState& state : states_of(q)) {
        const SearchState read = read_state("checkpoint", text_of(state, q.name), q);
        CHECK(text_of(read, q.name) == text_of(state, q.name));
        const SearchResult rest = search(q, {.resume = &read});
        check_equal(rest.front, whole.front);
        CHECK(rest.statistics.evaluated == whole.statistics.evaluated);
        CHECK(rest.statistics.blocks_done == whole.statistics.blocks_done);
    }
}

TEST_CASE("a checkpoint of another question, or what is none, is refused by name", "[explorer][search]")
{
    using Catch::Contains;
    const SearchQuestion q = some_question(3);
    const SearchState state = states_of(q).front();
    const auto refused = [&](const std::string& text) {
        return complaint([&] { read_state("front.checkpoint", text, q); });
    };
    const std::string text = text_of(state, "mine");
    CHECK(refused(text).empty());
    SearchState other = state;
    other.question ^= 1;
    CHECK_THAT(refused(text_of(other, "mine")), Contains("front.checkpoint") && Contains("'mine'"));
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 3}) {
        CHECK_THAT(refused(text.substr(0, size)), Contains("front.checkpoint"));
    }
    for (const auto& [pointer, value] : {std::pair{"/front/0/0", Json(99)},
                                         {"/front/0/1", Json(-1)},
                                         {"/front/0/2", Json(0.5)},
                                         {"/front/0/3", Json(1e9)},
                                         {"/front/0", Json::array({1})},
                                         {"/tasks_done", Json(-1)},
                                         {"/format", Json("search/1")}}) {
        Json broken = Json::parse(text);
        broken[Json::json_pointer(pointer)] = value;
        CHECK_THAT(refused(broken.dump()), Contains("front.checkpoint"));
    }
}

TEST_CASE("processes that share a search find what one finds", "[explorer][search]")
{
    const SearchQuestion q = some_question(3);
    const SearchResult alone = search(q);
    // A team of two whose other half says nothing but that it found nothing: then what this half lacks is missing.
    const SearchState nothing{.question = q.identity};
    const SearchTeam half{.rank = 0, .size = 2, .exchange = [&](const std::string& mine) {
                              return std::vector<std::string>{mine, mine == "go" ? "go" : text_of(nothing, "")};
                          }};
    const SearchResult seen = search(q, {.team = half});
    CHECK(seen.statistics.evaluated < alone.statistics.evaluated);
    CHECK(seen.statistics.blocks_done == alone.statistics.blocks_done);
}

TEST_CASE("tables that follow from a few depths are what the batch evaluator says at every depth", "[explorer][search]")
{
    const SearchQuestion q = question(R"q({"format": "search/1", "device": "jetson-orin-nx-16gb",
      "objectives": ["tpot_s", "ttft_s", "energy_j_per_token", "memory_bytes", "loss"],
      "space": {"layers": {"from": 1, "to": 79}, "d_model": [576, 1024], "heads": [4, 8], "kv_heads": [1, 4],
                "head_dim": 64, "d_ffn": [1536, 4096], "vocabulary": [16384, 65536], "experts": [0, 4, 8],
                "active": 2, "tied": [true, false], "weights": ["Q4_K_M", "Q2_K", "Q3_K_M", "Q5_K_M", "Q4_0"]}})q");
    const SearchTasks tasks(q);
    const std::vector<SizeParts> owners = owners_of(tasks.product());
    for (std::size_t i = 0; i < tasks.size(); i += 3) {
        const SearchTask task = tasks.task(i);
        const auto evaluator = tasks.evaluator(task.setting);
        const ShareColumns& columns = evaluator->columns();
        const PartTables tables(*evaluator, tasks.product(), owners, task.bases);
        std::vector<PartList> lists;
        std::vector<double> expected;
        for (std::size_t base = 0; base < task.bases.size(); ++base) {
            for (std::size_t c = 0; c < tables.combinations(); ++c) {
                tables.fill(c, base, lists);
                UniformDesign design = task.bases[base]->design;
                ShareBox sum{};
                for (const PartList& list : lists) {  // the last part of each group
                    design = with_part(design, list.parts.back(), list.dimensions);
                    const double* shares = &list.shares[(list.size() - 1) * columns.size()];
                    for (std::size_t k = 0; k < columns.size(); ++k) {
                        sum.low[k] = k < columns.sums ? sum.low[k] + shares[k] : std::max(sum.low[k], shares[k]);
                    }
                }
                evaluator->costs({&design, 1}, expected);
                for (std::size_t k = 0; k < columns.costs; ++k) {
                    CHECK(sum.low[k] == Approx(expected[k]).epsilon(1e-12));
                }
                CHECK(sum.low[columns.sums] == expected[columns.costs]);
                CHECK(sum.low[columns.index_of(Share::counted)] == evaluator->sizes(design, {})[std::size_t(Share::active)]);
            }
        }
    }
}
