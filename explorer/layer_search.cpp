#include "explorer/layer_search.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "archspace/quality/loss_bound.h"
#include "explorer/layer_evolution.h"
#include "explorer/pareto.h"

namespace slimline {

namespace {

/// The objectives of what was measured.
std::vector<double> objectives_of(const LayerQuestion& q, const Measures& measures)
{
    std::vector<double> values;
    for (const DesignMetric each : q.objectives) {
        values.push_back(measures[std::size_t(each)]);
    }
    return values;
}

std::vector<FoundStack> measured(const LayerQuestion& q, const std::vector<LayerStack>& stacks, const LayerProgress& progress,
                                 bool& stopped)
{
    constexpr std::size_t at_once = 256;
    std::vector<FoundStack> found(stacks.size());
    for (std::size_t from = 0; from < stacks.size(); from += at_once) {
        if (progress && !progress("predicting stacks", double(from) / double(stacks.size()))) {
            stopped = true;
            found.resize(from);
            break;
        }
        const std::size_t to = std::min(stacks.size(), from + at_once);
        tbb::parallel_for(from, to, [&](std::size_t i) { found[i] = {stacks[i], layer_measures(q, stacks[i])}; });
    }
    return found;
}

/// Of those within the limits, the front; of stacks with the same objectives, the first. What a law cannot judge is left out.
std::vector<FoundStack> front_of(const LayerQuestion& q, std::vector<FoundStack> found)
{
    const auto unjudged = [&](const FoundStack& each) {
        return std::ranges::any_of(objectives_of(q, each.measures), [](double x) { return std::isnan(x); });
    };
    std::erase_if(found, [&](const FoundStack& each) { return !within_limits(q, each.measures) || unjudged(each); });
    std::vector<double> values;
    for (const FoundStack& each : found) {
        const std::vector<double> objectives = objectives_of(q, each.measures);
        values.insert(values.end(), objectives.begin(), objectives.end());
    }
    std::vector<FoundStack> front;
    for (const std::size_t i : pareto_front({values, q.objectives.size()})) {
        front.push_back(std::move(found[i]));
    }
    const auto key = [&](const FoundStack& each) { return objectives_of(q, each.measures); };
    std::ranges::stable_sort(front, {}, key);
    const auto same = [&](const FoundStack& a, const FoundStack& b) { return key(a) == key(b); };
    front.erase(std::unique(front.begin(), front.end(), same), front.end());
    return front;
}

/// An interval that holds both. A kind without the quantity is in no mean of it.
Enclosure either(Enclosure a, Enclosure b)
{
    return std::isnan(a.low) ? b : std::isnan(b.low) ? a : hull(a, b);
}

/// Every quantity that a law reads, over all stacks: means and ratios of layers lie between those of the kinds alone.
LawBox box_of_stacks(const LayerQuestion& q)
{
    LawBox box;
    for (std::size_t k = 0; k < q.kinds.size(); ++k) {
        const LawBox one = box_of(inputs_of(q, LayerStack(q.allowed.size(), int(k))));
        for (std::size_t i = 0; i < law_input_count; ++i) {
            box.values[i] = k == 0 ? one.values[i] : either(box.values[i], one.values[i]);
        }
        if (k == 0) {
            box.exact = one.exact;
        }
    }
    return box;
}

/// At least this is the loss of every stack whose parameters are at most so many.
double least_loss(const LayerQuestion& q, LawBox box, double parameters)
{
    Enclosure& counted = box[LawInput::parameters];
    counted.high = std::min(counted.high, std::max(parameters, counted.low));
    return loss_bounds(q.law, box).low;
}

/// Points of which one is nowhere worse than any stack given; none where costs are no sums.
std::vector<std::vector<double>> bounding_points(const LayerQuestion& q, const LayerCosts& costs, const StackFront& sums)
{
    std::vector<std::vector<double>> points;
    if (!costs.not_sums.empty()) {
        return points;
    }
    const LawBox box = q.scores.empty() ? box_of_stacks(q) : LawBox{};
    for (const std::vector<double>& values : sums.values) {
        std::vector<double> point;
        for (const DesignMetric each : q.objectives) {
            const double value = values[std::size_t(std::ranges::find(costs.metrics, each) - costs.metrics.begin())];
            point.push_back(each == DesignMetric::loss && q.scores.empty() ? least_loss(q, box, -value) : value);
        }
        const bool known = std::ranges::none_of(point, [](double x) { return std::isnan(x) || std::isinf(x); });
        if (!known) {
            return {};
        }
        points.push_back(std::move(point));
    }
    return points;
}

/// Just beyond the worst of all points in each objective.
std::vector<double> corner_of(const std::vector<std::vector<double>>& points, const std::vector<std::vector<double>>& others)
{
    std::vector<double> low = points.front();
    std::vector<double> high = low;
    for (const auto* each : {&points, &others}) {
        for (const std::vector<double>& point : *each) {
            for (std::size_t i = 0; i < point.size(); ++i) {
                low[i] = std::min(low[i], point[i]);
                high[i] = std::max(high[i], point[i]);
            }
        }
    }
    for (std::size_t i = 0; i < high.size(); ++i) {
        high[i] += 0.01 * std::max(high[i] - low[i], 1e-12 * std::abs(high[i]));
    }
    return high;
}

/// Stacks that an evolution asked for, measured once each.
class LayerArchive {
 public:
    explicit LayerArchive(const LayerQuestion& q) : q_(q) {}

