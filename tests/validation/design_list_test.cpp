#include "validation/design_list.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/complaint.h"

using namespace slimline;

namespace {

std::string written(const std::string& name, const std::string& text)
{
    const std::filesystem::path file = std::filesystem::temp_directory_path() / name;
    std::ofstream(file) << text;
    return file.string();
}

}  // namespace

TEST_CASE("designs come as ids, short forms, lists and lines", "[validation][designs]")
{
    CHECK(load_designs({"smollm-135m", "L=2,d=64,h=2,ffn=128"}).size() == 2);
    CHECK(load_designs({written("designs.json", R"(["smollm-135m", {"architecture": "qwen2-0.5b"}])")}).size() == 2);
    CHECK(load_designs({written("front.json", R"({"format": "x/1", "front": ["smollm-135m"]})")}).size() == 1);
    CHECK(load_designs({written("lines.ndjson", "\"smollm-135m\"\n\n\"qwen2-0.5b\"\n")}).size() == 2);
    const auto twice = load_designs({"smollm-135m", "smollm-135m"});
    CHECK(twice[0].id != twice[1].id);
}

TEST_CASE("a design that cannot be read is told with its line", "[validation][designs]")
{
    CHECK(complaint([] { load_designs({written("bad.ndjson", "\"smollm-135m\"\n{]\n")}); }).find("bad.ndjson:2") != std::string::npos);
    CHECK(complaint([] { load_designs({"smolm-135m"}); }).find("smollm-135m") != std::string::npos);
    CHECK(!complaint([] { load_designs({written("bad.json", "{\"designs\": [7]}")}); }).empty());
}
