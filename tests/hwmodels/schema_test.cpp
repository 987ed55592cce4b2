#include <filesystem>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "tests/support/schema.h"

using namespace slimline;

TEST_CASE("the JSON schemas for editors list every member of the shipped files", "[hwmodels][schema][data]")
{
    using Pair = std::pair<std::string, std::string>;
    const auto [folder, name] = GENERATE(
        values<Pair>({{"devices", "device-1"}, {"calibrations", "calibration-1"}, {"measurements", "measurements-1"}}));
    const Json schema = load_json(data_folder() / "schema" / (name + ".json")).root;
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data_folder() / folder)) {
        CAPTURE(entry.path());
        CHECK(unlisted(load_json(entry.path()).root, schema).empty());
        ++files;
    }
    CHECK(files > 20);
}
