#include "explorer/search.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <numeric>
#include <tuple>

#include <tbb/global_control.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "explorer/block_search.h"

namespace slimline {

namespace {

using Designs = std::vector<UniformDesign>;

std::vector<std::unique_ptr<CandidateEvaluator>> evaluators_of(const SearchQuestion& q)
{
    std::vector<std::unique_ptr<CandidateEvaluator>> all;
    for (std::size_t w = 0; w < q.space.weights.size(); ++w) {
        for (std::size_t k = 0; k < q.space.kv_cache.size(); ++k) {
            all.push_back(std::make_unique<CandidateEvaluator>(q, w, k));
        }
    }
    return all;
}

/// A step through all of n that visits far places first and each once.
std::size_t stride_of(std::size_t n)
{
    std::size_t stride = std::max<std::size_t>(1, std::size_t(double(n) * 0.6180339887));
    while (std::gcd(stride, n) != 1) {
        ++stride;
    }
    return stride;
}

/// The i-th of n, in that order.
std::size_t nth_of(std::size_t i, std::size_t stride, std::size_t n)
{
    return std::size_t((__extension__ static_cast<unsigned __int128>(i) * stride) % n);
}

/// A part of each group, by a number that spreads them.
UniformDesign some_design(const ProductSpace& product, const ProductSpace::Base& base, std::uint64_t number)
{
    UniformDesign design = base.design;
    for (std::size_t g = 0; g < product.groups.size(); ++g) {
        number = number * 6364136223846793005U + 1442695040888963407U;
        const ProductSpace::Parts& parts = *base.groups[g];
        design = with_part(design, parts[std::size_t(number >> 33) % parts.size()], product.groups[g]);
    }
    return design;
}

}  // namespace

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

/// Blocks of one format whose bases differ in depth alone: a task of its own.
struct Task {
    std::size_t format = 0;
    std::vector<const ProductSpace::Base*> bases;
};

/// Bases with equal parts, by everything but their depth. Formats may be others in stacks of 80 layers.
std::vector<std::vector<const ProductSpace::Base*>> stacks_of(const ProductSpace& product)
{
    std::map<std::tuple<UniformDesign, std::vector<const void*>, bool>, std::size_t> known;
    std::vector<std::vector<const ProductSpace::Base*>> stacks;
    for (const ProductSpace::Base& base : product.bases) {
        UniformDesign design = base.design;
        design.layers = 0;
        std::vector<const void*> groups;
        for (const auto& group : base.groups) {
            groups.push_back(group.get());
        }
        const auto [at, fresh] = known.try_emplace({design, groups, base.design.layers == 80}, stacks.size());
        if (fresh) {
            stacks.emplace_back();
        }
        stacks[at->second].push_back(&base);
    }
    return stacks;
}

/// Each stack in pieces that all span its depths: few where there are many stacks, since each piece has tables of its own.
std::vector<Task> tasks_of(const ProductSpace& product, std::size_t formats)
{
    constexpr std::size_t enough_tasks = 512;
    const std::size_t most_depths = std::clamp<std::size_t>(product.bases.size() * formats / enough_tasks, 1, 24);
    std::vector<Task> tasks;
    const auto stacks = stacks_of(product);
    for (std::size_t format = 0; format < formats; ++format) {
        for (const auto& stack : stacks) {
            const std::size_t pieces = (stack.size() + most_depths - 1) / most_depths;
            for (std::size_t piece = 0; piece < pieces; ++piece) {
                tasks.push_back({format, {}});
                for (std::size_t i = piece; i < stack.size(); i += pieces) {
                    tasks.back().bases.push_back(stack[i]);
                }
            }
        }
    }
    return tasks;
}

using Evaluators = std::vector<std::unique_ptr<CandidateEvaluator>>;

Candidate formats_of(const SearchQuestion& q, std::size_t format)
{
    return {format / q.space.kv_cache.size(), format % q.space.kv_cache.size(), {}};
}

/// Designs from all over the space, so that the first blocks already meet a front.
std::vector<FoundDesign> sample(const SearchQuestion& q, const ProductSpace& product, const Evaluators& evaluators,
                                SearchStatistics& s)
{
    constexpr std::size_t of_each = 16;
    const std::size_t blocks = product.bases.size() * evaluators.size();
    const std::size_t sampled = std::min<std::size_t>(blocks, s.candidates > 1e6 ? 4096 : 64);
    const std::size_t stride = blocks > 0 ? stride_of(blocks) : 1;
    std::vector<std::vector<FoundDesign>> samples(sampled);
    tbb::parallel_for(std::size_t{0}, sampled, [&](std::size_t i) {
        const std::size_t block = nth_of(i, stride, blocks);
        const std::size_t format = block / product.bases.size();
        Designs designs;
        for (std::size_t j = 0; j < of_each; ++j) {
            designs.push_back(some_design(product, product.bases[block % product.bases.size()], i * of_each + j));
        }
        std::vector<Measures> measures;
        evaluators[format]->evaluate(designs, measures);
        for (std::size_t j = 0; j < of_each; ++j) {
            if (evaluators[format]->within_limits(measures[j])) {
                samples[i].push_back({formats_of(q, format), measures[j]});
                samples[i].back().candidate.design = designs[j];
            }
        }
    });
    s.evaluated = double(sampled * of_each);
    std::vector<FoundDesign> all;
    for (const std::vector<FoundDesign>& each : samples) {
        all.insert(all.end(), each.begin(), each.end());
    }
    return all;
}

}  // namespace

