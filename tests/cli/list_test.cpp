#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "base/json.h"
#include "tests/cli/ran.h"

using namespace slimline;
using Catch::Contains;

TEST_CASE("each list names what is shipped, as text, as ids and as JSON", "[cli]")
{
    const auto [what, id] = GENERATE(table<std::string, std::string>({
        {"archs", "qwen2-0.5b"},
        {"devices", "jetson-orin-nx-16gb"},
        {"quants", "Q4_K_M"},
        {"backends", "gpu"},
    }));
    CAPTURE(what);
    CHECK_THAT(ran({"list", what}).out, Contains(id));
    CHECK_THAT(ran({"list", what, "--ids"}).out, Contains(id + "\n"));
    const Json json = Json::parse(ran({"list", what, "--json"}).out);
    CHECK(json["format"] == "list/1");
    CHECK(json["kind"] == what);
    CHECK(json["rows"].size() > 2);
}

TEST_CASE("the list of models has as many rows as there are files", "[cli]")
{
    CHECK(Json::parse(ran("list archs --json").out)["rows"].size() == shipped_ids("archs").size());
}

TEST_CASE("a listed device's backends are words", "[cli]")
{
    const Json rows = Json::parse(ran("list devices --json").out)["rows"];
    const auto jetson = std::ranges::find_if(rows, [](const Json& row) { return row["id"] == "jetson-orin-nx-16gb"; });
    REQUIRE(jetson != rows.end());
    CHECK((*jetson)["backends"] == Json({"gpu", "cpu"}));
}

TEST_CASE("lists fit a narrow terminal", "[cli]")
{
    const std::string what = GENERATE("archs", "devices", "quants", "backends", "calibrations");
    for (const std::string& line : split(ran({"list", what}, 60).out, '\n')) {
        CAPTURE(line);
        CHECK(line.size() <= 60);
    }
}

TEST_CASE("an imported short form is read back as the model that it says", "[cli]")
{
    const Ran r = ran("import L=4,d=256,h=4,kv=2,hd=64,ffn=512,V=1000,tied");
    REQUIRE(r.code == 0);
    const JsonDocument document = parse_json("imported", r.out);
    const Architecture arch = read_architecture(JsonPlace(document));
    CHECK(arch.layers.size() == 4);
    CHECK(arch.d_model == 256);
    CHECK(arch.vocabulary == 1000);
}

TEST_CASE("lint finds nothing wrong with the shipped data", "[cli]")
{
    const Ran r = ran("lint");
    INFO(r.out);
    CHECK(r.code == 0);
}

TEST_CASE("lint lists every problem of every file and ends with exit code 2", "[cli]")
{
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "slimline-lint-test";
    write_file(folder / "no-json.json", "{");
    write_file(folder / "no-format.json", "{}");
    write_file(folder / "other.json", R"({"format": "recipe/1"})");
    const auto file = [&](const char* name) { return (folder / name).string(); };
    const Ran r = ran({"lint", file("no-json.json"), file("no-format.json"), file("other.json"), file("missing.json")});
    std::filesystem::remove_all(folder);
    INFO(r.out);
    CHECK(r.code == 2);
    CHECK_THAT(r.out, Contains("no-json.json: is not valid JSON"));
    CHECK_THAT(r.out, Contains("'format' is missing"));
    CHECK_THAT(r.out, Contains("unknown word 'recipe/1'"));
    CHECK_THAT(r.out, Contains("missing.json"));
    CHECK_THAT(r.out, Contains("4 files, 4 problems"));
}
