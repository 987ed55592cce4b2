#include "validation/engine_calibration.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "archspace/inline_architecture.h"
#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "hwmodels/calibration_choice.h"
#include "validation/drift.h"

namespace slimline {

namespace {

/// Two small models, one of many thin layers, one wide; smaller still and with short cases where a budget of a second says
/// that a rough answer is wanted.
std::vector<PlannedModel> pilot_plan(const EngineCalibrationOptions& options)
{
    constexpr double short_budget_s = 1;
    constexpr int long_case = 200;  // tokens
    const bool rough = options.budget_s <= short_budget_s;
    const std::vector<const char*> usual{"L=8,d=512,h=8,kv=2,hd=64,ffn=1408,V=8192,tied",
                                         "L=2,d=1024,h=8,kv=8,hd=128,ffn=2816,V=4096,untied"};
    const std::vector<const char*> small{"L=4,d=256,h=4,kv=1,hd=64,ffn=704,V=2048,tied",
                                         "L=2,d=512,h=4,kv=4,hd=128,ffn=1408,V=1024,untied"};
    std::vector<PlannedModel> plan;
    for (const char* text : rough ? small : usual) {
        PlannedModel planned{{.arch = inline_architecture(text), .mix = options.mix, .context = calibration_context},
                             calibration_cases(options.threads)};
        planned.model.arch.id = "pilot-" + std::to_string(plan.size() + 1);
        if (rough) {
            std::erase_if(planned.cases, [](const TestCase& test) { return std::max(test.tokens, test.past) > long_case; });
        }
        plan.push_back(std::move(planned));
    }
    return plan;
}

Residuals widened(const std::vector<double>& log_ratios, const Repeatability& repeatability)
{
    Residuals residuals = residuals_of(log_ratios, "calibration's models left out one by one, and repeatability");
    // A quantile of few values says little about tails; repeated measurements differ by this much anyway. Disturbances that
    // typical times are spared stretch the p90 of halves: no more than a normal distribution of that median has.
    constexpr double p90_of_median = 1.645 / 0.6745;
    const double repeats = std::min(repeatability.p90, p90_of_median * repeatability.median);
    residuals.log_low = -std::hypot(std::min(0.0, residuals.log_low), repeats);
    residuals.log_high = std::hypot(std::max(0.0, residuals.log_high), repeats);
    return residuals;
}

/// log(measured / predicted) of every run by a fit to the other models, by phase.
std::array<std::vector<double>, 2> held_out(const Calibration& fitted, std::span<const PlannedModel> plan,
                                            const Sampling& sampling, const std::vector<TimedRun>& runs, const Bed& bed)
{
    constexpr int steps = 8;  // from the fit to all, which is near
    std::array<std::vector<double>, 2> ratios;
    for (std::size_t model = 0; model < plan.size(); ++model) {
        std::vector<TimedRun> others;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (sampling.cases[i].model != model) {
                others.push_back(runs[i]);
            }
        }
        const Calibration without = fit_runs(fitted, others, bed, steps);
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (sampling.cases[i].model == model && !others.empty()) {
                ratios[std::size_t(runs[i].work.phase)].push_back(
                    std::log(runs[i].work.seconds / predicted_seconds(runs[i], without, bed)));
            }
        }
    }
    return ratios;
}

double bytes_of(std::span<const PlannedModel> plan)
{
    double bytes = 0;
    for (const PlannedModel& each : plan) {
        bytes += weight_bytes(each.model.arch, mix_named(each.model.mix));
    }
    return bytes;
}

/// The second sampling's models behind the first's.
void append(std::vector<PlannedModel>& plan, Sampling& sampling, const std::vector<PlannedModel>& more_plan,
            Sampling more)
{
    for (SampledCase& each : more.cases) {
        each.model += plan.size();
        sampling.cases.push_back(std::move(each));
    }
    plan.insert(plan.end(), more_plan.begin(), more_plan.end());
    sampling.memory.insert(sampling.memory.end(), more.memory.begin(), more.memory.end());
    sampling.failures.insert(sampling.failures.end(), more.failures.begin(), more.failures.end());
    sampling.rounds = more.rounds;
    sampling.disturbed += more.disturbed;
    sampling.repeatability = repeatability_of(sampling.cases);
    sampling.cancelled = more.cancelled;
}

constexpr std::size_t enough_models = 8;

