#include "cli/table.h"

#include <sstream>

#include <catch2/catch.hpp>

#include "base/text.h"

using namespace slimline;

namespace {

std::string written(const Table& table, int width)
{
    std::ostringstream out;
    Console console{out, out, width, false};
    write_table(console, table);
    return out.str();
}

const Table toy{{{"name"}, {"note", Align::left, 1}, {"time", Align::right}},
                {{"short", "first", "1 ms"}, {"a much longer name", "second", "12 ms"}}};

}  // namespace

TEST_CASE("columns line up, text to the left and numbers to the right", "[cli]")
{
    CHECK(written(toy, 80) ==
          "name                note     time\n"
          "short               first    1 ms\n"
          "a much longer name  second  12 ms\n");
}

TEST_CASE("on a narrow terminal the optional column goes first, then text is cut", "[cli]")
{
    CHECK(written(toy, 30) ==
          "name                 time\n"
          "short                1 ms\n"
          "a much longer name  12 ms\n");
    CHECK(written(toy, 20) ==
          "name            time\n"
          "short           1 ms\n"
          "a much lon...  12 ms\n");
}

TEST_CASE("a character of two bytes takes one column", "[cli]")
{
    CHECK(written({{{"a"}, {"b"}}, {{"\xc2\xb5s", "x"}}}, 80) == "a   b\n\xc2\xb5s  x\n");
}
