#include "base/text.h"

#include <catch2/catch.hpp>

using namespace slimline;

TEST_CASE("the nearest word is the one with the fewest edits, case ignored", "[base]")
{
    const std::vector<std::string> ids{"qwen2-0.5b", "qwen2-1.5b", "phi-1"};
    CHECK(nearest("Qwen2-0.5", ids) == "qwen2-0.5b");
    CHECK(nearest("phi1", ids) == "phi-1");
}

TEST_CASE("of equally near words the one with the same letters and digits is meant", "[base]")
{
    CHECK(nearest("q4km", std::vector<std::string>{"Q4_0", "Q4_1", "Q4_K_M"}) == "Q4_K_M");
}

TEST_CASE("a part of several names lists them", "[base]")
{
    const std::vector<std::string> ids{"qwen2-0.5b", "qwen2-1.5b", "phi-1"};
    CHECK(did_you_mean("qwen", ids) == "did you mean one of qwen2-0.5b, qwen2-1.5b?");
}

TEST_CASE("a word that is like none of the candidates has no nearest", "[base]")
{
    const std::vector<std::string> ids{"qwen2-0.5b", "phi-1"};
    CHECK(nearest("mistral-large", ids).empty());
    CHECK(nearest(std::string(100'000, 'q'), ids).empty());
    CHECK(nearest("x", {}).empty());
}

TEST_CASE("did you mean names the nearest, else lists a few candidates, else says nothing", "[base]")
{
    const std::vector<std::string> few{"cpu", "gpu", "npu"};
    CHECK(did_you_mean("cpuu", few) == "did you mean 'cpu'?");
    CHECK(did_you_mean("quantum", few) == "known: cpu, gpu, npu");
    CHECK(did_you_mean("quantum", std::vector<std::string>(41, "abcdefghijkl")).empty());
}

TEST_CASE("printable shows control characters and foreign bytes, and cuts long text", "[base]")
{
    CHECK(printable("a\x1b[31mb\n") == "a\\x1b[31mb\\x0a");
    CHECK(printable("\xff") == "\\xff");
    CHECK(printable("abcdef", 3) == "abc...");
}

TEST_CASE("a number is read only when it is the whole text", "[base]")
{
    double value = 0;
    CHECK(parse_number("1.5e3", value));
    CHECK(value == 1500);
    const std::string bad = GENERATE("", " 1", "1 ", "1x", "nan", "inf", "1e999", "--1");
    CAPTURE(bad);
    CHECK_FALSE(parse_number(bad, value));

    long long whole = 0;
    CHECK(parse_integer("-7", whole));
    CHECK(whole == -7);
    CHECK_FALSE(parse_integer("7.0", whole));
    CHECK_FALSE(parse_integer("99999999999999999999", whole));
}

TEST_CASE("quantities are shown with three digits and the unit that fits", "[base]")
{
    CHECK(display(Seconds{0.01234}) == "12.3 ms");
    CHECK(display(Seconds{12.34}) == "12.3 s");
    CHECK(display(Bytes{4.5 * GiB}) == "4.50 GiB");
    CHECK(display(Bytes{0}) == "0 B");
    CHECK(display(Joules{0.25}) == "250 mJ");
    CHECK(display_count(494e6) == "494 M");
    CHECK(display_count(12) == "12.0");
}

TEST_CASE("split keeps empty parts and joined undoes it", "[base]")
{
    const std::vector<std::string> parts = split("a,,b", ',');
    CHECK(parts == std::vector<std::string>{"a", "", "b"});
    CHECK(joined(parts, ",") == "a,,b");
    CHECK(split("", ',').size() == 1);
}
