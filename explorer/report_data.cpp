#include "explorer/report_data.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t most_rows = 2'000'000;

struct Named {
    std::string_view name;
    std::string_view title;
    std::string_view unit;
};
constexpr Named known_names[] = {{"ttft_s", "first token", "s"},
                                 {"tpot_s", "a token", "s"},
                                 {"total_s", "whole answer", "s"},
                                 {"energy_j_per_token", "energy a token", "J"},
                                 {"memory_bytes", "memory", "B"},
                                 {"loss", "loss", ""},
                                 {"parameters", "parameters", "n"},
                                 {"active_parameters", "active parameters", "n"},
                                 {"tpot_s_per_character", "time a character", "s"},
                                 {"loss_per_character", "loss a character", ""},
                                 {"d_model", "width", ""},
                                 {"d_ffn", "FFN width", ""},
                                 {"kv_heads", "KV heads", ""},
                                 {"head_dim", "head size", ""},
                                 {"kv_cache", "KV format", ""},
                                 {"decode_tokens_per_s", "decode (tokens/s)", ""},
                                 {"prefill_tokens_per_s", "prefill (tokens/s)", ""}};

Named known_as(std::string_view name)
{
    const auto known = std::ranges::find(known_names, name, &Named::name);
    return known == std::end(known_names) ? Named{name, name, ""} : *known;
}

ReportColumn column_of(const std::string& name, const JsonPlace& first, bool measure)
{
    const Named known = known_as(name);
    return {
        name, std::string(known.title), std::string(known.unit), first.is_text() || first.value().is_boolean(), measure,
        {}};
}

Json cell(const JsonPlace& place, bool text)
{
    if (place.value().is_boolean()) {
        return place.boolean() ? "yes" : "no";
    }
    if (place.value().is_null()) {
        return {};
    }
    return text ? Json(place.text()) : Json(place.number());
}

using CellFinder = std::map<std::string, std::size_t, std::less<>>;

void append_row(DesignReport& report, CellFinder& where, const JsonPlace& row, bool first)
{
    JsonObject o(row);
    for (const char* part : {"design", "hardware", "measures"}) {
        const bool measure = part == std::string_view("measures");
        const auto group = part == std::string_view("hardware") ? o.find(part) : std::optional(o.at(part));
        if (!group) {
            continue;
        }
        for (const auto& [name, place] : group->members()) {
            if (!place.value().is_primitive()) {
                continue;
            }
            const std::string key = std::string(part) + "." + name;
            if (first) {
                where[key] = report.columns.size();
                report.columns.push_back(column_of(name, place, measure));
            }
            const auto found = where.find(key);
            if (found == where.end()) {
                place.fail("the first row has no such member", "every row must have the same");
            }
            ReportColumn& column = report.columns[found->second];
            if (column.values.size() != report.designs) {
                place.fail("stands here twice");
            }
            column.values.push_back(cell(place, column.text));
        }
    }
    ++report.designs;
    for (ReportColumn& column : report.columns) {
        if (column.values.size() != report.designs) {
            row.fail("has no '" + printable(column.name) + "'", "every row must have the same members");
        }
    }
}

std::string count_text(JsonObject& statistics, std::string_view key)
{
    return display_count(statistics.number_or(key, 0));
}

void append_statistics(DesignReport& report, JsonObject statistics)
{
    report.facts.emplace_back("candidates", count_text(statistics, "candidates"));
    report.facts.emplace_back("evaluated one by one", count_text(statistics, "evaluated"));
    report.facts.emplace_back("shown without evaluation to be beaten",
                              fmt::format("{:.4f} %", 100 * statistics.number_or("pruned_share", 0)));
}

RoofShares read_roofs(const JsonPlace& place)
{
    JsonObject o(place);
    RoofShares shares{};
    for (std::size_t i = 0; i < shares.size(); ++i) {
        shares[i] = o.number(roof_names[i], Range::share());
    }
    return shares;
}

void append_bounds(DesignReport& report, const JsonPlace& rows)
{
    for (const JsonPlace& row : rows.items()) {
        JsonObject o(row);
        report.bounds.push_back(
            {o.number("tpot_s", Range::positive()), read_roofs(o.at("prefill")), read_roofs(o.at("decode"))});
    }
    std::ranges::stable_sort(report.bounds, {}, &ReportBounds::tpot_s);
}

}  // namespace

