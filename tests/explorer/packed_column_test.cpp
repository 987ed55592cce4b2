#include "explorer/packed_column.h"

#include <cmath>
#include <cstring>

#include <catch2/catch.hpp>

using namespace slimline;

namespace {

std::string decoded(const std::string& text)
{
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0;
    int held = 0;
    for (const char digit : text.substr(0, text.find('='))) {
        bits = bits << 6 | unsigned(digits.find(digit));
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(char(bits >> held & 0xff));
        }
    }
    return bytes;
}

/// What a browser has after unpacking.
template <class Number>
std::vector<Number> numbers(const Json& text)
{
    REQUIRE(text.get<std::string>().size() % 4 == 0);
    const std::string bytes = decoded(text.get<std::string>());
    std::vector<Number> all(bytes.size() / sizeof(Number));
    std::memcpy(all.data(), bytes.data(), bytes.size());
    return all;
}

ReportColumn column_of(std::size_t size, const std::function<Json(std::size_t)>& value, bool text = false)
{
    ReportColumn column{.name = "c", .title = "C", .unit = "", .text = text, .values = {}};
    for (std::size_t i = 0; i < size; ++i) {
        column.values.push_back(value(i));
    }
    return column;
}

}  // namespace

TEST_CASE("a column of few designs stands as it is", "[explorer][report]")
{
    const ReportColumn column = column_of(1000, [](std::size_t i) { return Json(0.1 * double(i)); });
    CHECK(packed_column(column)["values"] == Json(column.values));
}

TEST_CASE("few distinct values are a byte each", "[explorer][report]")
{
    for (const std::size_t size : {1001u, 1002u, 1003u}) {  // base64 with two, one and no filling digit, in some order
        const ReportColumn column = column_of(size, [](std::size_t i) { return Json(8 * (i % 256)); });
        const Json packed = packed_column(column);
        REQUIRE(packed["bytes"] == 1);
        const auto indices = numbers<unsigned char>(packed["indices"]);
        REQUIRE(indices.size() == size);
        for (std::size_t i = 0; i < size; ++i) {
            CHECK(packed["distinct"][indices[i]] == column.values[i]);
        }
    }
}

TEST_CASE("many distinct numbers are floats, and what is missing is no number", "[explorer][report]")
{
    const ReportColumn column = column_of(5001, [](std::size_t i) { return i == 7 ? Json() : Json(0.1 * double(i)); });
    const auto floats = numbers<float>(packed_column(column)["floats"]);
    REQUIRE(floats.size() == 5001);
    CHECK(std::isnan(floats[7]));
    CHECK(floats[5000] == 500.0f);
    CHECK(floats[3] == float(0.1 * 3));
}

TEST_CASE("many distinct texts are two bytes each, and too many of them stand as they are", "[explorer][report]")
{
    const auto name = [](std::size_t i) { return Json("model-" + std::to_string(i / 2)); };
    const Json packed = packed_column(column_of(3000, name, true));
    REQUIRE(packed["bytes"] == 2);
    const auto indices = numbers<std::uint16_t>(packed["indices"]);
    REQUIRE(indices.size() == 3000);
    CHECK(packed["distinct"][indices[2999]] == "model-1499");
    CHECK(packed_column(column_of(140000, name, true))["values"].size() == 140000);
}
