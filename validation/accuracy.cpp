#include "validation/accuracy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/weight_mix.h"
#include "simulator/predict.h"

namespace slimline {

namespace {

std::vector<double> ranks(std::span<const double> values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t end = i;
        while (end < order.size() && values[order[end]] == values[order[i]]) {
            ++end;
        }
        for (std::size_t k = i; k < end; ++k) {
            result[order[k]] = (double(i + 1) + double(end)) / 2;
        }
        i = end;
    }
    return result;
}

std::string_view word(Phase phase)
{
    return phase == Phase::decode ? "decode" : "prefill";
}

template <class Key>
std::vector<std::pair<std::string, Accuracy>> grouped(const AccuracyReport& report, Key&& key)
{
    std::map<std::string, std::vector<const JudgedCase*>> groups;
    for (const JudgedCase& each : report.cases) {
        groups[key(each)].push_back(&each);
    }
    std::vector<std::pair<std::string, Accuracy>> result;
    for (const auto& [name, cases] : groups) {
        result.emplace_back(name, accuracy_of(cases));
    }
    return result;
}

std::string threads_text(int threads)
{
    return (threads == 0 ? "all" : std::to_string(threads)) + (threads == 1 ? " thread" : " threads");
}

std::string percent_text(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

std::string slower_text(double times)
{
    return times >= 1 ? percent_text(times - 1) + " slower" : percent_text(1 - times) + " faster";
}

Workload workload_of(const PlannedModel& planned)
{
    return {.prompt_tokens = planned.model.chunk,
            .generated_tokens = 1,
            .context = planned.model.context,
            .ubatch = planned.model.chunk};
}

MemoryPlan predicted_memory(const PlannedModel& planned, const Bed& bed)
{
    const Precision precision{.weights = mix_named(planned.model.mix), .kv_cache = planned.model.kv_cache};
    return predict(planned.model.arch, precision, bed.device, bed.backend, workload_of(planned), bed.engine,
                   datasheet_calibration(bed.backend))
        .memory;
}

/// Times of a case that may have been timed before.
void add(std::vector<SampledCase>& cases, SampledCase more)
{
    const auto same = [&](const SampledCase& each) { return each.model == more.model && each.test == more.test; };
    if (const auto found = std::ranges::find_if(cases, same); found != cases.end()) {
        found->seconds.insert(found->seconds.end(), more.seconds.begin(), more.seconds.end());
    } else {
        cases.push_back(std::move(more));
    }
}

Bytes resident(const MemoryPlan& plan)
{
    return plan.peak_resident.value > 0 ? plan.peak_resident : plan.total();
}

/// Of each phase and number of threads whose cases were timed more than once.
std::map<std::pair<Phase, int>, Repeatability> repeatability_by_phase(std::span<const SampledCase> cases)
{
    std::map<std::pair<Phase, int>, std::vector<SampledCase>> groups;
    for (const SampledCase& each : cases) {
        groups[{each.test.phase, each.test.threads}].push_back(each);
    }
    std::map<std::pair<Phase, int>, Repeatability> all;
    for (const auto& [phase, of_phase] : groups) {
        if (const Repeatability repeats = repeatability_of(of_phase); repeats.p90 > 0) {  // a file may hold each case once
            all[phase] = repeats;
        }
    }
    return all;
}

Json to_json(const Accuracy& a)
{
    Json json{{"count", a.error.count}, {"median_error", a.error.median},  {"p90_error", a.error.p90},
              {"bias", a.bias},         {"interval_coverage", a.coverage}, {"rank_correlation", a.rank_correlation}};
    if (a.machine.p90 > 0) {
        json["machine"] = {{"median", a.machine.median}, {"p90", a.machine.p90}};
    }
    return json;
}

std::string accuracy_table(const std::string& title, const std::vector<std::pair<std::string, Accuracy>>& rows)
{
    const bool machine = std::ranges::any_of(rows, [](const auto& row) { return row.second.machine.p90 > 0; });
    std::string text = "| " + title + " | n | median error | p90 | bias | inside 90 % interval | rank correlation |" +
                       (machine ? " the machine itself: median | p90 |\n" : "\n") + "|---|---|---|---|---|---|---|" +
                       (machine ? "---|---|\n" : "\n");
    for (const auto& [name, a] : rows) {
        text += fmt::format("| {} | {} | {} | {} | {:+.1f} % | {:.0f} % | {:.3f} |", name, a.error.count,
                            percent_text(a.error.median), percent_text(a.error.p90), 100 * a.bias, 100 * a.coverage,
                            a.rank_correlation);
        const bool known = a.machine.p90 > 0;
        text += !machine ? "\n"
                : known  ? fmt::format(" {} | {} |\n", percent_text(a.machine.median), percent_text(a.machine.p90))
                         : " not known | not known |\n";
    }
    return text;
}

}  // namespace

double rank_correlation(std::span<const double> a, std::span<const double> b)
{
    if (a.size() < 3) {
        return 0;
    }
    const std::vector<double> x = ranks(a);
    const std::vector<double> y = ranks(b);
    const double mean = (double(a.size()) + 1) / 2;
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double kendall_tau(std::span<const double> a, std::span<const double> b)
{
    double agree = 0;
    double a_pairs = 0;
    double b_pairs = 0;
    const auto sign = [](double x) { return double(x > 0) - double(x < 0); };
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const double x = sign(a[i] - a[j]);
            const double y = sign(b[i] - b[j]);
            agree += x * y;
            a_pairs += x * x;
            b_pairs += y * y;
        }
    }
    return a_pairs > 0 && b_pairs > 0 ? agree / std::sqrt(a_pairs * b_pairs) : 0;
}