    void add(const FoundStack& found) { known_.emplace(found.stack, found.measures); }
    std::vector<FoundStack> all() const
    {
        std::vector<FoundStack> found;
        for (const auto& [stack, measures] : known_) {
            if (is_allowed(q_, stack)) {
                found.push_back({stack, measures});
            }
        }
        return found;
    }
    std::size_t size() const { return known_.size(); }

    std::vector<double> fitness(const LayerStack& stack)
    {
        auto found = known_.find(stack);
        if (found == known_.end()) {
            found = known_.emplace(stack, layer_measures(q_, stack)).first;
        }
        std::vector<double> values = objectives_of(q_, found->second);
        const double beyond = how_far_beyond(stack, found->second);
        for (double& value : values) {
            value = std::isnan(value) ? 1e30 : value + beyond * (1 + std::abs(value));
        }
        return values;
    }

 private:
    /// 0 for an allowed stack within the limits; else at least 1, and the more the more is wrong.
    double how_far_beyond(const LayerStack& stack, const Measures& m) const
    {
        double beyond = 0;
        if (!is_allowed(q_, stack)) {
            beyond += 10;
            for (std::size_t k = 0; k < q_.kinds.size(); ++k) {
                const int count = int(std::ranges::count(stack, int(k)));
                beyond += std::max(0, q_.kinds[k].least - count) + std::max(0, count - q_.kinds[k].most);
            }
        }
        if (!within_limits(q_, m)) {
            beyond += 1 + std::max(0.0, q_.must_fit ? m[std::size_t(DesignMetric::memory_share)] - 1 : 0);
            for (const Limit& limit : q_.limits) {
                beyond += std::max(0.0, m[std::size_t(limit.metric)] / limit.most - 1);
            }
        }
        return beyond;
    }

    const LayerQuestion& q_;
    std::map<LayerStack, Measures> known_;
};

void evolve(const LayerQuestion& q, const LayerCosts& costs, const StackFront& sums, const std::vector<FoundStack>& seeds,
            const LayerProgress& progress, LayerSearchResult& result)
{
    LayerArchive archive(q);
    std::vector<LayerStack> starts;
    for (const FoundStack& each : seeds) {
        archive.add(each);
        starts.push_back(each.stack);
    }
    const auto go_on = [&](int generation) {
        const double done = double(generation) / q.evolution.generations;
        const bool on = !progress || progress("generation " + std::to_string(generation + 1), done);
        result.partial = result.partial || !on;
        return on;
    };
    result.generations = evolve_stacks(q, starts, q.objectives.size(),
                                       [&](const LayerStack& stack) { return archive.fitness(stack); }, go_on);
    result.predicted = archive.size();
    result.front = front_of(q, archive.all());
    const auto bound = bounding_points(q, costs, sums);
    std::vector<std::vector<double>> points;
    for (const FoundStack& each : result.front) {
        points.push_back(objectives_of(q, each.measures));
    }
    if (!points.empty() && !bound.empty()) {
        const std::vector<double> corner = corner_of(points, bound);
        result.hypervolume = dominated_volume(points, corner);
        result.hypervolume_bound = dominated_volume(bound, corner);
    }
}

std::string reason(const LayerCosts& costs)
{
    return !costs.not_sums.empty()    ? costs.not_sums + " is no sum over layers here"
           : !costs.undecided.empty() ? "the layers' sums leave " + costs.undecided + " open"
                                      : "";
}

}  // namespace

LayerSearchResult layer_search(const LayerQuestion& q, const LayerProgress& progress)
{
    const auto start = std::chrono::steady_clock::now();
    LayerSearchResult result;
    result.sequences = sequences(q);
    const LayerCosts costs = layer_costs(q);
    result.checked = costs.checked;
    result.largest_difference = costs.largest_difference;
    const StackFront sums = stack_front(q, costs, progress);
    result.kept = sums.kept;
    result.partial = sums.partial;
    const std::vector<FoundStack> found = measured(q, sums.stacks, progress, result.partial);
    result.predicted = found.size();
    result.front = front_of(q, found);
    result.why_not_exact = reason(costs);
    if (!costs.exact() && !result.partial) {
        evolve(q, costs, sums, found, progress, result);
    }
    result.exact = costs.exact() && !result.partial;
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace slimline
