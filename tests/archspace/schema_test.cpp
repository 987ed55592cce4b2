#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "base/files.h"

using namespace slimline;

namespace {

/// Adds to `missing` the paths of members that the schema does not list.
void collect_unlisted(const Json& value, const Json& schema, const Json& block, const std::string& path,
                      std::vector<std::string>& missing)
{
    if (!value.is_object()) {
        return;
    }
    for (auto it = value.begin(); it != value.end(); ++it) {
        const std::string here = path + "/" + it.key();
        if (path == "/blocks") {
            collect_unlisted(*it, block, block, here, missing);
        } else if (schema.contains("properties") && schema["properties"].contains(it.key())) {
            collect_unlisted(*it, schema["properties"][it.key()], block, here, missing);
        } else {
            missing.push_back(here);
        }
    }
}

}  // namespace

TEST_CASE("the JSON schema for editors lists every member that shipped architectures have", "[archspace][schema]")
{
    const JsonDocument schema = load_json(data_folder() / "schema" / "architecture-1.json");
    const Json& block = schema.root["$defs"]["block"];
    for (const std::string& id : shipped_ids("archs")) {
        CAPTURE(id);
        std::vector<std::string> missing;
        collect_unlisted(load_json(data_folder() / "archs" / (id + ".json")).root, schema.root, block, "", missing);
        CHECK(missing == std::vector<std::string>{});
    }
}
