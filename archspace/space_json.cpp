#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "archspace/space.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t most_values = 100000;

/// What stands where a space says nothing; "" must be said.
std::string_view default_formula(Dimension dimension)
{
    switch (dimension) {
        case Dimension::head_dim:
            return "d_model / heads";
        case Dimension::kv_heads:
            return "heads";
        case Dimension::experts:
            return "0";
        case Dimension::active:
            return "min(1, experts)";
        case Dimension::tied:
            return "1";
        default:
            return "";
    }
}

double number_or_truth(const JsonPlace& place)
{
    return place.value().is_boolean() ? double(place.boolean()) : place.number();
}

std::vector<double> range_values(const JsonPlace& place)
{
    JsonObject range(place);
    const double from = range.number("from");
    const double to = range.number("to");
    const double step = range.number_or("step", 1, Range::positive());
    range.done();
    if (to < from) {
        place.fail(fmt::format("goes from {} down to {}", from, to), "write the smaller number as \"from\"");
    }
    const double count = std::floor((to - from) / step * (1 + 1e-12)) + 1;
    if (count > double(most_values)) {
        place.fail(fmt::format("has more than {} values", most_values), "use a larger \"step\"");
    }
    std::vector<double> values;
    for (double i = 0; i < count; ++i) {
        values.push_back(from + i * step);
    }
    return values;
}

std::vector<double> list_values(const JsonPlace& place)
{
    std::vector<double> values;
    for (const JsonPlace& item : place.items()) {
        values.push_back(number_or_truth(item));
    }
    if (values.empty()) {
        place.fail("has no values", "name at least one");
    }
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

/// The names of a way in which a variable reads itself, or nothing.
std::vector<std::string> cycle_through(const std::vector<SpaceVariable>& variables, std::size_t start)
{
    std::vector<bool> seen(variables.size());
    std::vector<std::string> way;
    const auto find = [&](auto&& self, std::size_t at) -> bool {
        if (!variables[at].formula) {
            return false;
        }
        for (const int read : variables[at].formula->reads()) {
            way.push_back(variables[std::size_t(read)].name);
            if (std::size_t(read) == start) {
                return true;
            }
            if (!seen[std::size_t(read)]) {
                seen[std::size_t(read)] = true;
                if (self(self, std::size_t(read))) {
                    return true;
                }
            }
            way.pop_back();
        }
        return false;
    };
    find(find, start);
    return way;
}

/// A text or a list of texts.
std::vector<JsonPlace> one_or_more(const JsonPlace& place)
{
    std::vector<JsonPlace> items = place.is_array() ? place.items() : std::vector<JsonPlace>{place};
    if (items.empty()) {
        place.fail("has no values", "name at least one");
    }
    return items;
}

}  // namespace

Format read_kv_format(const JsonPlace& place)
{
    const std::optional<Format> format = format_named(place.text());
    if (!format) {
        place.fail("no format '" + printable(place.text()) + "'", did_you_mean(place.text(), format_names()));
    }
    return *format;
}

WeightMix read_mix(const JsonPlace& place)
{
    return at_place(place, [&] { return mix_named(place.text()); });
}

SpaceVariable read_space_variable(const std::string& name, const JsonPlace& place, std::span<const std::string> names)
{
    if (place.is_object()) {
        return {name, range_values(place), {}};
    }
    if (place.is_array()) {
        return {name, list_values(place), {}};
    }
    if (place.is_text()) {
        return {name, {}, read_expression(place, names)};
    }
    return {name, {number_or_truth(place)}, {}};
}

void refuse_cycles(const std::vector<SpaceVariable>& variables, const JsonPlace& place)
{
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const std::vector<std::string> cycle = cycle_through(variables, i);
        if (!cycle.empty()) {
            const std::string& name = variables[i].name;
            place.fail("'" + name + "' depends on itself: " + name + " <- " + joined(cycle, " <- "),
                       "give one of them as values");
        }
    }
}

Space read_space(JsonObject& question)
{
    Space space;
    JsonObject dimensions(question.at("space"));
    const std::optional<JsonPlace> helpers = question.find("helpers");
    const std::vector<std::pair<std::string, JsonPlace>> helper_members =
        helpers ? helpers->members() : std::vector<std::pair<std::string, JsonPlace>>{};

    std::vector<std::string> names;
    for (std::size_t d = 0; d < dimension_count; ++d) {
        names.emplace_back(word(Dimension(d)));
    }
    for (const auto& [name, place] : helper_members) {
        const bool letters =
            !name.empty() && (std::isalpha(static_cast<unsigned char>(name[0])) != 0 || name[0] == '_') &&
            std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
        if (!letters) {
            place.fail("'" + printable(name) + "' cannot stand in a formula", "use letters, digits and _");
        }
        if (std::ranges::find(names, name) != names.end()) {
            place.fail("'" + name + "' is a dimension", "say it under \"space\", or choose another name");
        }
        names.push_back(name);
    }

    for (std::size_t d = 0; d < dimension_count; ++d) {
        const std::string name(word(Dimension(d)));
        const std::string_view fallback = default_formula(Dimension(d));
        if (fallback.empty() || dimensions.has(name)) {
            space.variables.push_back(read_space_variable(name, dimensions.at(name), names));
        } else {
            space.variables.push_back({name, {}, parse_expression(fallback, names, name)});
        }
    }
    for (const auto& [name, place] : helper_members) {
        space.variables.push_back(read_space_variable(name, place, names));
    }
    refuse_cycles(space.variables, dimensions.place());
    if (const auto weights = dimensions.find("weights")) {
        space.weights.clear();
        for (const JsonPlace& item : one_or_more(*weights)) {
            const WeightMix mix = read_mix(item);
            if (std::ranges::find(space.weights, mix) != space.weights.end()) {
                item.fail("'" + mix.name + "' stands here twice", "leave one out");
            }
            space.weights.push_back(mix);
        }
    }
    if (const auto kv_cache = dimensions.find("kv_cache")) {
        space.kv_cache.clear();
        for (const JsonPlace& item : one_or_more(*kv_cache)) {
            const Format format = read_kv_format(item);
            if (std::ranges::find(space.kv_cache, format) != space.kv_cache.end()) {
                item.fail("stands here twice", "leave one out");
            }
            space.kv_cache.push_back(format);
        }
    }
    dimensions.done();
    if (const auto constraints = question.find("constraints")) {
        for (const JsonPlace& item : constraints->items()) {
            space.constraints.push_back(read_expression(item, names));
        }
    }
    return space;
}

}  // namespace slimline
