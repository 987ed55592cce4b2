#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/random_architecture.h"
#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/measuring.h"
#include "cli/table.h"
#include "hwmodels/calibration_choice.h"
#include "validation/accuracy.h"
#include "validation/backends/test_engines.h"
#include "validation/design_list.h"

namespace slimline {

namespace {

struct RaceOptions {
    MeasuringOptions measuring{.threads = "1", .budget = "60s"};
    std::vector<std::string> designs;
    std::string phase = "decode";
    int tokens = 8;
    int past = 128;
    int random = 0;
    std::string parameters = "50000000";
    int extremes = 5;
    bool json = false;
};

OptionList declare(RaceOptions& o)
{
    OptionList list{{.name = "DESIGNS",
                     .help = "architectures: ids, files of one, JSON lists or NDJSON of several, '-' for standard input",
                     .target = &o.designs,
                     .takes_file = true},
                    {.name = "--random",
                     .value_name = "N",
                     .help = "of so many random architectures of equal size, those predicted fastest and slowest",
                     .target = &o.random,
                     .least = 0,
                     .most = 100000},
                    {.name = "--extremes",
                     .value_name = "N",
                     .help = "how many fastest and how many slowest of the random ones",
                     .target = &o.extremes,
                     .least = 1,
                     .most = 1000},
                    {.name = "--parameters",
                     .value_name = "N",
                     .help = "parameters of each of the random ones",
                     .target = &o.parameters},
                    {.name = "--phase", .value_name = "PHASE", .help = "what is raced", .target = &o.phase, .choices = {"decode", "prefill"}},
                    {.name = "--tokens",
                     .value_name = "N",
                     .help = "tokens generated, or of the prompt",
                     .target = &o.tokens,
                     .least = 1,
                     .most = 4096},
                    {.name = "--past",
                     .value_name = "N",
                     .help = "tokens in the cache before the first generated one",
                     .target = &o.past,
                     .least = 0,
                     .most = 65536},
                    {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
    append_measuring_options(list, o.measuring);
    return list;
}

TestCase raced_case(const RaceOptions& o, int threads)
{
    const bool decode = o.phase == "decode";
    return {.phase = decode ? Phase::decode : Phase::prefill, .tokens = o.tokens, .past = decode ? o.past : 0, .threads = threads};
}

/// Those predicted fastest, then those predicted slowest.
std::vector<Architecture> extremes(const std::vector<Architecture>& archs, int count, const TestCase& test, const std::string& mix,
                                   const Calibration& calibration, const Bed& bed)
{
    std::vector<PlannedModel> plan;
    for (const Architecture& arch : archs) {
        PlannedModel& planned = plan.emplace_back();
        planned.model.arch = arch;
        planned.model.mix = mix;
        planned.cases = {test};
    }
    std::vector<PredictedCase> predicted = predict_cases(plan, {calibration}, bed);
    std::ranges::sort(predicted, {}, &PredictedCase::seconds);
    std::vector<Architecture> chosen;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        if (i < std::size_t(count) || i + std::size_t(count) >= predicted.size()) {
            chosen.push_back(archs[predicted[i].model]);
        }
    }
    return chosen;
}

std::vector<Architecture> random_ones(const RaceOptions& o)
{
    double parameters = 0;
    if (!parse_number(o.parameters, parameters) || !(parameters >= 1e6) || parameters > 1e11) {
        throw InputError("option --parameters", "'" + printable(o.parameters) + "' is no number from 1e6 to 1e11");
    }
    return random_architectures(o.random, parameters, std::uint64_t(o.measuring.seed));
}

int work(const RaceOptions& o, Console& console)
{
    const std::vector<int> threads = thread_counts(o.measuring.threads, {1});
    if (threads.size() != 1) {
        throw InputError("option --threads", "a race is run with one number of threads");
    }
    mix_named(o.measuring.quant);
    std::vector<Architecture> archs = load_designs(o.designs);
    const std::vector<Architecture> drawn = random_ones(o);
    if (archs.size() + drawn.size() < 2) {
        throw InputError("", "a race needs two designs", "name them, or give --random 1000");
    }
    AccuracyOptions options{.mix = o.measuring.quant, .threads = threads, .budget_s = seconds_named(o.measuring.budget)};
    options.cases = {raced_case(o, threads.front())};
    options.anchors = false;  // an order does not change when all become slower
    const MeasuringPlace place = measuring_place(o.measuring);
    AccuracyReport report;
    {
        ProgressLine line(console, options.budget_s);
        const Bed bed = place.bed(line.watcher());
        Calibration calibration = best_calibration(bed.device, bed.backend, bed.engine_name, threads.front());
        calibration.threads = threads.front();
        if (!drawn.empty()) {
            const auto chosen = extremes(drawn, o.extremes, options.cases.front(), o.measuring.quant, calibration, bed);
            archs.insert(archs.end(), chosen.begin(), chosen.end());
        }
        options.most_bytes = 0.5 * bed.device.memory.capacity.value;
        report = validate_engine(*place.engine, bed, archs, {calibration}, options, line.watcher(), [](const auto&) {});
    }
    std::ranges::sort(report.cases, {}, &JudgedCase::seconds);
    std::vector<double> predicted;
    std::vector<double> measured;
    for (const JudgedCase& each : report.cases) {
        predicted.push_back(each.predicted.seconds);
        measured.push_back(each.seconds);
    }
    const double tau = kendall_tau(predicted, measured);
    if (o.json) {
        Json json = to_json(report);
        json["format"] = "race/1";
        json["kendall_tau"] = tau;
        console.out << pretty(json);
        return report.cases.empty() ? 1 : 0;
    }
    Table table{{{"rank", Align::right}, {"architecture"}, {"measured", Align::right}, {"predicted", Align::right}, {"error", Align::right}}, {}};
    for (std::size_t i = 0; i < report.cases.size(); ++i) {
        const JudgedCase& each = report.cases[i];
        table.rows.push_back({std::to_string(i + 1), archs[each.predicted.model].id, display(Seconds{each.seconds}),
                              display(Seconds{each.predicted.seconds}), fmt::format("{:+.1f} %", 100 * std::expm1(each.log_ratio()))});
    }
    write_table(console, table);
    console.out << fmt::format("Kendall tau of predicted and measured order: {:.2f}\n", tau);
    for (const std::string& failure : report.failures) {
        console.out << "not measured: " << failure << "\n";
    }
    return report.cases.empty() ? 1 : 0;
}

}  // namespace

Command race_command()
{
    return make_command<RaceOptions>("race", "runs architectures against each other here and compares the order with the predicted one",
                                     {"race smollm-135m qwen2-0.5b openelm-270m", "race --random 1000 --parameters 50000000"}, declare,
                                     work);
}

}  // namespace slimline