double JudgedCase::log_ratio() const
{
    return std::log(seconds / predicted.seconds);
}

Accuracy accuracy_of(const std::vector<const JudgedCase*>& cases)
{
    std::vector<double> log_ratios;
    std::vector<double> predicted;
    std::vector<double> measured;
    double inside = 0;
    for (const JudgedCase* each : cases) {
        log_ratios.push_back(each->log_ratio());
        predicted.push_back(each->predicted.seconds);
        measured.push_back(each->seconds);
        inside += each->inside() ? 1 : 0;
    }
    return {.error = error_summary(log_ratios),
            .bias = std::expm1(median(log_ratios)),
            .coverage = cases.empty() ? 0 : inside / double(cases.size()),
            .rank_correlation = rank_correlation(predicted, measured)};
}

std::vector<PredictedCase> predict_cases(const std::vector<PlannedModel>& plan,
                                         const std::vector<Calibration>& calibrations, const Bed& bed)
{
    std::vector<PredictedCase> all;
    for (std::size_t model = 0; model < plan.size(); ++model) {
        for (const TestCase& test : plan[model].cases) {
            const auto c = std::ranges::find(calibrations, test.threads, &Calibration::threads);
            const Calibration& calibration = c == calibrations.end() ? calibrations.front() : *c;
            const TimedRun run{work_of(plan[model].model, test, bed, calibration), {}};
            const Residuals& residuals = test.phase == Phase::decode ? calibration.decode : calibration.prefill;
            const double seconds = predicted_seconds(run, calibration, bed);
            all.push_back({model, test, seconds, seconds * std::exp(residuals.log_low),
                           seconds * std::exp(residuals.log_high), predicted_stages(run, calibration, bed)});
        }
    }
    return all;
}

