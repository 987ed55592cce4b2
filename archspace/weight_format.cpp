#include "archspace/weight_format.h"

#include "base/text.h"

namespace slimline {

std::optional<Format> format_named(std::string_view name)
{
    const std::string wanted = lower_case(name);
    for (const FormatInfo& each : format_table) {
        if (lower_case(each.name) == wanted) {
            return each.format;
        }
    }
    return std::nullopt;
}

std::vector<std::string> format_names()
{
    std::vector<std::string> names;
    for (const FormatInfo& each : format_table) {
        names.emplace_back(each.name);
    }
    return names;
}

}  // namespace slimline
