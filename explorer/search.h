#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "explorer/measures.h"

namespace slimline {

/// A design of the space with its weight format and KV format (indices into the space's lists) and device.
struct Candidate {
    std::size_t weights = 0;
    std::size_t kv_cache = 0;
    UniformDesign design;
    std::size_t hardware = 0;  // the point of the question's hardware; 0 where it has none

    auto operator<=>(const Candidate&) const = default;
};

struct FoundDesign {
    Candidate candidate;
    Measures measures{};
};

struct SearchStatistics {
    double candidates = 0;   // designs of the space, in every format
    double evaluated = 0;    // one by one, those that were tried first twice; the others were shown to be dominated or beyond a limit
    double blocks = 0;       // width, depth, and formats
    double blocks_done = 0;  // all, unless the search was stopped
    double seconds = 0;

    /// Of `seen` candidates: all, unless the search goes on.
    double pruned_share(double seen) const { return seen > 0 ? std::max(0.0, 1 - evaluated / seen) : 0; }
    double pruned_share() const { return pruned_share(candidates); }
};

struct SearchResult {
    std::vector<FoundDesign> front;  // ascending by the objectives in their order, then by the candidate
    SearchStatistics statistics;
    bool partial = false;  // stopped before the end: the front of what was seen
};

struct SearchState;

/// Several processes that search together. Each does its share of every round; all of them then know what each found.
struct SearchTeam {
    int rank = 0;
    int size = 1;
    /// Gives every process's text to every process, by rank. Called by all of them equally often.
    std::function<std::vector<std::string>(const std::string&)> exchange{};
};

struct SearchOptions {
    int threads = 0;  // 0: all
    /// Called between rounds; false stops the search.
    std::function<bool(const SearchStatistics&, std::size_t front)> progress{};
    const SearchState* resume = nullptr;                 // go on from here; of the same question
    std::function<void(const SearchState&)> state{};     // called after each round, with where the search stands
    SearchTeam team{};
};

/// The exact front: what no design of the space dominates, by the batch evaluator's times and memory and the law's
/// loss. Designs that are equal in every objective are all in it. The result does not depend on
/// threads, processes, or on having been stopped and resumed.
SearchResult search(const SearchQuestion& question, const SearchOptions& options = {});

/// Every design within the limits, evaluated one by one; for tests, small spaces and complete lists.
std::vector<FoundDesign> all_within_limits(const SearchQuestion& question);

/// The front of a list, in the order of SearchResult::front.
std::vector<FoundDesign> front_of(std::vector<FoundDesign> designs, const std::vector<DesignMetric>& objectives);

}  // namespace slimline
