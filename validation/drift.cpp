#include "validation/drift.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "archspace/inline_architecture.h"
#include "archspace/weight_mix.h"
#include "validation/run_plan.h"
#include "validation/statistics.h"

namespace slimline {

namespace {

TestCase case_of(const AnchorRun& anchor, int threads)
{
    const bool prompt = anchor.prompt > 0;
    return {.phase = prompt ? Phase::prefill : Phase::decode,
            .tokens = prompt ? anchor.prompt : anchor.generated,
            .past = anchor.past,
            .threads = threads};
}

bool is_of(const AnchorRun& anchor, const TestModel& model)
{
    return model.arch.name == anchor.architecture && model.mix == anchor.mix;
}

/// A model of a calibration with the runs that its cases came to.
struct Candidate {
    double bytes = 0;
    double round_s = 0;  // of all its cases once
    std::vector<AnchorRun> runs{};
};

std::vector<Candidate> candidates_of(std::span<const PlannedModel> plan, const Sampling& sampling)
{
    std::vector<Candidate> candidates(plan.size());
    std::size_t rounds = 0;
    for (const SampledCase& each : sampling.cases) {
        rounds = std::max(rounds, each.seconds.size());
    }
    const std::size_t enough = std::max<std::size_t>(2, rounds / 2);  // pilots run but twice
    for (const SampledCase& each : sampling.cases) {
        const TestModel& model = plan[each.model].model;
        const bool prompt = each.test.phase == Phase::prefill;
        if (!is_inline_architecture(model.arch.name) || each.seconds.size() < enough) {
            continue;
        }
        Candidate& c = candidates[each.model];
        c.bytes = weight_bytes(model.arch, mix_named(model.mix));
        c.round_s += each.best() * (prompt ? 1 : each.test.tokens);
        c.runs.push_back({.architecture = model.arch.name,
                          .mix = model.mix,
                          .prompt = prompt ? each.test.tokens : 0,
                          .generated = prompt ? 0 : each.test.tokens,
                          .past = each.test.past,
                          .seconds = each.typical()});
    }
    return candidates;
}

Repeatability differences_of(std::vector<double> ratios)
{
    for (double& each : ratios) {
        each = std::abs(each - 1);
    }
    return {median(ratios), quantile(ratios, 0.9)};
}

}  // namespace

std::vector<AnchorRun> anchors_of(std::span<const PlannedModel> plan, const Sampling& sampling)
{
    constexpr double most_round_s = 2;
    std::vector<Candidate> candidates = candidates_of(plan, sampling);
    std::erase_if(candidates, [](const Candidate& c) { return c.runs.empty() || c.round_s > most_round_s; });
    std::ranges::stable_sort(candidates, {}, &Candidate::bytes);
    std::vector<AnchorRun> anchors;
    const std::size_t count = candidates.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (i == 0 || i == count / 2 || i + 1 == count) {
            anchors.insert(anchors.end(), candidates[i].runs.begin(), candidates[i].runs.end());
        }
    }
    return anchors;
}

std::vector<PlannedModel> anchor_plan(std::span<const Calibration> calibrations)
{
    std::vector<PlannedModel> plan;
    for (const Calibration& c : calibrations) {
        for (const AnchorRun& anchor : c.anchors) {
            auto found = std::ranges::find_if(plan, [&](const PlannedModel& each) { return is_of(anchor, each.model); });
            if (found == plan.end()) {
                plan.push_back({{.arch = inline_architecture(anchor.architecture), .mix = anchor.mix, .context = calibration_context}, {}});
                plan.back().model.arch.id = "anchor-" + std::to_string(plan.size());
                found = std::prev(plan.end());
            }
            found->cases.push_back(case_of(anchor, c.threads));
        }
    }
    return plan;
}

std::map<int, Drift> drift_since(std::span<const Calibration> calibrations, std::span<const PlannedModel> plan,
                                 std::span<const SampledCase> cases)
{
    std::map<int, Drift> drifts;
    for (const Calibration& c : calibrations) {
        std::array<std::vector<double>, 2> ratios;  // by phase
        for (const AnchorRun& anchor : c.anchors) {
            const TestCase test = case_of(anchor, c.threads);
            const auto again = std::ranges::find_if(cases, [&](const SampledCase& each) {
                return each.test == test && is_of(anchor, plan[each.model].model);
            });
            if (again != cases.end()) {
                ratios[std::size_t(test.phase)].push_back(again->typical() / anchor.seconds);
            }
        }
        const auto& decode = ratios[std::size_t(Phase::decode)];
        const auto& prefill = ratios[std::size_t(Phase::prefill)];
        if (!decode.empty() || !prefill.empty()) {
            const auto middle = [](const std::vector<double>& values) { return values.empty() ? 1 : median(values); };
            drifts[c.threads] = {.runs = int(decode.size() + prefill.size()),
                                 .decode = middle(decode),
                                 .prefill = middle(prefill),
                                 .repeatability = {differences_of(ratios[0]), differences_of(ratios[1])}};
        }
    }
    return drifts;
}

}  // namespace slimline
