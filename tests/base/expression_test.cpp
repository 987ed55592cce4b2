#include <cmath>

#include <catch2/catch.hpp>

#include "base/expression.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

const std::vector<std::string> names{"d_model", "heads", "x"};

double value(const char* text, double d_model = 1024, double heads = 16, double x = 3)
{
    const std::array<double, 3> values{d_model, heads, x};
    return parse_expression(text, names)(values);
}

struct Case {
    const char* text;
    double value;
};

struct Broken {
    const char* text;
    const char* fact;
};

}  // namespace

TEST_CASE("a formula means what school taught", "[base][expression]")
{
    const Case c = GENERATE(values<Case>({{"1 + 2 * 3", 7},
                                          {"(1 + 2) * 3", 9},
                                          {"2 ^ 3 ^ 2", 512},
                                          {"-2 ^ 2", -4},
                                          {"2 ^ -1", 0.5},
                                          {"7 - 2 - 1", 4},
                                          {"8 / 4 / 2", 1},
                                          {"17 % 5", 2},
                                          {"1.5e3 + .5", 1500.5},
                                          {"--3", 3},
                                          {"log(exp(2))", 2},
                                          {"log2(8) + sqrt(9) + abs(-1)", 7},
                                          {"floor(2.7) + ceil(2.2) + round(2.5)", 8},
                                          {"min(4, 2, 3) + max(4, 2, 9)", 11},
                                          {"min(1, 2) * max(3, 4, 5, 6)", 6},
                                          {"round_up(8/3*d_model, 256)", 2816},
                                          {"round_up(512, 256) + round_down(511, 256)", 768},
                                          {"round_up(0.1 * 30, 1)", 3},
                                          {"d_model % heads == 0", 1},
                                          {"d_model % heads != 0 || x < 2", 0},
                                          {"x >= 3 && x <= 3 && !(x > 3)", 1},
                                          {"if(x > 2, 10, 20) + if(x < 2, 1, 2)", 12}}));
    CAPTURE(c.text);
    CHECK(value(c.text) == Approx(c.value).epsilon(1e-14));
}

TEST_CASE("a formula knows which quantities it reads", "[base][expression]")
{
    CHECK(parse_expression("x * d_model + x", names).reads() == std::vector<int>{2, 0});
    CHECK(parse_expression("1 + 1", names).reads().empty());
}

TEST_CASE("a formula that cannot be read is refused with the column and what to do", "[base][expression][errors]")
{
    const Broken b = GENERATE(values<Broken>({
        {"", "column 1 of the formula: the formula ends too early"},
        {"1 +", "column 4 of the formula: the formula ends too early"},
        {"1 + * 2", "column 5 of the formula: unexpected '*'"},
        {"(1 + 2", "column 1 of the formula: '(' is not closed"},
        {"1 + 2)", "column 6 of the formula: stops making sense at ')'"},
        {"d_modle * 2", "column 1 of the formula: there is no quantity 'd_modle'; did you mean 'd_model'?"},
        {"2 * rund_up(x, 2)", "column 5 of the formula: there is no function 'rund_up'; did you mean 'round_up'?"},
        {"round_up(x)", "'round_up' has the wrong arguments; write round_up(x, multiple)"},
        {"log(x, 2)", "'log' has the wrong arguments; write log(x)"},
        {"min(x)", "'min' has the wrong arguments"},
        {"if(x, 1)", "'if' has the wrong arguments; write if(condition, then, else)"},
        {"log()", "column 5 of the formula: unexpected ')'"},
        {"1 < x < 3", "column 7 of the formula: comparisons cannot be chained"},
        {"x y", "column 3 of the formula: stops making sense at 'y'"},
        {"1e999", "not a number that can be used"},
        {"x = 3", "stops making sense at '= 3'"},
        {"x; y", "stops making sense"},
        {"$HOME", "unexpected '$'"},
    }));
    CAPTURE(b.text);
    CHECK_THAT(complaint([&] { parse_expression(b.text, names); }), Catch::Contains(b.fact));
}

TEST_CASE("a formula nested or written without end is refused, not run", "[base][expression][errors]")
{
    CHECK_THAT(complaint([] { parse_expression(std::string(200, '(') + "1", names); }), Catch::Contains("too deeply"));
    CHECK_THAT(complaint([] { parse_expression(std::string(200, '-') + "1", names); }), Catch::Contains("too deeply"));
    std::string tower = "1";
    for (int i = 0; i < 100; ++i) {
        tower += "^1";
    }
    CHECK_THAT(complaint([&] { parse_expression(tower, names); }), Catch::Contains("too deeply"));
    CHECK_THAT(complaint([] { parse_expression(std::string(10'000, ' ') + "1", names); }), Catch::Contains("longer"));
}

TEST_CASE("a formula of a document is refused with its line", "[base][expression][errors]")
{
    const JsonDocument document = parse_json("space.json", "{\n \"d_ffn\": \"3 * d_modl\"}");
    const JsonPlace place = JsonObject(JsonPlace(document)).at("d_ffn");
    CHECK(complaint([&] { read_expression(place, names); }) ==
          "space.json:2: /d_ffn: column 5 of the formula: there is no quantity 'd_modl'; did you mean 'd_model'?");
}

TEST_CASE("a number in a document is a formula too, and NaN is not hidden by min and max", "[base][expression]")
{
    const JsonDocument document = parse_json("x.json", "0.1");
    CHECK(read_expression(JsonPlace(document), names)(std::vector<double>{}) == 0.1);
    CHECK(std::isnan(value("min(x, 1)", 1, 1, std::nan(""))));
    CHECK(std::isnan(value("max(1, x)", 1, 1, std::nan(""))));
}
