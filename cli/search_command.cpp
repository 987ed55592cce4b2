#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command_table.h"
#include "cli/scenario_options.h"
#include "cli/table.h"
#include "explorer/search.h"

namespace slimline {

namespace {

struct SearchCommandOptions {
    std::string config;
    int threads = 0;
    int rows = 30;
    bool json = false;
    bool csv = false;
    bool ndjson = false;
    bool all = false;
    bool quiet = false;
};

OptionList declare(SearchCommandOptions& o)
{
    return {{.name = "CONFIG",
             .help = "the question: space, device, objectives, limits, law (docs/json.md, search/1)",
             .target = &o.config,
             .required = true,
             .takes_file = true},
            {.name = "--threads",
             .value_name = "N",
             .help = "threads; default: all. The answer does not depend on them",
             .target = &o.threads,
             .least = 0,
             .most = 4096},
            {.name = "--rows",
             .value_name = "N",
             .help = "rows of the table, spread over the front; 0: all",
             .target = &o.rows,
             .least = 0,
             .most = 1 << 30},
            {.name = "--all", .help = "every design within the limits, not only the front", .target = &o.all},
            json_option(o.json),
            {.name = "--csv", .help = "write a line a design, with a header", .target = &o.csv},
            {.name = "--ndjson", .help = "write a JSON object a line", .target = &o.ndjson},
            {.name = "--quiet", .help = "no progress on standard error", .target = &o.quiet}};
}

std::atomic<bool> interrupted = false;

/// While it lives, Ctrl-C asks the search to stop instead of ending the program.
struct StopOnInterrupt {
    StopOnInterrupt()
    {
        interrupted = false;
        before = std::signal(SIGINT, [](int) { interrupted = true; });
    }
    ~StopOnInterrupt() { std::signal(SIGINT, before); }
    StopOnInterrupt(const StopOnInterrupt&) = delete;
    StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;

    void (*before)(int) = nullptr;
};

Json design_json(const SearchQuestion& q, const FoundDesign& found)
{
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
    return {{"design", std::move(design)}, {"measures", std::move(measures)}};
}

Json result_json(const SearchQuestion& q, const SearchResult& r, bool all)
{
    Json objectives = Json::array();
    for (const DesignMetric metric : q.objectives) {
        objectives.push_back(std::string(word(metric)));
    }
    Json designs = Json::array();
    for (const FoundDesign& each : r.front) {
        designs.push_back(design_json(q, each));
    }
    return {{"format", "search_result/1"},
            {"name", q.name},
            {"complete", !r.partial},
            {"objectives", std::move(objectives)},
            {"law", q.law.id},
            {"training_tokens", q.tokens},
            {"device", q.run.device.id},
            {"calibration", q.run.calibration.id},
            {"statistics",
             {{"candidates", r.statistics.candidates},
              {"evaluated", r.statistics.evaluated},
              {"pruned_share", r.statistics.pruned_share()},
              {"blocks", r.statistics.blocks},
              {"blocks_done", r.statistics.blocks_done}}},
            {all ? "designs" : "front", std::move(designs)}};
}

void write_csv(Console& console, const SearchQuestion& q, const std::vector<FoundDesign>& designs)
{
    bool header = true;
    for (const FoundDesign& each : designs) {
        const Json row = design_json(q, each);
        std::string names;
        std::string values;
        for (const char* part : {"design", "measures"}) {
            for (auto it = row[part].begin(); it != row[part].end(); ++it) {
                names += (names.empty() ? "" : ",") + it.key();
                values += (values.empty() ? "" : ",") + (it->is_string() ? it->get<std::string>() : it->dump());
            }
        }
        if (header) {
            console.out << names << "\n";
            header = false;
        }
        console.out << values << "\n";
    }
}

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
        default:
            return significant(value, 5);
    }
}

std::string shape_text(const UniformDesign& u)
{
    const std::string mixture = u.experts > 0 ? fmt::format(",E={},K={}", u.experts, u.active) : "";
    return fmt::format("L={},d={},h={},kv={},hd={},ffn={},V={}{}{}", u.layers, u.d_model, u.heads, u.kv_heads,
                       u.head_dim, u.d_ffn, u.vocabulary, mixture, u.tied ? ",tied" : ",untied");
}

