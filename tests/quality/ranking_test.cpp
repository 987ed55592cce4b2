#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/inline_architecture.h"
#include "archspace/quality/ranking.h"

using namespace slimline;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

Design design(const std::string& text, double tokens = 1e11)
{
    return {.name = text, .arch = inline_architecture(text), .tokens = tokens, .mix = mix_named("F16")};
}

Law own_law(const std::string& id, const std::string& formula)
{
    const JsonDocument document =
        parse_json(id, R"({"format": "law/1", "id": ")" + id +
                           R"(", "kind": "expression", "unit": "nats/token", "formula": ")" + formula + R"("})");
    return read_law(JsonPlace(document));
}

/// Deep and narrow, and shallow and wide, of nearly the same size.
std::vector<Design> two_shapes()
{
    return {design("L=32,d=1024,h=16,ffn=4096"), design("L=8,d=2048,h=16,ffn=8192")};
}

}  // namespace

TEST_CASE("ranks count from the least value, ties share their mean, unknown values have none", "[quality][ranking]")
{
    CHECK(ranks_of(std::vector<double>{3, 1, 2}) == std::vector<double>{3, 1, 2});
    CHECK(ranks_of(std::vector<double>{2, 1, 2}) == std::vector<double>{2.5, 1, 2.5});
    CHECK(ranks_of(std::vector<double>{2, 1.9, 1}, 0.2) == std::vector<double>{2.5, 2.5, 1});
    const std::vector<double> ranks = ranks_of(std::vector<double>{none, 5, 4});
    CHECK(std::isnan(ranks[0]));
    CHECK(ranks[2] == 1);
    CHECK(ranks_of(std::vector<double>{}).empty());
}

TEST_CASE("Spearman's correlation is 1 for one order, -1 for its reverse", "[quality][ranking]")
{
    const std::vector<double> up{1, 2, 3, 4};
    CHECK(spearman(up, up) == Approx(1));
    CHECK(spearman(up, std::vector<double>{4, 3, 2, 1}) == Approx(-1));
    CHECK(spearman(up, std::vector<double>{2, 1, 4, 3}) == Approx(0.6));  // 1 - 6 x 4 / (4 x 15)
    CHECK(spearman(up, std::vector<double>{none, 1, 2, 3}) == Approx(1));
    CHECK(std::isnan(spearman(up, std::vector<double>{1, 1, 1, 1})));
    CHECK(std::isnan(spearman(up, std::vector<double>{1, none, none, none})));
}

TEST_CASE("laws that order two designs differently flag the pair, with who says what", "[quality][ranking]")
{
    const std::vector<Law> laws{own_law("deeper", "3 - depth / 100"), own_law("wider", "3 - width / 10000"),
                                own_law("also-deeper", "1 / depth")};
    const Ranking ranking = rank(two_shapes(), laws);
    REQUIRE(ranking.disputes.size() == 1);
    CHECK(ranking.disputes[0].first == 0);
    CHECK(ranking.disputes[0].second == 1);
    CHECK(ranking.disputes[0].for_first == std::vector<std::string>{"deeper", "also-deeper"});
    CHECK(ranking.disputes[0].for_second == std::vector<std::string>{"wider"});
    CHECK(ranking.disputed(0));
    CHECK(ranking.median_rank == std::vector<double>{1, 2});
    CHECK(ranking.agreement[0][1] == Approx(-1));
    CHECK(ranking.agreement[0][2] == Approx(1));
}

TEST_CASE("laws that agree dispute nothing", "[quality][ranking]")
{
    const std::vector<Law> laws{own_law("deeper", "3 - depth / 100"), own_law("also-deeper", "1 / depth")};
    const Ranking ranking = rank(two_shapes(), laws);
    CHECK(ranking.disputes.empty());
    CHECK(!ranking.disputed(0));
}

TEST_CASE("differences below the laws' precision are ties, not disputes", "[quality][ranking]")
{
    const std::vector<Law> laws{own_law("deeper", "3 - depth / 100"), own_law("wider", "3 - width / 1e7")};
    CHECK(rank(two_shapes(), laws).disputes.size() == 1);
    CHECK(rank(two_shapes(), laws, {.least_difference = 0.01}).disputes.empty());
}

TEST_CASE("the default laws are at least three, and each ranks a larger model of one shape better",
          "[quality][ranking]")
{
    const std::vector<Law> laws = default_laws();
    CHECK(laws.size() >= 3);
    const std::vector<Design> designs{design("L=8,d=1024,h=16,ffn=4096"), design("L=24,d=1024,h=16,ffn=4096")};
    const Ranking ranking = rank(designs, laws);
    for (const LawRanking& law : ranking.laws) {
        CAPTURE(law.law);
        CHECK(law.ranks == std::vector<double>{2, 1});
    }
    CHECK(ranking.disputes.empty());
}

TEST_CASE("a design that a law cannot judge has no rank there and keeps its median of the others", "[quality][ranking]")
{
    std::vector<Design> designs = two_shapes();
    designs[0].arch.blocks[0].mixer = Mamba2{.heads = 32, .head_dim = 64, .state = 128};
    const std::vector<Law> laws{load_law("plas"), load_law("gemstones"), load_law("chinchilla-besiroglu")};
    const Ranking ranking = rank(designs, laws);
    CHECK(std::isnan(ranking.laws[0].ranks[0]));
    CHECK(ranking.laws[0].ranks[1] == 1);
    CHECK(std::isfinite(ranking.median_rank[0]));
    CHECK(!ranking.in_range(0));
}

TEST_CASE("per character of text a larger vocabulary is judged by what its tokens say", "[quality][ranking]")
{
    const Law text = load_law("vocabulary-tokens");
    const std::vector<Design> designs{design("L=16,d=1024,h=16,ffn=4096,V=32000"),
                                      design("L=16,d=1024,h=16,ffn=4096,V=128256")};
    const std::vector<Law> laws{own_law("same", "2.5 + vocabulary / 1e6")};
    CHECK(rank(designs, laws).laws[0].ranks == std::vector<double>{1, 2});
    const Ranking fair = rank(designs, laws, {.text = &text});
    CHECK(fair.laws[0].ranks == std::vector<double>{2, 1});
    CHECK(fair.laws[0].compared[0] == Approx((2.5 + 0.032) * 0.252404).epsilon(1e-5));
}