SearchResult search(const SearchQuestion& q, const SearchOptions& options)
{
    const auto start = std::chrono::steady_clock::now();
    std::optional<tbb::global_control> control;
    if (options.threads > 0) {
        control.emplace(tbb::global_control::max_allowed_parallelism, std::size_t(options.threads));
    }
    const ProductSpace product = product_of(q.space);
    const Evaluators evaluators = evaluators_of(q);
    const std::vector<Task> tasks = tasks_of(product, evaluators.size());
    const std::size_t stride = tasks.empty() ? 1 : stride_of(tasks.size());

    SearchResult result;
    SearchStatistics& s = result.statistics;
    s.candidates = product.designs() * double(evaluators.size());
    s.blocks = double(product.bases.size() * evaluators.size());
    result.front = front_of(sample(q, product, evaluators, s), q.objectives);
    std::size_t done = 0;
    for (std::size_t round = 8; done < tasks.size(); round = std::min<std::size_t>(round * 2, 1024)) {
        const std::size_t count = std::min(round, tasks.size() - done);
        const DominanceTree known(objective_values(result.front, q.objectives), q.objectives.size());
        std::vector<Found> found(count);
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, count, 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
                for (std::size_t i = range.begin(); i < range.end(); ++i) {
                    const Task& task = tasks[nth_of(done + i, stride, tasks.size())];
                    BlockSearch search_of(q, product, *evaluators[task.format], known, formats_of(q, task.format));
                    search_of.run(task.bases);
                    found[i] = search_of.take();
                }
            },
            tbb::simple_partitioner());
        std::vector<FoundDesign> all = std::move(result.front);
        for (std::size_t i = 0; i < count; ++i) {
            all.insert(all.end(), found[i].designs.begin(), found[i].designs.end());
            s.evaluated += found[i].evaluated;
            s.blocks_done += double(tasks[nth_of(done + i, stride, tasks.size())].bases.size());
        }
        result.front = front_of(std::move(all), q.objectives);
        done += count;
        s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (options.progress && !options.progress(s, result.front.size()) && done < tasks.size()) {
            result.partial = true;
            break;
        }
    }
    return result;
}

std::vector<FoundDesign> all_within_limits(const SearchQuestion& q)
{
    const Designs designs = all_designs(product_of(q.space));
    std::vector<FoundDesign> all;
    std::vector<Measures> measures;
    for (std::size_t w = 0; w < q.space.weights.size(); ++w) {
        for (std::size_t k = 0; k < q.space.kv_cache.size(); ++k) {
            const CandidateEvaluator evaluator(q, w, k);
            evaluator.evaluate(designs, measures);
            for (std::size_t i = 0; i < designs.size(); ++i) {
                if (evaluator.within_limits(measures[i])) {
                    all.push_back({{w, k, designs[i]}, measures[i]});
                }
            }
        }
    }
    return all;
}

}  // namespace slimline
