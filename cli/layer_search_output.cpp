#include "cli/layer_search_output.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/search_output.h"
#include "cli/table.h"

namespace slimline {

namespace {

Json measures_json(const Measures& measures)
{
    Json json = Json::object();
    for (std::size_t m = 0; m < metric_count; ++m) {
        if (!std::isnan(measures[m])) {
            json[std::string(word(DesignMetric(m)))] = measures[m];
        }
    }
    return json;
}

Json stack_json(const LayerQuestion& q, const FoundStack& found)
{
    Json counts = Json::object();
    for (std::size_t k = 0; k < q.kinds.size(); ++k) {
        counts[q.kinds[k].name] = std::ranges::count(found.stack, int(k));
    }
    return {{"layers", layers_text(q, found.stack)}, {"counts", std::move(counts)}, {"measures", measures_json(found.measures)}};
}

Json found_or_null(double value)
{
    return std::isnan(value) ? Json() : Json(value);
}

/// How the front was found, and how sure that is.
std::string proof_text(const LayerQuestion& q, const LayerSearchResult& r)
{
    if (r.exact) {
        const std::string blind = q.scores.empty() ? "; of a stack, the law sees its number of parameters alone" : "";
        return fmt::format("exact: costs are sums over layers (largest difference {:.1e} of the largest cost, {} stacks checked); "
                           "{} parts of stacks kept{}",
                           r.largest_difference, r.checked, r.kept, blind);
    }
    std::string text = fmt::format("not proven: {}; {} stacks predicted in {} generations", r.why_not_exact, r.predicted,
                                   r.generations);
    if (!std::isnan(r.hypervolume_bound)) {
        text += fmt::format("; hypervolume {:.2f} % of what is possible at most", 100 * r.hypervolume / r.hypervolume_bound);
    }
    return text;
}

}  // namespace

void write_layers_json(Console& console, const LayerQuestion& q, const LayerSearchResult& r)
{
    Json front = Json::array();
    for (const FoundStack& each : r.front) {
        front.push_back(stack_json(q, each));
    }
    Json objectives = Json::array();
    for (const DesignMetric each : q.objectives) {
        objectives.push_back(word(each));
    }
    console.out << pretty({{"format", "layer_search_result/1"},
                           {"name", q.name},
                           {"complete", !r.partial},
                           {"objectives", std::move(objectives)},
                           {"device", q.run.device.id},
                           {"calibration", q.run.calibration.id},
                           {"law", q.scores.empty() ? Json(q.law.id) : Json()},
                           {"training_tokens", q.tokens},
                           {"sequences", r.sequences},
                           {"exact", r.exact},
                           {"why_not_exact", r.why_not_exact.empty() ? Json() : Json(r.why_not_exact)},
                           {"largest_difference", r.largest_difference},
                           {"checked", r.checked},
                           {"kept", r.kept},
                           {"predicted", r.predicted},
                           {"generations", r.generations},
                           {"hypervolume", found_or_null(r.hypervolume)},
                           {"hypervolume_bound", found_or_null(r.hypervolume_bound)},
                           {"front", std::move(front)}});
}

void write_layers_csv(Console& console, const LayerQuestion& q, const LayerSearchResult& r)
{
    bool first = true;
    for (const FoundStack& each : r.front) {
        const Json measures = measures_json(each.measures);
        std::string names = "layers";
        std::string values = layers_text(q, each.stack);
        for (std::size_t quote = values.find('"'); quote != std::string::npos; quote = values.find('"', quote + 2)) {
            values.insert(quote, 1, '"');
        }
        values = '"' + values + '"';
        for (const auto& [name, value] : measures.items()) {
            names += "," + name;
            values += "," + value.dump();
        }
        console.out << (first ? names + "\n" : "") << values << "\n";
        first = false;
    }
}

void write_layers_ndjson(Console& console, const LayerQuestion& q, const LayerSearchResult& r)
{
    for (const FoundStack& each : r.front) {
        console.out << stack_json(q, each).dump() << "\n";
    }
}

void write_layers_text(Console& console, const LayerQuestion& q, const LayerSearchResult& r, int rows)
{
    const std::size_t found = r.front.size();
    console.out << fmt::format("{}{} stacks on the front of {} sequences of {} layers; {}, {}\n{}\n\n",
                               r.partial ? "stopped: the front so far has " : "", found, display_count(r.sequences),
                               q.allowed.size(), q.run.device.id, q.scores.empty() ? q.law.id : "scores", proof_text(q, r));
    Table table;
    for (const DesignMetric metric : q.objectives) {
        table.columns.push_back({std::string(word(metric)), Align::right});
    }
    table.columns.push_back({"layers"});
    const std::size_t wanted = rows == 0 ? found : std::min(found, std::size_t(rows));
    for (std::size_t i = 0; i < wanted; ++i) {
        const FoundStack& each = r.front[wanted < 2 ? 0 : i * (found - 1) / (wanted - 1)];
        std::vector<std::string> row;
        for (const DesignMetric metric : q.objectives) {
            row.push_back(shown(metric, each.measures[std::size_t(metric)]));
        }
        row.push_back(layers_text(q, each.stack));
        table.rows.push_back(std::move(row));
    }
    write_table(console, table);
    if (wanted < found) {
        console.out << fmt::format("{} of {} rows; --rows 0 shows all\n", wanted, found);
    }
}

}  // namespace slimline