void write_front(Console& console, const SearchQuestion& q, const std::vector<FoundDesign>& designs, int rows)
{
    Table table;
    for (const DesignMetric metric : q.objectives) {
        table.columns.push_back({std::string(word(metric)), Align::right});
    }
    if (std::ranges::find(q.objectives, DesignMetric::parameters) == q.objectives.end()) {
        table.columns.push_back({"parameters", Align::right, 1});
    }
    table.columns.insert(table.columns.end(), {{"weights", Align::left, 2}, {"KV", Align::left, 3}, {"design"}});
    const std::size_t wanted = rows == 0 ? designs.size() : std::min(designs.size(), std::size_t(rows));
    for (std::size_t i = 0; i < wanted; ++i) {
        const FoundDesign& each = designs[wanted < 2 ? 0 : i * (designs.size() - 1) / (wanted - 1)];
        std::vector<std::string> row;
        for (const DesignMetric metric : q.objectives) {
            row.push_back(shown(metric, each.measures[std::size_t(metric)]));
        }
        if (std::ranges::find(q.objectives, DesignMetric::parameters) == q.objectives.end()) {
            row.push_back(display_count(each.measures[std::size_t(DesignMetric::parameters)]));
        }
        row.insert(row.end(), {q.space.weights[each.candidate.weights].name,
                               std::string(info(q.space.kv_cache[each.candidate.kv_cache]).name),
                               shape_text(each.candidate.design)});
        table.rows.push_back(std::move(row));
    }
    write_table(console, table);
}

void write_text(Console& console, const SearchQuestion& q, const SearchResult& r, const SearchCommandOptions& o)
{
    const SearchStatistics& s = r.statistics;
    if (o.all) {
        console.out << fmt::format("{} designs within the limits\n\n", r.front.size());
    } else {
        console.out << fmt::format(
            "{}{} designs on the front of {} candidates ({} evaluated one by one, {:.4f} % pruned); {}, {}\n\n",
            r.partial ? "stopped: the front so far has " : "", r.front.size(), display_count(s.candidates),
            display_count(s.evaluated), 100 * s.pruned_share(), q.run.device.id, q.law.id);
    }
    write_front(console, q, r.front, o.rows);
    if (o.rows > 0 && r.front.size() > std::size_t(o.rows)) {
        console.out << fmt::format("\n{} of {} rows; --rows 0 shows all\n", o.rows, r.front.size());
    }
}

int work(const SearchCommandOptions& o, Console& console)
{
    const JsonDocument document = load_json(o.config);
    const SearchQuestion q = read_search(JsonPlace(document));
    SearchResult r;
    if (o.all) {
        r.front = all_within_limits(q);
        r.statistics.candidates =
            product_of(q.space).designs() * double(q.space.weights.size() * q.space.kv_cache.size());
        r.statistics.evaluated = r.statistics.candidates;
    } else {
        const StopOnInterrupt guard;
        double told = 0;
        r = search(q, {.threads = o.threads, .progress = [&](const SearchStatistics& s, std::size_t front) {
                           if (!o.quiet && s.seconds - told > 1) {
                               told = s.seconds;
                               const double share = s.blocks_done / s.blocks;
                               console.err << fmt::format(
                                   "{:.0f} % after {:.0f} s, about {:.0f} s left; {} candidates/s, front {}\n",
                                   100 * share, s.seconds, s.seconds * (1 - share) / share,
                                   display_count(s.candidates * share / s.seconds), front);
                           }
                           return !interrupted.load();
                       }});
    }
    if (o.json) {
        console.out << pretty(result_json(q, r, o.all));
    } else if (o.csv) {
        write_csv(console, q, r.front);
    } else if (o.ndjson) {
        for (const FoundDesign& each : r.front) {
            console.out << design_json(q, each).dump() << "\n";
        }
    } else {
        write_text(console, q, r, o);
    }
    return r.partial ? 130 : 0;
}

}  // namespace

Command search_command()
{
    return make_command<SearchCommandOptions>(
        "search", "the exact front of a space of architectures: speed, memory, energy, loss",
        {"search examples/search-million.json"}, declare, work);
}

}  // namespace slimline