AccuracyReport validate_engine(TestEngine& engine, const Bed& bed, const std::vector<Architecture>& archs,
                               const std::vector<Calibration>& calibrations, const AccuracyOptions& options,
                               const Watcher& watcher,
                               const std::function<void(const std::vector<PredictedCase>&)>& predicted)
{
    AccuracyReport report{
        .engine = engine.name(), .version = engine.version(), .device = bed.device.id, .calibrations = calibrations};
    const WeightMix mix = mix_named(options.mix);
    for (const Architecture& arch : archs) {
        PlannedModel planned{{.arch = arch, .mix = options.mix, .context = calibration_context}, {}};
        for (const int threads : options.threads) {
            std::vector<TestCase> cases = options.cases.empty() ? calibration_cases(threads) : options.cases;
            for (TestCase& test : cases) {
                test.threads = threads;
                planned.cases.push_back(test);
            }
        }
        report.plan.push_back(std::move(planned));
    }
    const std::vector<PredictedCase> predictions = predict_cases(report.plan, calibrations, bed);
    for (const PlannedModel& planned : report.plan) {
        report.predicted_memory.push_back(predicted_memory(planned, bed));
    }
    predicted(predictions);

    report.memory.resize(report.plan.size());
    std::vector<SampledCase> sampled;
    double all_bytes = 0;
    for (const PlannedModel& planned : report.plan) {
        all_bytes += weight_bytes(planned.model.arch, mix);
    }
    const std::vector<PlannedModel> anchors = options.anchors ? anchor_plan(calibrations) : std::vector<PlannedModel>{};
    std::vector<SampledCase> anchored;
    bool cancelled = false;
    for (std::size_t from = 0; from < report.plan.size() && !cancelled;) {
        std::size_t to = from;
        double bytes = 0;
        const double copies = double(options.threads.size());  // a model is held once for each number of threads
        while (to < report.plan.size() &&
               (to == from || bytes + copies * weight_bytes(report.plan[to].model.arch, mix) <= options.most_bytes)) {
            bytes += copies * weight_bytes(report.plan[to].model.arch, mix);
            ++to;
        }
        std::vector<PlannedModel> part(report.plan.begin() + std::ptrdiff_t(from), report.plan.begin() + std::ptrdiff_t(to));
        part.insert(part.end(), anchors.begin(), anchors.end());
        Sampling s =
            sample(engine, part, options.budget_s * bytes / (copies * all_bytes), options.least_rounds, watcher);
        std::copy_n(s.memory.begin(), to - from, report.memory.begin() + std::ptrdiff_t(from));
        report.failures.insert(report.failures.end(), s.failures.begin(), s.failures.end());
        for (SampledCase& each : s.cases) {
            if (each.model >= to - from) {
                each.model -= to - from;
                add(anchored, std::move(each));
                continue;
            }
            each.model += from;
            const auto same = [&](const PredictedCase& p) { return p.model == each.model && p.test == each.test; };
            report.cases.push_back({*std::ranges::find_if(predictions, same), each.typical(), each.typical_stages()});
            sampled.push_back(std::move(each));
        }
        cancelled = s.cancelled;
        from = to;
    }
    report.repeatability = repeatability_by_phase(sampled);
    report.drift = drift_since(calibrations, anchors, anchored);
    return report;
}

AccuracyReport as_the_machine_is_now(AccuracyReport report)
{
    for (JudgedCase& each : report.cases) {
        PredictedCase& p = each.predicted;
        const auto drift = report.drift.find(p.test.threads);
        const double slower = drift == report.drift.end() ? 1 : drift->second.of(p.test.phase);
        for (double* seconds : {&p.seconds, &p.low, &p.high}) {
            *seconds *= slower;
        }
        for (TimedOperator& stage : p.stages) {
            stage.seconds *= slower;
        }
    }
    report.drift.clear();
    report.repeatability.clear();  // what is left of it is not known
    return report;
}

AccuracyReport judge_runs(const std::vector<PlannedModel>& plan, const Sampling& sampling,
                          const std::string& engine_version, const Calibration& calibration, const Bed& bed)
{
    AccuracyReport report{.engine = bed.engine_name,
                          .version = engine_version,
                          .device = bed.device.id,
                          .origin = "of a file, held against `" + calibration.id + "`",
                          .calibrations = {calibration},
                          .plan = plan,
                          .failures = sampling.failures};
    report.memory.resize(plan.size());
    for (const PlannedModel& planned : plan) {
        report.predicted_memory.push_back(predicted_memory(planned, bed));
    }
    const std::vector<PredictedCase> predictions = predict_cases(plan, {calibration}, bed);
    for (const SampledCase& each : sampling.cases) {
        const auto same = [&](const PredictedCase& p) { return p.model == each.model && p.test == each.test; };
        report.cases.push_back({*std::ranges::find_if(predictions, same), each.typical(), each.typical_stages()});
    }
    report.repeatability = repeatability_by_phase(sampling.cases);
    return report;
}

Repeatability repeatability_of(const AccuracyReport& report, Phase phase, int threads)
{
    const auto rounds = report.repeatability.find({phase, threads});
    const auto drift = report.drift.find(threads);
    const Repeatability now = rounds == report.repeatability.end() ? Repeatability{} : rounds->second;
    const Repeatability since = drift == report.drift.end() ? Repeatability{} : drift->second.repeats(phase);
    return {std::max(now.median, since.median), std::max(now.p90, since.p90)};
}

std::vector<std::pair<std::string, Accuracy>> accuracy_by_phase(const AccuracyReport& report)
{
    const auto name = [](Phase phase, int threads) { return std::string(word(phase)) + ", " + threads_text(threads); };
    auto rows = grouped(report, [&](const JudgedCase& each) { return name(each.predicted.test.phase, each.predicted.test.threads); });
    for (const JudgedCase& each : report.cases) {
        const TestCase& t = each.predicted.test;
        std::ranges::find(rows, name(t.phase, t.threads), &std::pair<std::string, Accuracy>::first)->second.machine =
            repeatability_of(report, t.phase, t.threads);
    }
    return rows;
}

