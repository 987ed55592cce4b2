#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace slimline {

/// Paths of members of `value` that a JSON schema of nested properties and items does not list.
inline std::vector<std::string> unlisted(const Json& value, const Json& schema, const std::string& path = {})
{
    std::vector<std::string> missing;
    const auto collect = [&](const Json& part, const Json& of, const std::string& where) {
        for (std::string& each : unlisted(part, of, where)) {
            missing.push_back(std::move(each));
        }
    };
    if (value.is_object()) {
        const Json& listed = schema.contains("properties") ? schema["properties"] : Json::object();
        for (auto it = value.begin(); it != value.end(); ++it) {
            const std::string here = path + "/" + it.key();
            listed.contains(it.key()) ? collect(*it, listed[it.key()], here) : missing.push_back(here);
        }
    } else if (value.is_array()) {
        for (const Json& item : value) {
            collect(item, schema.contains("items") ? schema["items"] : Json::object(), path + "/*");
        }
    }
    return missing;
}

}  // namespace slimline
