#include "cli/search_output.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/table.h"

namespace slimline {

std::string shown(DesignMetric metric, double value)
{
    switch (metric) {
        case DesignMetric::ttft:
        case DesignMetric::tpot:
        case DesignMetric::total:
        case DesignMetric::tpot_per_character:
            return display(Seconds{value});
        case DesignMetric::energy:
            return display(Joules{value});
        case DesignMetric::memory:
            return display(Bytes{value});
        case DesignMetric::parameters:
        case DesignMetric::active_parameters:
            return display_count(value);
        case DesignMetric::power:
            return fmt::format("{:.1f} W", value);
        case DesignMetric::price:
            return fmt::format("{:.0f} USD", value);
        case DesignMetric::memory_share:
            return fmt::format("{:.1f} %", 100 * value);
        default:
            return significant(value, 5);
    }
}

namespace {

/// Of the i-th design: its dimensions, its device where these vary, its measures, and what laws say.
Json design_json(const SearchAnswer& answer, std::size_t i)
{
    const SearchQuestion& q = answer.question;
    const FoundDesign& found = answer.result.front[i];
    Json design = Json::object();
    for (std::size_t d = 0; d < dimension_count; ++d) {
        const Dimension dimension = Dimension(d);
        const double value = value_of(found.candidate.design, dimension);
        if (dimension == Dimension::tied) {
            design[std::string(word(dimension))] = value != 0;
        } else {
            design[std::string(word(dimension))] = int(value);
        }
    }
    design["weights"] = q.space.weights[found.candidate.weights].name;
    design["kv_cache"] = std::string(info(q.space.kv_cache[found.candidate.kv_cache]).name);
    Json measures = Json::object();
    for (std::size_t m = 0; m < metric_count; ++m) {
        const bool known =
            !std::isnan(found.measures[m]) && (q.text_rate || (DesignMetric(m) != DesignMetric::tpot_per_character &&
                                                               DesignMetric(m) != DesignMetric::loss_per_character));
        if (known) {
            measures[std::string(word(DesignMetric(m)))] = found.measures[m];
        }
    }
    Json row{{"design", std::move(design)}, {"measures", std::move(measures)}};
    for (std::size_t h = 0; h < q.hardware.names.size(); ++h) {
        row["hardware"][q.hardware.names[h]] = q.hardware.points[found.candidate.hardware][h];
    }
    for (std::size_t law = 0; law < answer.ranks.laws.size(); ++law) {
        const double rank = answer.ranks.ranks[law][i];
        row["ranks"][answer.ranks.laws[law]] = std::isnan(rank) ? Json() : Json(rank);
    }
    row["disputed"] = answer.ranks.disputed[i] != 0;
    row["outside"] = answer.ranks.outside[i];
    return row;
}

/// A value of CSV: lists in one field.
std::string csv_value(const Json& value)
{
    if (value.is_array()) {
        std::string all;
        for (const Json& each : value) {
            all += (all.empty() ? "" : "; ") + each.get<std::string>();
        }
        return csv_field(all);
    }
    return value.is_null() ? "" : value.is_string() ? csv_field(value.get<std::string>()) : value.dump();
}

/// Names and values of a design's row, without its objects; ranks are told by their law.
std::vector<std::pair<std::string, std::string>> csv_row(const Json& row)
{
    std::vector<std::pair<std::string, std::string>> cells;
    for (const char* part : {"design", "hardware", "measures", "ranks"}) {
        const Json members = row.contains(part) ? row[part] : Json::object();
        for (auto it = members.begin(); it != members.end(); ++it) {
            cells.emplace_back((part == std::string_view("ranks") ? "rank." : "") + it.key(), csv_value(*it));
        }
    }
    cells.emplace_back("disputed", csv_value(row["disputed"]));
    cells.emplace_back("outside", csv_value(row["outside"]));
    return cells;
}

std::string shape_text(const UniformDesign& u)
{
    const std::string mixture = u.experts > 0 ? fmt::format(",E={},K={}", u.experts, u.active) : "";
    return fmt::format("L={},d={},h={},kv={},hd={},ffn={},V={}{}{}", u.layers, u.d_model, u.heads, u.kv_heads,
                       u.head_dim, u.d_ffn, u.vocabulary, mixture, u.tied ? ",tied" : ",untied");
}

std::string device_text(const HardwareSpace& hardware, std::size_t point)
{
    std::string text;
    for (std::size_t i = 0; i < hardware.names.size(); ++i) {
        text += fmt::format("{}{}={:g}", i == 0 ? "" : ",", hardware.names[i], hardware.points[point][i]);
    }
    return text;
}

/// "3/1/7*": ranks by the laws in their order; * where laws dispute, ~ where the first law's range is left.
std::string ranks_text(const FrontRanks& ranks, std::size_t i)
{
    std::string text;
    for (std::size_t law = 0; law < ranks.laws.size(); ++law) {
        const double rank = ranks.ranks[law][i];
        text += (law == 0 ? "" : "/") + (std::isnan(rank) ? std::string("-") : fmt::format("{:g}", rank));
    }
    const bool left = std::ranges::any_of(
        ranks.outside[i], [&](const std::string& each) { return each.starts_with(ranks.laws.front() + ":"); });
    return text + (ranks.disputed[i] != 0 ? "*" : "") + (left ? "~" : "");
}

Table front_table(const SearchAnswer& answer, std::size_t wanted)
{
    const SearchQuestion& q = answer.question;
    const std::vector<FoundDesign>& designs = answer.result.front;
    const bool counts = std::ranges::find(q.objectives, DesignMetric::parameters) == q.objectives.end();
    Table table;
    for (const DesignMetric metric : q.objectives) {
        table.columns.push_back({std::string(word(metric)), Align::right});
    }
    if (counts) {
        table.columns.push_back({"parameters", Align::right, 1});
    }
    table.columns.insert(table.columns.end(),
                         {{"ranks", Align::left, 4}, {"weights", Align::left, 2}, {"KV", Align::left, 3}});
    if (!q.hardware.empty()) {
        table.columns.push_back({"device"});
    }
    table.columns.push_back({"design"});
    for (std::size_t row_at = 0; row_at < wanted; ++row_at) {
        const std::size_t i = wanted < 2 ? 0 : row_at * (designs.size() - 1) / (wanted - 1);
        const FoundDesign& each = designs[i];
        std::vector<std::string> row;
        for (const DesignMetric metric : q.objectives) {
            row.push_back(shown(metric, each.measures[std::size_t(metric)]));
        }
        if (counts) {
            row.push_back(display_count(each.measures[std::size_t(DesignMetric::parameters)]));
        }
        row.insert(row.end(), {ranks_text(answer.ranks, i), q.space.weights[each.candidate.weights].name,
                               std::string(info(q.space.kv_cache[each.candidate.kv_cache]).name)});
        if (!q.hardware.empty()) {
            row.push_back(device_text(q.hardware, each.candidate.hardware));
        }
        row.push_back(shape_text(each.candidate.design));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Json roofs_json(const BoundShares& shares)
{
    return {{"memory", shares.memory},
            {"compute", shares.compute},
            {"overhead", shares.overhead},
            {"fixed", shares.fixed},
            {"flops_per_byte", shares.intensity}};
}

Json bounds_json(const SearchAnswer& answer)
{
    Json rows = Json::array();
    for (const DesignBounds& each : answer.bounds) {
        rows.push_back({{"row", each.row},
                        {"tpot_s", each.tpot.value},
                        {"prefill", roofs_json(each.prefill)},
                        {"decode", roofs_json(each.decode)}});
    }
    return rows;
}

/// "memory 71 to 94 %, compute 2 to 5 %, ...": of a phase, over the designs.
std::string range_text(const std::vector<DesignBounds>& bounds, BoundShares DesignBounds::*phase)
{
    std::string text;
    const std::pair<double BoundShares::*, const char*> roofs[] = {{&BoundShares::memory, "memory"},
                                                                   {&BoundShares::compute, "compute"},
                                                                   {&BoundShares::overhead, "per-operator times"},
                                                                   {&BoundShares::fixed, "fixed times"}};
    for (const auto& [roof, name] : roofs) {
        double low = 1;
        double high = 0;
        for (const DesignBounds& each : bounds) {
            low = std::min(low, each.*phase.*roof);
            high = std::max(high, each.*phase.*roof);
        }
        if (std::lround(100 * high) > 0) {
            text += fmt::format("{}{} {:.0f} to {:.0f} %", text.empty() ? "" : ", ", name, 100 * low, 100 * high);
        }
    }
    return text;
}

Json devices_json(const SearchQuestion& q)
{
    Json devices = Json::array();
    for (const WeightedRun& each : q.fleet) {
        devices.push_back({{"device", each.run.device.id},
                           {"calibration", each.run.calibration.id},
                           {"prompt_tokens", each.run.workload.prompt_tokens},
                           {"generated_tokens", each.run.workload.generated_tokens},
                           {"weight", each.weight}});
    }
    return devices;
}

}  // namespace

void write_search_json(Console& console, const SearchAnswer& answer)
{
    const SearchQuestion& q = answer.question;
    const SearchStatistics& s = answer.result.statistics;
    Json objectives = Json::array();
    for (const DesignMetric metric : q.objectives) {
        objectives.push_back(std::string(word(metric)));
    }
    Json designs = Json::array();
    for (std::size_t i = 0; i < answer.result.front.size(); ++i) {
        designs.push_back(design_json(answer, i));
    }
    Json document{{"format", "search_result/1"},
                  {"name", q.name},
                  {"question", answer.asked},
                  {"complete", !answer.result.partial},
                  {"objectives", std::move(objectives)},
                  {"law", q.law.id},
                  {"training_tokens", q.tokens},
                  {"device", q.run.device.id},
                  {"calibration", q.run.calibration.id},
                  {"statistics",
                   {{"candidates", s.candidates},
                    {"evaluated", s.evaluated},
                    {"pruned_share", s.pruned_share()},
                    {"blocks", s.blocks},
                    {"blocks_done", s.blocks_done}}},
                  {answer.all ? "designs" : "front", std::move(designs)},
                  {"bounds", bounds_json(answer)}};
    if (!q.fleet.empty()) {
        document["runs"] = devices_json(q);
        document["across"] = q.across == Across::worst ? "worst" : "mean";
    }
    console.out << pretty(document);
}

void write_search_csv(Console& console, const SearchAnswer& answer)
{
    for (std::size_t i = 0; i < answer.result.front.size(); ++i) {
        const auto cells = csv_row(design_json(answer, i));
        std::string names;
        std::string values;
        for (const auto& [name, value] : cells) {
            names += (names.empty() ? "" : ",") + name;
            values += (&name == &cells.front().first ? "" : ",") + value;
        }
        console.out << (i == 0 ? names + "\n" : "") << values << "\n";
    }
}

void write_search_ndjson(Console& console, const SearchAnswer& answer)
{
    for (std::size_t i = 0; i < answer.result.front.size(); ++i) {
        console.out << design_json(answer, i).dump() << "\n";
    }
}

void write_search_text(Console& console, const SearchAnswer& answer, int rows)
{
    const SearchStatistics& s = answer.result.statistics;
    const std::size_t found = answer.result.front.size();
    if (answer.all) {
        console.out << fmt::format("{} designs within the limits\n\n", found);
    } else {
        console.out << fmt::format(
            "{}{} designs on the front of {} candidates ({} evaluated one by one, {:.4f} % pruned); {}, {}\n\n",
            answer.result.partial ? "stopped: the front so far has " : "", found, display_count(s.candidates),
            display_count(s.evaluated), 100 * s.pruned_share(), answer.question.run.device.id, answer.question.law.id);
    }
    const std::size_t wanted = rows == 0 ? found : std::min(found, std::size_t(rows));
    write_table(console, front_table(answer, wanted));
    if (found > 0) {
        std::string laws;
        for (const std::string& law : answer.ranks.laws) {
            laws += (laws.empty() ? "" : "/") + law;
        }
        console.out << "\nranks of the loss by " << laws
                    << "; *: laws dispute the order with another design, ~: outside what the first was fitted on\n";
    }
    if (!answer.bounds.empty()) {
        console.out << "what holds them back: prefill " << range_text(answer.bounds, &DesignBounds::prefill)
                    << "; a token " << range_text(answer.bounds, &DesignBounds::decode) << "\n";
    }
    if (wanted < found) {
        console.out << fmt::format("{} of {} rows; --rows 0 shows all\n", wanted, found);
    }
}

}  // namespace slimline
