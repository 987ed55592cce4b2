#include "explorer/hardware_space.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"
#include "explorer/lever.h"

namespace slimline {

namespace {

constexpr std::size_t most_points = 100000;

std::optional<Scenario> with_lever(const Scenario& s, std::string_view lever, double value)
{
    const Lever& moved = lever_named(lever);
    return moved.with(s, value * moved.scale);
}

std::optional<Scenario> with_factor(const Scenario& s, std::string_view lever, double factor)
{
    const Lever& moved = lever_named(lever);
    return moved.with(s, moved.value(s) * factor);
}

/// Sizes only; how fast caches are moves with the bandwidth.
std::optional<Scenario> with_caches(const Scenario& at, double factor)
{
    if (!std::isfinite(factor) || factor <= 0) {
        return std::nullopt;
    }
    Scenario s = at;
    for (Backend& backend : s.device.backends) {
        for (Cache& cache : backend.caches) {
            cache.size *= factor;
        }
        for (BandwidthPoint& point : backend.bandwidth_by_working_set) {
            point.working_set *= factor;
        }
    }
    return s;
}

struct HardwareDimension {
    std::string_view name;
    std::optional<Scenario> (*with)(const Scenario&, double);  // nullptr: a price, a power
};

constexpr HardwareDimension dimensions[] = {
    {"bandwidth_GBps", [](const Scenario& s, double x) { return with_lever(s, "bandwidth", x); }},
    {"bandwidth_factor", [](const Scenario& s, double x) { return with_factor(s, "bandwidth", x); }},
    {"compute_TOPS", [](const Scenario& s, double x) { return with_lever(s, "compute", x); }},
    {"compute_factor", [](const Scenario& s, double x) { return with_factor(s, "compute", x); }},
    {"memory_GiB", [](const Scenario& s, double x) { return with_lever(s, "memory", x); }},
    {"cache_factor", [](const Scenario& s, double x) { return with_caches(s, x); }},
    {"price_USD", nullptr},
    {"power_W", nullptr},
};

std::vector<std::string> dimension_names()
{
    std::vector<std::string> names;
    for (const HardwareDimension& each : dimensions) {
        names.emplace_back(each.name);
    }
    return names;
}

/// Two ways to say one thing.
void refuse_both(const JsonObject& hardware, const char* one, const char* other)
{
    if (hardware.has(one) && hardware.has(other)) {
        hardware.place().fail(fmt::format("says both \"{}\" and \"{}\"", one, other), "leave one out");
    }
}

std::vector<SpaceVariable> read_variables(JsonObject& hardware)
{
    const std::optional<JsonPlace> helpers = hardware.find("helpers");
    std::vector<std::pair<std::string, JsonPlace>> members;
    std::vector<std::string> names;
    for (const std::string& name : dimension_names()) {
        if (hardware.has(name)) {
            members.emplace_back(name, hardware.at(name));
            names.push_back(name);
        }
    }
    for (const auto& [name, place] : helpers ? helpers->members() : std::vector<std::pair<std::string, JsonPlace>>{}) {
        if (std::ranges::find(names, name) != names.end()) {
            place.fail("'" + printable(name) + "' is said twice", "choose another name");
        }
        members.emplace_back(name, place);
        names.push_back(name);
    }
    std::vector<SpaceVariable> variables;
    for (const auto& [name, place] : members) {
        variables.push_back(read_space_variable(name, place, names));
    }
    refuse_cycles(variables, hardware.place());
    return variables;
}

/// Each after those that it reads.
std::vector<std::size_t> order_of(const std::vector<SpaceVariable>& variables)
{
    std::vector<std::size_t> order;
    std::vector<bool> done(variables.size());
    while (order.size() < variables.size()) {
        for (std::size_t i = 0; i < variables.size(); ++i) {
            const auto& formula = variables[i].formula;
            if (!done[i] && (!formula || std::ranges::all_of(formula->reads(), [&](int r) {
                    return bool(done[std::size_t(r)]);
                }))) {
                done[i] = true;
                order.push_back(i);
            }
        }
    }
    return order;
}

struct Points {
    const std::vector<SpaceVariable>& variables;
    const std::vector<Expression>& constraints;
    const std::vector<std::size_t> order;
    const JsonPlace& place;
    std::vector<std::vector<double>> all{};

