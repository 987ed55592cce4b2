#include "validation/run_sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "base/errors.h"
#include "validation/statistics.h"

namespace slimline {

namespace {

constexpr double disturbed_above = 1.5;  // times the best
constexpr int most_senseless = 3;        // times of one model

/// False when the time that the engine says is none.
bool run_once(LoadedModel& model, SampledCase& sampled)
{
    const double seconds = model.run(sampled.test);
    if (!(seconds > 0) || !std::isfinite(seconds)) {
        return false;
    }
    if (sampled.seconds.empty() || seconds < sampled.best()) {
        sampled.stages = model.operator_times();
    }
    sampled.seconds.push_back(seconds);
    return true;
}

double typical_of(std::span<const double> seconds)
{
    return quantile(seconds, 0.25);
}

}  // namespace

double SampledCase::best() const
{
    return *std::ranges::min_element(seconds);
}

double SampledCase::typical() const
{
    return typical_of(seconds);
}

std::vector<TimedOperator> SampledCase::typical_stages() const
{
    std::vector<TimedOperator> typical_ones = stages;
    for (TimedOperator& each : typical_ones) {
        each.seconds *= typical() / best();
    }
    return typical_ones;
}

Repeatability repeatability_of(std::span<const SampledCase> cases)
{
    std::vector<double> rounds;  // even against odd
    std::vector<double> halves;  // the first against the second
    for (const SampledCase& each : cases) {
        const std::span<const double> seconds = each.seconds;
        if (seconds.size() < 2) {
            continue;
        }
        std::array<std::vector<double>, 2> in_turn;
        for (std::size_t i = 0; i < seconds.size(); ++i) {
            in_turn[i % 2].push_back(seconds[i]);
        }
        rounds.push_back(std::abs(typical_of(in_turn[0]) / typical_of(in_turn[1]) - 1));
        const std::size_t half = seconds.size() / 2;
        halves.push_back(std::abs(typical_of(seconds.first(half)) / typical_of(seconds.subspan(half)) - 1));
    }
    return {std::max(median(rounds), median(halves)), std::max(quantile(rounds, 0.9), quantile(halves, 0.9))};
}

Repeatability repeatability_of(std::span<const SampledCase> cases, Phase phase)
{
    std::vector<SampledCase> of_phase;
    std::ranges::copy_if(cases, std::back_inserter(of_phase), [&](const SampledCase& each) { return each.test.phase == phase; });
    return repeatability_of(of_phase);
}

Sampling sample(TestEngine& engine, std::span<const PlannedModel> plan, double budget_s, int least_rounds,
                const Watcher& watcher)
{
    Stopwatch watch(engine);
    Sampling s;
    s.memory.resize(plan.size());
    std::vector<std::unique_ptr<LoadedModel>> models(plan.size());
    for (std::size_t i = 0; i < plan.size() && !s.cancelled; ++i) {
        watcher.progress("loading " + plan[i].model.arch.id, 0.3 * double(i) / double(plan.size()));
        try {
            models[i] = engine.load(plan[i].model);
        } catch (const InputError& error) {
            if (watcher.cancelled()) {  // and no failure: it stopped because it was asked to
                s.cancelled = true;
                break;
            }
            s.failures.push_back(plan[i].model.arch.id + ": " + error.what());
            continue;
        }
        for (const TestCase& test : plan[i].cases) {
            s.cases.push_back({i, test, {}, {}});
        }
        s.cancelled = watcher.cancelled();
    }

    s.load_s = watch.seconds();
    std::mt19937 random(1);
    std::vector<std::size_t> order(s.cases.size());
    std::iota(order.begin(), order.end(), 0u);
    std::vector<bool> broken(plan.size(), false);
    std::vector<int> senseless(plan.size(), 0);
    double round_s = 0;
    const auto all_broken = [&] { return std::ranges::all_of(s.cases, [&](const SampledCase& each) { return broken[each.model]; }); };
    while (!s.cancelled && !all_broken() && (s.rounds < least_rounds || watch.seconds() + round_s < budget_s)) {
        const double round_start = watch.seconds();
        std::ranges::shuffle(order, random);
        for (std::size_t i = 0; i < order.size() && !s.cancelled; ++i) {
            SampledCase& each = s.cases[order[i]];
            const double done = std::min(1.0, watch.seconds() / std::max(1e-3, budget_s));
            watcher.progress(fmt::format("round {}, {} of {} cases", s.rounds + 1, i + 1, order.size()), std::max(0.3, done));
            try {
                if (!broken[each.model] && !run_once(*models[each.model], each)) {
                    broken[each.model] = ++senseless[each.model] == most_senseless;
                    s.disturbed += 1;
                    s.failures.push_back(plan[each.model].model.arch.id + ": the engine says that a run took no time or less (did its clock jump?): " +
                                         (broken[each.model] ? "for the third time, it is left out from here on" : "that run is left out"));
                }
            } catch (const InputError& error) {
                if (!watcher.cancelled()) {
                    s.failures.push_back(plan[each.model].model.arch.id + ": " + error.what());
                }
                broken[each.model] = true;
            }
            s.cancelled = watcher.cancelled();
        }
        s.rounds += 1;
        round_s = watch.seconds() - round_start;
    }
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (models[i] != nullptr && !broken[i]) {  // of one that failed there is nobody to ask
            try {
                s.memory[i] = models[i]->memory();
            } catch (const InputError& error) {
                s.failures.push_back(plan[i].model.arch.id + ": " + error.what());
            }
        }
    }
    std::erase_if(s.cases, [](const SampledCase& each) { return each.seconds.empty(); });
    for (const SampledCase& each : s.cases) {
        s.disturbed += int(std::ranges::count_if(each.seconds, [&](double t) { return t > disturbed_above * each.best(); }));
    }
    s.repeatability = repeatability_of(s.cases);
    return s;
}

}  // namespace slimline
