#include <catch2/catch.hpp>
#include <cmath>

#include "archspace/architecture_json.h"
#include "archspace/hf_config.h"
#include "archspace/weight_mix.h"
#include "base/files.h"
#include "base/text.h"
#include "tests/support/best_of.h"

using namespace slimline;

namespace {

struct Row {
    std::string id;
    double parameters = 0;
    double published = 0;
};

/// Parameter counts worked out by hand from each model's published shape, and what the publishers say.
std::vector<Row> catalogue()
{
    const std::string text = read_file(std::string(SLIMLINE_SOURCE_DIR) + "/tests/data/parameter_counts.csv");
    std::vector<Row> rows;
    for (const std::string& line : split(text, '\n')) {
        const std::vector<std::string> cells = split(line, ',');
        Row row;
        if (cells.size() == 3 && parse_number(cells[1], row.parameters) && parse_number(cells[2], row.published)) {
            row.id = cells[0];
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace

TEST_CASE("all 104 models of the catalogue have exactly the parameters that their shape gives",
          "[archspace][catalogue]")
{
    const std::vector<Row> rows = catalogue();
    REQUIRE(rows.size() == 104);
    for (const Row& row : rows) {
        CAPTURE(row.id);
        CHECK(parameter_count(load_architecture(row.id)).total == row.parameters);
    }
}

TEST_CASE("at least 86 of them agree with the published count within a thousandth, the others are explained",
          "[archspace][catalogue]")
{
    const std::string explained = read_file(std::string(SLIMLINE_SOURCE_DIR) + "/docs/validation.md");
    int agreeing = 0;
    for (const Row& row : catalogue()) {
        const Architecture arch = load_architecture(row.id);
        CHECK(arch.published_parameters == row.published);
        const bool agrees = std::abs(parameter_count(arch).total / row.published - 1) <= 1e-3;
        agreeing += agrees ? 1 : 0;
        CAPTURE(row.id);
        CHECK((explained.find("| `" + row.id + "` |") != std::string::npos) == !agrees);
    }
    CHECK(agreeing >= 86);
}

TEST_CASE("every shipped architecture is named by its id, has sources, and reads back as it was written",
          "[archspace][catalogue]")
{
    for (const std::string& id : shipped_ids("archs")) {
        CAPTURE(id);
        const Architecture arch = load_architecture(id);
        CHECK(arch.id == id);
        CHECK_FALSE(arch.sources.empty());
        CHECK_FALSE(arch.released.empty());
        const JsonDocument written = parse_json("round trip", pretty(to_json(arch)));
        CHECK(read_architecture(JsonPlace(written)) == arch);
        CHECK(written.text == read_file(data_folder() / "archs" / (id + ".json")));
        CHECK(weight_bytes(arch, mix_named("Q4_K_M")) > 0);
    }
}

TEST_CASE("only what one token uses of a mixture of experts is active", "[archspace][catalogue]")
{
    const ParameterCount granite = parameter_count(load_architecture("granite-3.0-1b-a400m"));
    // 24 layers of 3 * 1024 * 512 * (32 - 8) numbers rest.
    CHECK(granite.total - granite.active == 24.0 * 3 * 1024 * 512 * 24);
    const ParameterCount dense = parameter_count(load_architecture("smollm-135m"));
    CHECK(dense.total == dense.active);
    CHECK(dense.embedding == 49152.0 * 576);
}

TEST_CASE("to load a model of the catalogue is not to read the catalogue", "[archspace][catalogue]")
{
    const double all = best_of([] {
        for (const std::string& id : shipped_ids("archs")) {
            load_architecture(id);
        }
    });
    CHECK(best_of([] { load_architecture("qwen2-0.5b"); }) < all / 10);
}