    void add(std::vector<double>& values, std::size_t at)
    {
        if (at == order.size()) {
            const bool allowed = std::ranges::all_of(constraints, [&](const Expression& c) {
                const double value = c(values);
                return value != 0 && !std::isnan(value);
            });
            if (allowed) {
                all.push_back(values);
            }
            return;
        }
        const std::size_t variable = order[at];
        if (variables[variable].formula) {
            values[variable] = (*variables[variable].formula)(values);
            add(values, at + 1);
        }
        for (const double value : variables[variable].values) {
            values[variable] = value;
            add(values, at + 1);
        }
    }
};

/// Before anything is allocated.
void refuse_too_many(const std::vector<SpaceVariable>& variables, const JsonPlace& place)
{
    double count = 1;
    for (const SpaceVariable& variable : variables) {
        count *= double(std::max<std::size_t>(1, variable.values.size()));
    }
    if (count > double(most_points)) {
        place.fail(fmt::format("has {} devices; at most {} are searched", display_count(count), most_points),
                   "use fewer values");
    }
}

}  // namespace

double HardwareSpace::value(std::size_t point, std::string_view name) const
{
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? std::numeric_limits<double>::quiet_NaN()
                                : points[point][std::size_t(found - names.begin())];
}

HardwareSpace read_hardware(const JsonPlace& place, const Scenario& run)
{
    JsonObject hardware(place);
    refuse_both(hardware, "bandwidth_GBps", "bandwidth_factor");
    refuse_both(hardware, "compute_TOPS", "compute_factor");
    const std::vector<SpaceVariable> variables = read_variables(hardware);
    HardwareSpace space;
    for (const SpaceVariable& variable : variables) {
        space.names.push_back(variable.name);
    }
    std::vector<Expression> constraints;
    if (const auto listed = hardware.find("constraints")) {
        for (const JsonPlace& item : listed->items()) {
            constraints.push_back(read_expression(item, space.names));
        }
    }
    hardware.done();
    if (variables.empty()) {
        place.fail("names nothing to vary", "name one of " + joined(dimension_names(), ", "));
    }
    refuse_too_many(variables, place);
    Points points{variables, constraints, order_of(variables), place};
    std::vector<double> values(variables.size());
    points.add(values, 0);
    if (points.all.empty()) {
        place.fail("no device meets the constraints", "use others");
    }
    space.points = std::move(points.all);
    for (std::size_t point = 0; point < space.points.size(); ++point) {
        for (std::size_t i = 0; i < space.names.size(); ++i) {
            const double value = space.points[point][i];
            const auto dimension = std::ranges::find(dimensions, space.names[i], &HardwareDimension::name);
            const bool possible = dimension == std::end(dimensions) || (std::isfinite(value) && value >= 0);
            if (!possible || (dimension != std::end(dimensions) && dimension->with != nullptr &&
                              !dimension->with(run, value))) {
                place.fail(fmt::format("\"{}\" would be {}", space.names[i], value), "give values above 0");
            }
        }
    }
    return space;
}

Scenario on_hardware(const Scenario& run, const HardwareSpace& hardware, std::size_t point)
{
    Scenario s = run;
    for (std::size_t i = 0; i < hardware.names.size(); ++i) {
        const auto dimension = std::ranges::find(dimensions, hardware.names[i], &HardwareDimension::name);
        if (dimension != std::end(dimensions) && dimension->with != nullptr) {
            s = dimension->with(s, hardware.points[point][i]).value_or(s);
        }
    }
    return s;
}

}  // namespace slimline