std::vector<std::pair<std::string, Accuracy>> accuracy_by_case(const AccuracyReport& report)
{
    return grouped(report, [](const JudgedCase& each) {
        const TestCase& t = each.predicted.test;
        return fmt::format("{}, {}, {} {:>4}", word(t.phase), threads_text(t.threads),
                           t.phase == Phase::decode ? "depth" : "prompt", t.phase == Phase::decode ? t.past : t.tokens);
    });
}

std::vector<StageAccuracy> accuracy_by_stage(const AccuracyReport& report)
{
    std::map<std::pair<std::string, std::string>, std::array<std::vector<double>, 3>> values;
    for (const JudgedCase& each : report.cases) {
        const TestCase& t = each.predicted.test;
        for (const TimedOperator& stage : each.stages) {
            const auto found = std::ranges::find(each.predicted.stages, stage.name, &TimedOperator::name);
            const double predicted = found == each.predicted.stages.end() ? 0 : found->seconds;
            auto& [shares, errors, biases] =
                values[{std::string(word(t.phase)) + ", " + threads_text(t.threads), stage.name}];
            shares.push_back(stage.seconds / each.seconds);
            errors.push_back(std::abs(predicted - stage.seconds) / each.seconds);
            biases.push_back((stage.seconds - predicted) / each.seconds);
        }
    }
    std::vector<StageAccuracy> all;
    for (const auto& [key, three] : values) {
        all.push_back({key.first, key.second, median(three[0]), median(three[1]), median(three[2])});
    }
    return all;
}

std::string drift_text(int threads, const Drift& drift)
{
    return fmt::format("With {} the machine is {} (decode) and {} (prefill) than when it was calibrated: {} runs of then, timed again, "
                       "differ by {} (median; p90 {}) and {} ({}).",
                       threads_text(threads), slower_text(drift.decode), slower_text(drift.prefill), drift.runs,
                       percent_text(drift.repeats(Phase::decode).median), percent_text(drift.repeats(Phase::decode).p90),
                       percent_text(drift.repeats(Phase::prefill).median), percent_text(drift.repeats(Phase::prefill).p90));
}

Json to_json(const AccuracyReport& report)
{
    Json json{{"format", "accuracy/1"},
              {"engine", report.engine},
              {"engine_version", report.version},
              {"device", report.device}};
    json["calibrations"] = Json::array();
    for (const Calibration& each : report.calibrations) {
        json["calibrations"].push_back(each.id);
    }
    json["by_phase"] = Json::object();
    for (const auto& [name, accuracy] : accuracy_by_phase(report)) {
        json["by_phase"][name] = to_json(accuracy);
    }
    json["by_case"] = Json::object();
    for (const auto& [name, accuracy] : accuracy_by_case(report)) {
        json["by_case"][name] = to_json(accuracy);
    }
    json["by_stage"] = Json::array();
    for (const StageAccuracy& each : accuracy_by_stage(report)) {
        json["by_stage"].push_back({{"phase", each.phase},
                                    {"stage", each.stage},
                                    {"share", each.share},
                                    {"median_error_of_whole", each.median_error},
                                    {"bias_of_whole", each.bias}});
    }
    json["repeatability"] = Json::object();
    for (const auto& [key, r] : report.repeatability) {
        Json& of_threads = json["repeatability"][threads_text(key.second)];
        const Json before = of_threads.is_object() ? of_threads : Json::object();
        of_threads["median"] = std::max(before.value("median", 0.0), r.median);
        of_threads["p90"] = std::max(before.value("p90", 0.0), r.p90);
        of_threads[std::string(word(key.first))] = {{"median", r.median}, {"p90", r.p90}};
    }
    if (!report.drift.empty()) {
        for (const auto& [threads, d] : report.drift) {
            json["drift"][threads_text(threads)] = {{"runs", d.runs},
                                                    {"decode", d.decode},
                                                    {"prefill", d.prefill},
                                                    {"median", std::max(d.repeatability[0].median, d.repeatability[1].median)},
                                                    {"p90", std::max(d.repeatability[0].p90, d.repeatability[1].p90)}};
        }
        for (const auto& [name, accuracy] : accuracy_by_phase(as_the_machine_is_now(report))) {
            json["by_phase_now"][name] = to_json(accuracy);
        }
    }
    json["cases"] = Json::array();
    for (const JudgedCase& each : report.cases) {
        const TestCase& t = each.predicted.test;
        Json row{{"architecture", report.plan[each.predicted.model].model.arch.id},
                 {"phase", std::string(word(t.phase))},
                 {"tokens", t.tokens},
                 {"past", t.past},
                 {"threads", t.threads},
                 {"predicted_s", each.predicted.seconds},
                 {"interval_90_s", {each.predicted.low, each.predicted.high}},
                 {"measured_s", each.seconds}};
        for (const TimedOperator& stage : each.stages) {
            row["stages"][stage.name]["measured_s"] = stage.seconds;
        }
        for (const TimedOperator& stage : each.predicted.stages) {
            row["stages"][stage.name]["predicted_s"] = stage.seconds;
        }
        json["cases"].push_back(std::move(row));
    }
    json["memory"] = Json::array();
    for (std::size_t i = 0; i < report.plan.size(); ++i) {
        const MemoryPlan& p = report.predicted_memory[i];
        const PrintedMemory& m = report.memory[i];
        json["memory"].push_back(
            {{"architecture", report.plan[i].model.arch.id},
             {"predicted_bytes",
              {{"weights", p.weights.value}, {"kv_cache", p.kv_cache.value}, {"compute", p.compute_buffer.value}, {"resident", resident(p).value}}},
             {"engine_bytes",
              {{"weights", m.weights}, {"kv_cache", m.kv_cache}, {"compute", m.compute}, {"resident", m.resident}}}});
    }
    json["failures"] = report.failures;
    return json;
}

