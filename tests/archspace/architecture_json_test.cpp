#include "archspace/architecture_json.h"

#include <catch2/catch.hpp>

#include "archspace/layer_pattern.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

std::vector<std::string> expanded(const std::string& list)
{
    const JsonDocument document = parse_json("layers", list);
    return expand_layers(JsonPlace(document));
}

std::string compacted(const std::vector<std::string>& names)
{
    return compact_layers(names).dump();
}

}  // namespace

TEST_CASE("layer patterns expand", "[archspace][json]")
{
    using Names = std::vector<std::string>;
    CHECK(expanded(R"j(["3*a"])j") == Names{"a", "a", "a"});
    CHECK(expanded(R"j(["2*(2*a b)", "a"])j") == Names{"a", "a", "b", "a", "a", "b", "a"});
    CHECK(expanded(R"j(["a b", "( c )"])j") == Names{"a", "b", "c"});
    CHECK(expanded(R"j(["2*2"])j") == Names{"2", "2"});
    CHECK(expanded(R"j([])j").empty());
}

TEST_CASE("what is written of a pattern is short and expands to the same", "[archspace][json]")
{
    const std::vector<std::string> gemma = expanded(R"j(["4*(5*local global)", "2*local"])j");
    CHECK(gemma.size() == 26);
    CHECK(compacted(gemma) == R"j(["4*(5*local global)","2*local"])j");
    CHECK(compacted(expanded(R"j(["30*layer"])j")) == R"j(["30*layer"])j");
    CHECK(compacted(expanded(R"j(["10*a","b","9*a","b","9*a"])j")) == R"j(["10*a","2*(b 9*a)"])j");
    CHECK(expanded(compacted(expanded(R"j(["10*a","b","9*a","b","9*a"])j"))) ==
          expanded(R"j(["10*a","b","9*a","b","9*a"])j"));
}

TEST_CASE("no pattern makes more layers than are taken", "[archspace][json]")
{
    CHECK_THAT(complaint([] { expanded(R"j(["1024*(1024*(1024*a))"])j"); }), Catch::Contains("more than 1024 layers"));
    CHECK_THAT(complaint([] { expanded(R"j(["1024*a", "b"])j"); }), Catch::Contains("more than 1024 layers"));
    CHECK_THAT(complaint([] { expanded(R"j(["((((((a))))))"])j"); }), Catch::Contains("too many parentheses"));
}

TEST_CASE("lists of heads and widths make a block a layer and are written as lists again", "[archspace][json]")
{
    const Architecture arch = load_architecture("openelm-270m");
    CHECK(arch.blocks.size() == 16);
    CHECK(std::get<Attention>(arch.block_of(0).mixer).heads == 12);
    CHECK(std::get<Attention>(arch.block_of(15).mixer).kv_heads == 5);
    CHECK(arch.block_of(15).ffn->width == 5120);
    const Json json = to_json(arch);
    CHECK(json["blocks"].size() == 1);
    CHECK(json["blocks"]["layer"]["ffn"]["width"].size() == 16);
}

TEST_CASE("values at their default are not written", "[archspace][json]")
{
    const Json json = to_json(load_architecture("smollm-135m"));
    CHECK_FALSE(json.contains("embedding_width"));
    CHECK_FALSE(json["blocks"]["layer"].contains("norms"));
    CHECK(json["layers"].dump() == R"j(["30*layer"])j");
}
