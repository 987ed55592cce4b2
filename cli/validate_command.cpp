#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/random_architecture.h"
#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/bench_file_options.h"
#include "cli/command_table.h"
#include "cli/measuring.h"
#include "cli/prediction_text.h"
#include "cli/table.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/core_count.h"
#include "validation/accuracy.h"
#include "validation/backends/test_engines.h"
#include "validation/marked_section.h"

namespace slimline {

namespace {

struct ValidateOptions {
    MeasuringOptions measuring{};
    BenchFileOptions bench{};
    std::string from;
    std::string archs;
    int random = 0;
    std::string parameters = "135000000";
    std::string report;
    std::string predictions;
    int rounds = 3;
    bool json = false;
};

OptionList declare(ValidateOptions& o)
{
    OptionList list{{.name = "--from",
                     .value_name = "FILE",
                     .help = "what llama-bench printed (JSON, JSONL, CSV, Markdown), instead of running an engine here",
                     .target = &o.from,
                     .takes_file = true},
                    {.name = "--archs",
                     .value_name = "ID,ID",
                     .help = "architectures to run: ids or files, with commas between",
                     .target = &o.archs,
                     .ids_of = "archs"},
                    {.name = "--random",
                     .value_name = "N",
                     .help = "so many random architectures of equal size, besides or instead",
                     .target = &o.random,
                     .least = 0,
                     .most = 10000},
                    {.name = "--parameters",
                     .value_name = "N",
                     .help = "parameters of each of the random ones",
                     .target = &o.parameters},
                    {.name = "--rounds",
                     .value_name = "N",
                     .help = "times that every case is run at least, however long that takes",
                     .target = &o.rounds,
                     .least = 1,
                     .most = 1000},
                    {.name = "--predictions",
                     .value_name = "FILE",
                     .help = "file to write the predictions to before anything is run",
                     .target = &o.predictions,
                     .takes_file = true},
                    {.name = "--report",
                     .value_name = "FILE",
                     .help = "Markdown file to put the tables into",
                     .target = &o.report,
                     .takes_file = true},
                    {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
    append_bench_file_options(list, o.bench);
    append_measuring_options(list, o.measuring);
    return list;
}

std::vector<Architecture> architectures_of(const ValidateOptions& o)
{
    std::vector<Architecture> archs;
    for (const std::string& id : o.archs.empty() ? std::vector<std::string>{} : split(o.archs, ',')) {
        archs.push_back(load_architecture(id));
    }
    double parameters = 0;
    if (!parse_number(o.parameters, parameters) || !(parameters >= 1e6) || parameters > 1e11) {
        throw InputError("option --parameters", "'" + printable(o.parameters) + "' is no number from 1e6 to 1e11");
    }
    const std::vector<Architecture> drawn = random_architectures(o.random, parameters, std::uint64_t(o.measuring.seed));
    archs.insert(archs.end(), drawn.begin(), drawn.end());
    if (archs.empty()) {
        throw InputError("", "nothing to run", "give --archs ID,ID or --random 20");
    }
    return archs;
}

Json predictions_json(const std::vector<Architecture>& archs, const std::vector<PredictedCase>& cases)
{
    Json json{{"format", "case_predictions/1"}, {"cases", Json::array()}};
    for (const PredictedCase& each : cases) {
        json["cases"].push_back({{"architecture", archs[each.model].id},
                                 {"phase", each.test.phase == Phase::decode ? "decode" : "prefill"},
                                 {"tokens", each.test.tokens},
                                 {"past", each.test.past},
                                 {"threads", each.test.threads},
                                 {"predicted_s", each.seconds},
                                 {"interval_90_s", {each.low, each.high}}});
    }
    return json;
}

void write_tables(Console& console, const AccuracyReport& report)
{
    const auto table_of = [](const std::string& title, const std::vector<std::pair<std::string, Accuracy>>& rows) {
        Table table{{{title},
                     {"n", Align::right},
                     {"median error", Align::right},
                     {"p90", Align::right},
                     {"bias", Align::right},
                     {"in 90 % interval", Align::right},
                     {"rank corr.", Align::right}},
                    {}};
        const bool machine = std::ranges::any_of(rows, [](const auto& row) { return row.second.machine.p90 > 0; });
        if (machine) {
            table.columns.push_back({"machine", Align::right});
            table.columns.push_back({"p90", Align::right});
        }
        for (const auto& [name, a] : rows) {
            table.rows.push_back({name, std::to_string(a.error.count), percent(a.error.median), percent(a.error.p90),
                                  fmt::format("{:+.1f} %", 100 * a.bias), percent(a.coverage),
                                  fmt::format("{:.3f}", a.rank_correlation)});
            if (machine) {
                const bool known = a.machine.p90 > 0;
                table.rows.back().push_back(known ? percent(a.machine.median) : "");
                table.rows.back().push_back(known ? percent(a.machine.p90) : "");
            }
        }
        return table;
    };
    write_table(console, table_of("phase", accuracy_by_phase(report)));
    console.out << "\n";
    write_table(console, table_of("case", accuracy_by_case(report)));
    console.out << "\n";
    if (!report.repeatability.empty()) {
        console.out << "machine: how far runs are from their own repeats, in this validation or since the calibration\n";
    }
    for (const auto& [threads, drift] : report.drift) {
        console.out << drift_text(threads, drift) << "\n";
    }
    if (!report.drift.empty()) {
        console.out << "\n";
        write_table(console, table_of("phase, times that drift", accuracy_by_phase(as_the_machine_is_now(report))));
    }
    for (const std::string& failure : report.failures) {
        console.out << "not measured: " << failure << "\n";
    }
}

void write_section(const ValidateOptions& o, const AccuracyReport& report)
{
    if (!o.report.empty()) {
        write_marked_section(o.report, "validate " + report.engine, markdown(report));
    }
}

/// What llama-bench printed, here or elsewhere, against what is predicted with the calibration that is there.
int judge_bench(const ValidateOptions& o, Console& console)
{
    const BenchFile file = load_bench_file(o.from, model_names(o.bench.arch));
    Json all{{"format", "accuracies/1"}, {"reports", Json::array()}};
    for_each_bench(file, o.bench, [&](const BenchRuns& runs, const Bed& bed) {
        const Calibration c = best_calibration(bed.device, bed.backend, bed.engine_name, runs.threads);
        AccuracyReport report = judge_runs(runs.plan, runs.sampling, runs.engine_version, c, bed);
        report.failures = notes_on(file);
        write_section(o, report);
        if (o.json) {
            all["reports"].push_back(to_json(report));
        } else {
            write_tables(console, report);
        }
    });
    if (o.json) {
        console.out << pretty(all);
    }
    return 0;
}

int work(const ValidateOptions& o, Console& console)
{
    if (!o.from.empty()) {
        return judge_bench(o, console);
    }
    thread_counts(o.measuring.threads, {1});  // a slip is told before the machine is probed
    mix_named(o.measuring.quant);
    const std::vector<Architecture> archs = architectures_of(o);
    AccuracyOptions options{
        .mix = o.measuring.quant, .budget_s = seconds_named(o.measuring.budget), .least_rounds = o.rounds};
    const MeasuringPlace place = measuring_place(o.measuring);
    AccuracyReport report;
    {
        ProgressLine line(console, options.budget_s);
        const Bed bed = place.bed(line.watcher());
        options.threads = thread_counts(o.measuring.threads, {1, std::max(1, core_count(bed.device.backends[0]))});
        options.most_bytes = 0.5 * bed.device.memory.capacity.value;
        std::vector<Calibration> calibrations;
        for (const int threads : options.threads) {
            calibrations.push_back(best_calibration(bed.device, bed.backend, bed.engine_name, threads));
            calibrations.back().threads = threads;
        }
        report = validate_engine(*place.engine, bed, archs, calibrations, options, line.watcher(),
                                 [&](const std::vector<PredictedCase>& cases) {
                                     if (!o.predictions.empty()) {
                                         write_file(o.predictions, pretty(predictions_json(archs, cases)));
                                     }
                                 });
    }
    write_section(o, report);
    if (o.json) {
        console.out << pretty(to_json(report));
    } else {
        write_tables(console, report);
    }
    return report.cases.empty() ? 1 : 0;
}

}  // namespace

Command validate_command()
{
    return make_command<ValidateOptions>(
        "validate", "predicts, then runs an engine here, and says how far off the predictions were",
        {"validate --archs smollm-135m,qwen2-0.5b --random 18 --threads 1",
         "validate --random 20 --parameters 135000000 --json",
         "validate --from llama-bench.md --device raspberry-pi-5-8gb"},
        declare, work);
}

}  // namespace slimline