std::string markdown(const AccuracyReport& report)
{
    std::string text =
        fmt::format("Engine {} {}, device `{}`, {} architectures {}, {} cases.\n\n", report.engine, report.version,
                    report.device, report.plan.size(), report.origin, report.cases.size());
    text += accuracy_table("predicted before measured", accuracy_by_phase(report)) + "\n";
    if (!report.repeatability.empty()) {
        text += "The machine itself: typical times of one half of the rounds against the other, or runs of the calibration timed again, "
                "whichever differ more.\n";
    }
    if (!report.drift.empty()) {
        text += "\n";
        for (const auto& [threads, d] : report.drift) {
            text += drift_text(threads, d) + "\n";
        }
        text += "\n" + accuracy_table("the same, times that drift", accuracy_by_phase(as_the_machine_is_now(report)));
    }
    text += "\n" + accuracy_table("case", accuracy_by_case(report));
    text += "\n| stage | share of the time | median error, of the whole | bias, of the whole |\n|---|---|---|---|\n";
    for (const StageAccuracy& each : accuracy_by_stage(report)) {
        text += fmt::format("| {}: {} | {} | {} | {:+.1f} % |\n", each.phase, each.stage, percent_text(each.share),
                            percent_text(each.median_error), 100 * each.bias);
    }
    text +=
        "\n| architecture | cases | median error | worst | weights, KV cache: predicted and engine's bytes "
        "| buffers: predicted of engine's | whole: predicted of resident |\n|---|---|---|---|---|---|---|\n";
    const auto share = [](double predicted, double held) {
        return held > 0 ? fmt::format("{:.1f} %", 100 * predicted / held) : std::string("not said");
    };
    for (std::size_t i = 0; i < report.plan.size(); ++i) {
        std::vector<double> errors;
        for (const JudgedCase& each : report.cases) {
            if (each.predicted.model == i) {
                errors.push_back(std::abs(std::expm1(each.log_ratio())));
            }
        }
        const MemoryPlan& p = report.predicted_memory[i];
        const PrintedMemory& m = report.memory[i];
        constexpr double printed_MiB = 0.0051;  // llama.cpp tells the cache's size with two decimals
        const bool equal = p.weights.value == m.weights && std::abs(p.kv_cache.value - m.kv_cache) <= printed_MiB * MiB;
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", report.plan[i].model.arch.id, errors.size(),
                            percent_text(median(errors)), percent_text(quantile(errors, 1)),
                            equal ? std::string("equal")
                                  : fmt::format("{:.0f}, {:.0f}; {:.0f}, {:.0f}", p.weights.value, p.kv_cache.value,
                                                m.weights, m.kv_cache),
                            share(p.compute_buffer.value, m.compute), share(resident(p).value, m.resident));
    }
    for (const std::string& failure : report.failures) {
        text += "\nNot measured: " + failure + "\n";
    }
    return text;
}

}  // namespace slimline
