#include "base/json.h"

#include <array>

#include <catch2/catch.hpp>

#include "base/errors.h"

using namespace slimline;
using Catch::Contains;
using Catch::Equals;

namespace {

/// What reading `text` by `read` complains about.
template <class Read>
std::string complaint(const std::string& text, Read read)
{
    try {
        const JsonDocument document = parse_json("toy.json", text);
        read(JsonObject(JsonPlace(document)));
    } catch (const InputError& error) {
        return error.what();
    }
    return "no complaint";
}

std::string parse_complaint(const std::string& text)
{
    return complaint(text, [](const JsonObject&) {});
}

}  // namespace

TEST_CASE("an error names the file, the line and the path of the value", "[base]")
{
    const std::string text =
        "{\n  \"memory\": {\n    \"kinds\": [\"a\",\n      \"b\"],\n    \"capacity_GiB\": -1\n  }\n}";
    const auto read_capacity = [](JsonObject o) {
        JsonObject memory(o.at("memory"));
        memory.number("capacity_GiB", Range::positive());
    };
    CHECK(complaint(text, read_capacity) == "toy.json:5: /memory/capacity_GiB: must be a positive number, not -1");

    const auto read_kind = [](JsonObject o) {
        JsonObject memory(o.at("memory"));
        memory.at("kinds").items().at(1).number();
    };
    CHECK(complaint(text, read_kind) == "toy.json:4: /memory/kinds/1: must be a number, not the text 'b'");
}

TEST_CASE("an unknown key is an error that names the nearest known one", "[base]")
{
    const auto read = [](JsonObject o) {
        o.number_or("bandwidth_GBps", 0);
        o.done();
    };
    CHECK(complaint(R"({"bandwith_GBps": 1})", read) ==
          "toy.json:1: /bandwith_GBps: unknown key 'bandwith_GBps'; did you mean 'bandwidth_GBps'?");
    CHECK(complaint(R"({"bandwidth_GBps": 1})", read) == "no complaint");
}

TEST_CASE("a missing member is named", "[base]")
{
    CHECK_THAT(complaint("{}", [](JsonObject o) { o.text("id"); }), Contains("'id' is missing"));
}

TEST_CASE("an unknown word names the known ones", "[base]")
{
    enum class Kind { cpu, gpu };
    static constexpr std::array<std::pair<std::string_view, Kind>, 2> words{{{"cpu", Kind::cpu}, {"gpu", Kind::gpu}}};
    const auto read = [](JsonObject o) { o.one_of<Kind>("kind", words); };
    CHECK_THAT(complaint(R"({"kind": "gpuu"})", read), Contains("/kind: unknown word 'gpuu'; did you mean 'gpu'?"));
    CHECK(complaint(R"({"kind": "gpu"})", read) == "no complaint");
}

TEST_CASE("a key that stands twice in one object is an error, in two objects it is not", "[base]")
{
    CHECK_THAT(parse_complaint(R"({"a": 1, "b": {"a": 2}, "a": 3})"), Contains("'a' stands twice"));
    CHECK(parse_complaint(R"({"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]})") == "no complaint");
}

TEST_CASE("64 levels are read and 65 refused", "[base]")
{
    const auto nested = [](std::size_t lists) {
        return R"({"a": )" + std::string(lists, '[') + std::string(lists, ']') + "}";
    };
    CHECK(parse_complaint(nested(63)) == "no complaint");
    CHECK_THAT(parse_complaint(nested(66)), Contains("nested more than 64 levels deep"));
    CHECK_THAT(parse_complaint(nested(1'000'000)), Contains("nested more than 64 levels deep"));
}

TEST_CASE("text that is not JSON is refused with line and column, in one line", "[base]")
{
    const auto [text, expected] = GENERATE(table<std::string, std::string>({
        {"", "line 1, column 1"},
        {"{\n\"a\": 1,\n}", "line 3, column 1"},
        {"{\"a\": 1} x", "line 1, column 10"},
        {"{\"a\": 01}", "line 1"},
        {"// note\n{}", "line 1"},
        {"{\"a\": \"\xff\"}", "line 1"},
        {"{\"a\": NaN}", "line 1"},
    }));
    CAPTURE(text);
    const std::string message = parse_complaint(text);
    CHECK_THAT(message, Contains("toy.json: is not valid JSON"));
    CHECK_THAT(message, Contains(expected));
    CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("a root that is not an object is refused by whoever wants one", "[base]")
{
    CHECK_THAT(parse_complaint("[1, 2]"), Contains("must be an object, not a list"));
}

TEST_CASE("a whole number may be written with a point but may not have a fraction", "[base]")
{
    const auto read = [](JsonObject o) { o.integer("layers", 1, 1000); };
    CHECK(complaint(R"({"layers": 24.0})", read) == "no complaint");
    CHECK_THAT(complaint(R"({"layers": 24.5})", read), Contains("whole number between 1 and 1000, not 24.5"));
    CHECK_THAT(complaint(R"({"layers": 0})", read), Contains("not 0"));
    CHECK_THAT(complaint(R"({"layers": 1e300})", read), Contains("not 1e+300"));
}

TEST_CASE("both ends of a share belong to it", "[base]")
{
    const auto read = [](JsonObject o) { o.number("share", Range::share()); };
    CHECK(complaint(R"({"share": 0})", read) == "no complaint");
    CHECK(complaint(R"({"share": 1})", read) == "no complaint");
    CHECK_THAT(complaint(R"({"share": 1.0001})", read), Contains("a number between 0 and 1"));
    CHECK_THAT(complaint(R"({"share": -1e-9})", read), Contains("a number between 0 and 1"));
}

TEST_CASE("a file of another format is named as such", "[base]")
{
    const auto read = [](JsonObject o) { expect_format(o, "device/1"); };
    CHECK(complaint(R"({"format": "device/1"})", read) == "no complaint");
    CHECK_THAT(complaint(R"({"format": "device/2"})", read),
               Contains("format is 'device/2'; this place takes 'device/1'"));
}

TEST_CASE("pretty text reads back as the same value, with its keys in order", "[base]")
{
    const Json value =
        Json::parse(R"({"z": [1, 2, 3], "a": {"long": ")" + std::string(130, 'x') + R"(", "n": null}, "e": []})");
    const std::string text = pretty(value);
    CHECK(Json::parse(text) == value);
    CHECK_THAT(text, Contains("\"z\": [1, 2, 3],\n"));
    CHECK(text.find("\"z\"") < text.find("\"a\""));
    CHECK(text.back() == '\n');
}
