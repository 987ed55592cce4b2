#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/layer_search_output.h"
#include "cli/mpi_team.h"
#include "cli/scenario_options.h"
#include "cli/search_output.h"
#include "explorer/search_state.h"
#include "explorer/search_tasks.h"

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
    std::string checkpoint;
    int checkpoint_seconds = 10;
    bool mpi = false;
};

OptionList declare(SearchCommandOptions& o)
{
    return {{.name = "CONFIG",
             .help = "the question: space, device, objectives, limits, law (docs/json.md, search/1 or layer_search/1)",
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
            {.name = "--quiet", .help = "no progress on standard error", .target = &o.quiet},
            {.name = "--checkpoint",
             .value_name = "FILE",
             .help = "keep in FILE where the search stands, and go on from there if it exists",
             .target = &o.checkpoint},
            {.name = "--checkpoint-seconds",
             .value_name = "N",
             .help = "write it no more often than this; 0: after every round",
             .target = &o.checkpoint_seconds,
             .least = 0,
             .most = 86400},
            {.name = "--mpi", .help = "share the search among the processes that mpirun started", .target = &o.mpi}};
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

/// Writes where a search stands, at most so often; the last state always.
class CheckpointWriter {
 public:
    CheckpointWriter(const SearchCommandOptions& o, const SearchQuestion& q) : o_(o), name_(q.name) {}

    void keep(const SearchState& state)
    {
        latest_ = state;
        const auto now = std::chrono::steady_clock::now();
        if (now - written_ >= std::chrono::seconds(o_.checkpoint_seconds)) {
            written_ = now;
            flush();
        }
    }
    void flush()
    {
        if (latest_) {
            write_file(o_.checkpoint, text_of(*latest_, name_));
            latest_.reset();
        }
    }

 private:
    const SearchCommandOptions& o_;
    std::string name_;
    std::optional<SearchState> latest_;
    std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

/// The state that a search goes on from; all processes take the first one's file.
std::optional<SearchState> earlier_state(const SearchCommandOptions& o, const SearchQuestion& q, const SearchTeam& team)
{
    std::string text;
    if (!o.checkpoint.empty() && team.rank == 0 && std::filesystem::exists(o.checkpoint)) {
        text = read_file(o.checkpoint);
    }
    if (team.size > 1) {
        text = team.exchange(text).front();
    }
    return text.empty() ? std::nullopt : std::optional(read_state(o.checkpoint, std::move(text), q));
}

SearchResult found_by_search(const SearchCommandOptions& o, const SearchQuestion& q, const SearchTeam& team,
                             Console& console)
{
    const std::optional<SearchState> earlier = earlier_state(o, q, team);
    const StopOnInterrupt guard;
    CheckpointWriter checkpoint(o, q);
    SearchOptions options{.threads = o.threads, .resume = earlier ? &*earlier : nullptr, .team = team};
    double told = 0;
    options.progress = [&](const SearchStatistics& s, std::size_t front) {
        if (!o.quiet && team.rank == 0 && s.seconds - told > 1) {
            told = s.seconds;
            const double share = s.blocks_done / s.blocks;
            console.err << fmt::format("{:.0f} % after {:.0f} s, about {:.0f} s left; {} candidates/s, {:.4f} % pruned, "
                                       "front {}\n",
                                       100 * share, s.seconds, s.seconds * (1 - share) / share,
                                       display_count(s.candidates * share / s.seconds),
                                       100 * s.pruned_share(s.candidates * share), front);
        }
        return !interrupted.load();
    };
    if (!o.checkpoint.empty() && team.rank == 0) {
        options.state = [&](const SearchState& state) { checkpoint.keep(state); };
    }
    SearchResult result = search(q, options);
    checkpoint.flush();
    return result;
}

SearchResult all_designs_of(const SearchQuestion& q)
{
    SearchResult r;
    r.front = all_within_limits(q);
    r.statistics.candidates = SearchTasks(q).candidates();
    r.statistics.evaluated = r.statistics.candidates;
    return r;
}

void write_answer(const SearchCommandOptions& o, const SearchAnswer& answer, Console& console)
{
    if (o.json) {
        write_search_json(console, answer);
    } else if (o.csv) {
        write_search_csv(console, answer);
    } else if (o.ndjson) {
        write_search_ndjson(console, answer);
    } else {
        write_search_text(console, answer, o.rows);
    }
}

/// A question about stacks of unlike layers, which is another search.
int work_on_layers(const SearchCommandOptions& o, const JsonDocument& document, Console& console)
{
    if (o.all || o.mpi || !o.checkpoint.empty()) {
        throw InputError(o.config, "a search over layers has no --all, --mpi and --checkpoint", "leave them out");
    }
    const LayerQuestion q = read_layer_search(JsonPlace(document));
    const StopOnInterrupt guard;
    auto told = std::chrono::steady_clock::now();
    const LayerSearchResult r = layer_search(q, [&](const std::string& what, double done) {
        const auto now = std::chrono::steady_clock::now();
        if (!o.quiet && now - told > std::chrono::seconds(1)) {
            told = now;
            console.err << fmt::format("{}: {:.0f} %\n", what, 100 * done);
        }
        return !interrupted.load();
    });
    if (o.json) {
        write_layers_json(console, q, r);
    } else if (o.csv) {
        write_layers_csv(console, q, r);
    } else if (o.ndjson) {
        write_layers_ndjson(console, q, r);
    } else {
        write_layers_text(console, q, r, o.rows);
    }
    return r.partial ? 130 : 0;
}

int work(const SearchCommandOptions& o, Console& console)
{
    if (o.all && (o.mpi || !o.checkpoint.empty())) {
        throw InputError("--all", "lists every design at once, there is nothing to share or go on from",
                         "leave --mpi and --checkpoint out");
    }
    const JsonDocument document = load_json(o.config);
    if (document.root.is_object() && document.root.value("format", Json()) == "layer_search/1") {
        return work_on_layers(o, document, console);
    }
    const SearchQuestion q = read_search(JsonPlace(document));
    std::optional<MpiTeam> mpi;
    if (o.mpi) {
        mpi.emplace();
    }
    const SearchTeam team = mpi ? mpi->team() : SearchTeam{};
    const SearchResult r = o.all ? all_designs_of(q) : found_by_search(o, q, team, console);
    if (team.rank == 0) {
        write_answer(o, {q, r, rank_front(q, r.front), bounds_along(q, r.front), o.all, document.root}, console);
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
