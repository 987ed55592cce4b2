#include "explorer/search.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "base/json.h"
#include "explorer/block_search.h"
#include "explorer/search_state.h"
#include "explorer/search_tasks.h"

namespace slimline {

std::vector<FoundDesign> front_of(std::vector<FoundDesign> designs, const std::vector<DesignMetric>& objectives)
{
    const std::vector<double> values = objective_values(designs, objectives);
    std::vector<FoundDesign> front;
    for (const std::size_t i : front_by_tree({values, objectives.size()})) {
        front.push_back(designs[i]);
    }
    std::ranges::sort(front, [&](const FoundDesign& a, const FoundDesign& b) {
        for (const DesignMetric m : objectives) {
            if (a.measures[std::size_t(m)] != b.measures[std::size_t(m)]) {
                return a.measures[std::size_t(m)] < b.measures[std::size_t(m)];
            }
        }
        return a.candidate < b.candidate;
    });
    const auto same = [](const FoundDesign& a, const FoundDesign& b) { return a.candidate == b.candidate; };
    front.erase(std::unique(front.begin(), front.end(), same), front.end());
    return front;
}

namespace {

/// The first rounds are short, so that the others meet a front; none is long, so that little is lost when it is cut off.
constexpr std::size_t first_round = 8;
constexpr std::size_t longest_round = 256;

/// What the tasks of a round found that are this process's: every size-th.
Found search_round(const SearchQuestion& q, const SearchTasks& tasks, const std::vector<FoundDesign>& front,
                   std::size_t first, std::size_t count, const SearchTeam& team)
{
    const DominanceTree known(objective_values(front, q.objectives), q.objectives.size());
    const std::size_t size = std::size_t(team.size);
    const std::size_t rank = std::size_t(team.rank);
    const std::size_t mine = count > rank ? (count - rank + size - 1) / size : 0;
    std::vector<Found> found(mine);
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, mine, 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t i = range.begin(); i < range.end(); ++i) {
                const SearchTask task = tasks.task(first + rank + i * size);
                const auto evaluator = tasks.evaluator(task.setting);
                BlockSearch search_of(q, tasks.product(), *evaluator, known, tasks.candidate(task.setting));
                search_of.run(task.bases);
                found[i] = search_of.take();
            }
        },
        tbb::simple_partitioner());
    Found all;
    for (const Found& each : found) {
        all.designs.insert(all.designs.end(), each.designs.begin(), each.designs.end());
        all.evaluated += each.evaluated;
    }
    return all;
}

std::vector<Candidate> candidates_of(const std::vector<FoundDesign>& designs)
{
    std::vector<Candidate> candidates;
    for (const FoundDesign& each : designs) {
        candidates.push_back(each.candidate);
    }
    return candidates;
}

/// What all processes found. Designs travel without their measures, which are the same everywhere.
Found together(const SearchQuestion& q, const SearchTasks& tasks, Found mine, const SearchTeam& team)
{
    if (team.size == 1) {
        return mine;
    }
    const SearchState message{q.identity, 0, mine.evaluated, 0, candidates_of(mine.designs)};
    const std::vector<std::string> all = team.exchange(text_of(message, q.name));
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
        if (int(rank) == team.rank) {
            continue;
        }
        const SearchState other = read_state("rank " + std::to_string(rank), all[rank], q);
        const std::vector<FoundDesign> designs = tasks.measured(other.front);
        mine.designs.insert(mine.designs.end(), designs.begin(), designs.end());
        mine.evaluated += other.evaluated;
    }
    return mine;
}

/// One process that stops stops all.
bool any_stops(bool stop, const SearchTeam& team)
{
    if (team.size == 1) {
        return stop;
    }
    const std::vector<std::string> all = team.exchange(stop ? "stop" : "go");
    return std::ranges::find(all, "stop") != all.end();
}

}  // namespace

SearchResult search(const SearchQuestion& q, const SearchOptions& options)
{
    const auto start = std::chrono::steady_clock::now();
    std::optional<tbb::global_control> control;
    if (options.threads > 0) {
        control.emplace(tbb::global_control::max_allowed_parallelism, std::size_t(options.threads));
    }
    const SearchTasks tasks(q);
    SearchResult result;
    SearchStatistics& s = result.statistics;
    s.candidates = tasks.candidates();
    s.blocks = tasks.blocks();
    std::size_t done = 0;
    if (options.resume != nullptr) {
        result.front = front_of(tasks.measured(options.resume->front), q.objectives);
        done = std::min(options.resume->tasks_done, tasks.size());
        s.evaluated = options.resume->evaluated;
        s.blocks_done = options.resume->blocks_done;
    } else {
        result.front = front_of(tasks.sample(s.evaluated), q.objectives);
    }
    while (done < tasks.size()) {
        // By what is done alone, so that a search that goes on does what it would have done.
        const std::size_t round = std::clamp(done, first_round, longest_round);
        const std::size_t count = std::min(round, tasks.size() - done);
        Found found = together(q, tasks, search_round(q, tasks, result.front, done, count, options.team), options.team);
        for (std::size_t i = 0; i < count; ++i) {
            s.blocks_done += double(tasks.task(done + i).bases.size());
        }
        s.evaluated += found.evaluated;
        found.designs.insert(found.designs.end(), result.front.begin(), result.front.end());
        result.front = front_of(std::move(found.designs), q.objectives);
        done += count;
        if (options.state) {
            options.state({q.identity, done, s.evaluated, s.blocks_done, candidates_of(result.front)});
        }
        s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const bool stop = options.progress && !options.progress(s, result.front.size());
        if (any_stops(stop, options.team) && done < tasks.size()) {
            result.partial = true;
            break;
        }
    }
    return result;
}

std::vector<FoundDesign> all_within_limits(const SearchQuestion& q)
{
    const SearchTasks tasks(q);
    const std::vector<UniformDesign> designs = all_designs(tasks.product());
    std::vector<FoundDesign> all;
    std::vector<Measures> measures;
    for (std::size_t setting = 0; setting < tasks.settings(); ++setting) {
        const auto evaluator = tasks.evaluator(setting);
        evaluator->evaluate(designs, measures);
        for (std::size_t i = 0; i < designs.size(); ++i) {
            if (evaluator->within_limits(measures[i])) {
                all.push_back({tasks.candidate(setting), measures[i]});
                all.back().candidate.design = designs[i];
            }
        }
    }
    return all;
}

}  // namespace slimline