/// Fits `start` to all runs; residuals are those of models left out one by one.
void learn(EngineCalibration& result, const Calibration& start, const Bed& bed, int threads)
{
    const std::vector<TimedRun> runs = timed_runs(result.plan, result.sampling, bed, start);
    result.calibration = fit_runs(start, runs, bed);
    const auto ratios = held_out(result.calibration, result.plan, result.sampling, runs, bed);
    const auto& decode = ratios[std::size_t(Phase::decode)];
    const auto& prefill = ratios[std::size_t(Phase::prefill)];
    result.decode = error_summary(decode);
    result.prefill = error_summary(prefill);
    Calibration& c = result.calibration;
    c.id = calibration_id(bed.device.id, bed.backend, "", bed.engine_name, threads);
    c.device = bed.device.id;
    c.engine = bed.engine_name;
    c.threads = threads;
    c.repeatability = result.sampling.repeatability;
    c.anchors = anchors_of(result.plan, result.sampling);
    c.decode = widened(decode, repeatability_of(result.sampling.cases, Phase::decode));
    c.prefill = widened(prefill, repeatability_of(result.sampling.cases, Phase::prefill));
}

}  // namespace

std::vector<TimedRun> timed_runs(std::span<const PlannedModel> plan, const Sampling& sampling, const Bed& bed,
                                 const Calibration& calibration)
{
    std::vector<TimedRun> runs;
    for (const SampledCase& each : sampling.cases) {
        TimedRun run{work_of(plan[each.model].model, each.test, bed, calibration), each.typical_stages()};
        run.work.seconds = each.typical();
        runs.push_back(std::move(run));
    }
    return runs;
}

EngineCalibration calibrate_engine(TestEngine& engine, const Bed& bed, const EngineCalibrationOptions& options,
                                   const Watcher& watcher)
{
    constexpr int pilot_rounds = 2;
    constexpr double usual_load_bytes_per_s = 0.4e9;
    constexpr double share_for_fits = 0.05;  // of the budget, at its end
    Stopwatch watch(engine);
    const auto left = [&] { return (1 - share_for_fits) * options.budget_s - watch.seconds(); };
    EngineCalibration result;
    const Calibration guess = run_fit_start(bed, options.threads);
    result.plan = options.earlier.plan;
    result.sampling = options.earlier.sampling;
    if (result.sampling.cases.empty()) {
        result.plan = pilot_plan(options);
        result.sampling = sample(engine, result.plan, 0, pilot_rounds, watcher);
    }
    if (result.sampling.cases.empty()) {
        throw InputError(engine.name(), "nothing could be measured",
                         result.sampling.failures.empty() ? "let it run longer" : result.sampling.failures.front());
    }
    const Calibration rough = fit_runs(guess, timed_runs(result.plan, result.sampling, bed, guess), bed);
    if (!result.sampling.cancelled && left() > 0.5) {
        watcher.progress("choosing what to run", 0.02);
        const std::vector<PlannedModel> plan =
            plan_runs(rough, bed,
                      {.mix = options.mix,
                       .threads = options.threads,
                       .budget_s = left(),
                       .load_bytes_per_s = result.sampling.load_s > 0 ? bytes_of(result.plan) / result.sampling.load_s
                                                                      : usual_load_bytes_per_s,
                       .past_is_computed = engine.computes_past(),
                       .seed = options.seed});
        append(result.plan, result.sampling, plan, sample(engine, plan, left(), 2, watcher));
    }
    watcher.progress("fitting", 0.98);
    learn(result, guess, bed, options.threads);
    result.calibration.engine_version = engine.version();
    result.calibration.note = fmt::format(
        "{} cases of {} models with {} in {} rounds, {:.0f} s{}", result.sampling.cases.size(), result.plan.size(),
        options.mix, result.sampling.rounds, watch.seconds(), result.sampling.cancelled ? "; cut short" : "");
    return result;
}

EngineCalibration calibrate_from_runs(const Calibration& start, const std::vector<PlannedModel>& plan,
                                      const Sampling& sampling, const Bed& bed, int threads)
{
    EngineCalibration result{.plan = plan, .sampling = sampling};
    learn(result, start, bed, threads);
    Calibration& c = result.calibration;
    // Models left out of a fit to few others tell little: what was known before is kept where it is the wider.
    const auto no_narrower = [&](Residuals& mine, const Residuals& before) {
        if (plan.size() < enough_models) {
            mine.log_low = std::min(mine.log_low, before.log_low);
            mine.log_high = std::max(mine.log_high, before.log_high);
        }
    };
    no_narrower(c.decode, start.decode);
    no_narrower(c.prefill, start.prefill);
    c.note = fmt::format("{} cases of {} models from a file", sampling.cases.size(), plan.size());
    return result;
}

}  // namespace slimline
