#include "explorer/search_tasks.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include <tbb/parallel_for.h>

namespace slimline {

namespace {

using Bases = std::vector<const ProductSpace::Base*>;

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
std::size_t nth_of(std::size_t i, std::size_t n)
{
    return std::size_t((__extension__ static_cast<unsigned __int128>(i) * stride_of(n)) % n);
}

/// Bases with equal parts, by everything but their depth. Formats may be others in stacks of 80 layers.
std::vector<Bases> stacks_of(const ProductSpace& product)
{
    std::map<std::tuple<UniformDesign, std::vector<const void*>, bool>, std::size_t> known;
    std::vector<Bases> stacks;
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
std::vector<SearchTask> tasks_of(const ProductSpace& product, std::size_t formats, std::size_t devices)
{
    constexpr std::size_t enough_tasks = 512;
    const std::size_t most_depths =
        std::clamp<std::size_t>(product.bases.size() * formats * devices / enough_tasks, 1, 24);
    std::vector<SearchTask> tasks;
    const std::vector<Bases> stacks = stacks_of(product);
    for (std::size_t format = 0; format < formats; ++format) {
        for (const Bases& stack : stacks) {
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

SearchTasks::SearchTasks(const SearchQuestion& q) : question_(q), product_(product_of(q.space))
{
    for (std::size_t w = 0; w < q.space.weights.size(); ++w) {
        for (std::size_t k = 0; k < q.space.kv_cache.size(); ++k) {
            formats_.push_back(std::make_shared<const CandidateEvaluator>(q, w, k));
        }
    }
    devices_ = std::max<std::size_t>(1, q.hardware.points.size());
    tasks_ = tasks_of(product_, formats_.size(), devices_);
}

SearchTask SearchTasks::task(std::size_t i) const
{
    const std::size_t at = nth_of(i, size());
    SearchTask task = tasks_[at % tasks_.size()];
    task.setting += at / tasks_.size() * formats_.size();
    return task;
}

Candidate SearchTasks::candidate(std::size_t setting) const
{
    const std::size_t format = setting % formats_.size();
    const std::size_t kv_formats = question_.space.kv_cache.size();
    return {format / kv_formats, format % kv_formats, {}, setting / formats_.size()};
}

std::size_t SearchTasks::setting_of(const Candidate& c) const
{
    return c.hardware * formats_.size() + c.weights * question_.space.kv_cache.size() + c.kv_cache;
}

std::shared_ptr<const CandidateEvaluator> SearchTasks::evaluator(std::size_t setting) const
{
    const auto& format = formats_[setting % formats_.size()];
    if (setting < formats_.size()) {
        return format;
    }
    const Candidate c = candidate(setting);
    return std::make_shared<const CandidateEvaluator>(question_, c.weights, c.kv_cache, c.hardware, format.get());
}

std::vector<FoundDesign> SearchTasks::sample(double& evaluated) const
{
    constexpr std::size_t of_each = 16;
    const std::size_t all_blocks = product_.bases.size() * settings();
    const std::size_t sampled = std::min<std::size_t>(all_blocks, candidates() > 1e6 ? 4096 : 64);
    std::vector<std::vector<FoundDesign>> samples(sampled);
    tbb::parallel_for(std::size_t{0}, sampled, [&](std::size_t i) {
        const std::size_t block = nth_of(i, all_blocks);
        const std::size_t setting = block / product_.bases.size();
        const auto measuring = evaluator(setting);
        std::vector<UniformDesign> designs;
        for (std::size_t j = 0; j < of_each; ++j) {
            designs.push_back(some_design(product_, product_.bases[block % product_.bases.size()], i * of_each + j));
        }
        std::vector<Measures> measures;
        measuring->evaluate(designs, measures);
        for (std::size_t j = 0; j < of_each; ++j) {
            if (measuring->within_limits(measures[j])) {
                samples[i].push_back({candidate(setting), measures[j]});
                samples[i].back().candidate.design = designs[j];
            }
        }
    });
    evaluated += double(sampled * of_each);
    std::vector<FoundDesign> all;
    for (const std::vector<FoundDesign>& each : samples) {
        all.insert(all.end(), each.begin(), each.end());
    }
    return all;
}

std::vector<FoundDesign> SearchTasks::measured(const std::vector<Candidate>& candidates) const
{
    std::vector<FoundDesign> found(candidates.size());
    std::map<std::size_t, std::vector<std::size_t>> by_setting;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        by_setting[setting_of(candidates[i])].push_back(i);
    }
    std::vector<Measures> measures;
    for (const auto& [setting, indices] : by_setting) {
        std::vector<UniformDesign> designs;
        for (const std::size_t i : indices) {
            designs.push_back(candidates[i].design);
        }
        evaluator(setting)->evaluate(designs, measures);
        for (std::size_t j = 0; j < indices.size(); ++j) {
            found[indices[j]] = {candidates[indices[j]], measures[j]};
        }
    }
    return found;
}

}  // namespace slimline