DesignReport read_design_report(const JsonPlace& document)
{
    JsonObject o(document);
    expect_format(o, "search_result/1");
    DesignReport report;
    report.title = o.text_or("name", "");
    report.title = report.title.empty() ? "Designs of a search" : report.title;
    report.front = o.has("front");
    report.objectives = o.texts_or_none("objectives");
    report.subtitle = fmt::format("{} on {}; losses by {} after {} tokens; calibration {}",
                                  joined(report.objectives, ", "), o.text_or("device", "?"), o.text_or("law", "?"),
                                  display_count(o.number_or("training_tokens", 0)), o.text_or("calibration", "?"));
    report.note =
        o.boolean_or("complete", true) ? "" : "The search was stopped: this is the front of what it had seen.";
    const JsonPlace rows = o.at(report.front ? "front" : "designs");
    const std::vector<JsonPlace> items = rows.items();
    if (items.size() > most_rows) {
        rows.fail(fmt::format("{} designs are too many for a page", items.size()), "report the front alone");
    }
    CellFinder where;
    for (const JsonPlace& row : items) {
        append_row(report, where, row, report.designs == 0);
    }
    report.facts.emplace_back(report.front ? "designs on the front" : "designs", display_count(double(report.designs)));
    if (const auto statistics = o.find("statistics")) {
        append_statistics(report, JsonObject(*statistics));
    }
    if (const auto bounds = o.find("bounds")) {
        append_bounds(report, *bounds);
    }
    return report;
}

Json accuracy_page(const JsonPlace& document)
{
    JsonObject o(document);
    expect_format(o, "accuracy/1");
    Json cases = Json::array();
    for (const JsonPlace& row : o.at("cases").items()) {
        JsonObject c(row);
        const std::vector<JsonPlace> interval = c.at("interval_90_s").items();
        if (interval.size() != 2) {
            c.at("interval_90_s").fail("an interval has two ends");
        }
        cases.push_back({{"name", fmt::format("{}, {} tokens after {}, {} threads", c.text("architecture"),
                                              c.integer("tokens", 0, 1 << 28), c.integer("past", 0, 1 << 28),
                                              c.integer("threads", 0, 1 << 20))},
                         {"phase", c.text("phase")},
                         {"predicted_s", c.number("predicted_s", Range::positive())},
                         {"measured_s", c.number("measured_s", Range::positive())},
                         {"low_s", interval[0].number()},
                         {"high_s", interval[1].number()}});
    }
    Json facts = Json::array();
    for (const auto& [phase, place] : o.at("by_phase").members()) {
        JsonObject accuracy(place);
        facts.push_back({phase + ": median error", fmt::format("{:.1f} %", 100 * accuracy.number("median_error"))});
        facts.push_back(
            {phase + ": 90 % of errors below", fmt::format("{:.1f} %", 100 * accuracy.number("p90_error"))});
        facts.push_back({phase + ": inside the 90 % interval",
                         fmt::format("{:.0f} %", 100 * accuracy.number("interval_coverage"))});
    }
    return {{"kind", "accuracy"},
            {"title", "Predicted against measured"},
            {"subtitle",
             o.text_or("engine", "?") + " " + o.text_or("engine_version", "") + " on " + o.text_or("device", "?")},
            {"facts", std::move(facts)},
            {"cases", std::move(cases)}};
}

namespace {

struct Curves {
    std::string figure;
    std::map<std::string, std::pair<Json, Json>> lines;  // by the second quantity's value
};

}  // namespace

Json sweep_page(const JsonPlace& document)
{
    JsonObject o(document);
    expect_format(o, "sweep/1");
    std::vector<std::string> names;
    std::vector<std::string> titles;
    for (const JsonPlace& axis : o.at("axes").items()) {
        JsonObject a(axis);
        names.push_back(a.text("quantity"));
        const std::string unit = a.text_or("unit", "");
        titles.push_back(names.back() + (unit.empty() ? "" : " (" + unit + ")"));
    }
    if (names.empty() || names.size() > 2) {
        o.at("axes").fail("a sweep has one axis or two");
    }
    std::vector<Curves> curves;
    for (const JsonPlace& point : o.at("points").items()) {
        JsonObject p(point);
        const std::string line =
            names.size() > 1 ? fmt::format("{} {:.6g}", names[1], p.number(names[1])) : std::string("all");
        for (const auto& [key, value] : point.members()) {
            if (!value.is_number() || std::ranges::find(names, key) != names.end()) {
                continue;
            }
            auto at = std::ranges::find(curves, key, &Curves::figure);
            if (at == curves.end()) {
                curves.push_back({key, {}});
                at = curves.end() - 1;
            }
            auto& [x, y] = at->lines[line];
            x.push_back(p.number(names[0]));
            y.push_back(value.number());
        }
    }
    Json drawn = Json::array();
    for (const Curves& curve : curves) {
        Json lines = Json::array();
        for (const auto& [name, values] : curve.lines) {
            lines.push_back({{"name", name}, {"x", values.first}, {"y", values.second}});
        }
        const Named known = known_as(curve.figure);
        drawn.push_back({{"title", known.title}, {"unit", known.unit}, {"lines", std::move(lines)}});
    }
    return {{"kind", "sweep"},
            {"title", o.text_or("architecture", "?") + " on " + o.text_or("device", "?")},
            {"subtitle", "calibration " + o.text_or("calibration", "?")},
            {"x_title", titles[0]},
            {"curves", std::move(drawn)}};
}

}  // namespace slimline
