#include <fmt/format.h>

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
#include "hwmodels/calibration_json.h"
#include "validation/backends/test_engines.h"
#include "validation/calibration_report.h"
#include "validation/engine_calibration.h"

namespace slimline {

namespace {

struct CalibrateOptions {
    MeasuringOptions measuring{};
    BenchFileOptions bench{};
    std::string from;
    std::string out;
    std::string report;
    std::string runs;
    bool json = false;
};

OptionList declare(CalibrateOptions& o)
{
    OptionList list{
        {.name = "--from",
         .value_name = "DIR|FILE",
         .help = "learn from what llama-bench printed (JSON, JSONL, CSV, Markdown) or from measurements/1 "
                 "(data/measurements holds the shipped "
                 "ones) instead of running an engine here",
         .target = &o.from,
         .takes_file = true},
        {.name = "--out",
         .value_name = "DIR",
         .help =
             "folder to write calibrations to; default: the user's, where --device local finds them; with --from: none",
         .target = &o.out,
         .takes_file = true},
        {.name = "--report",
         .value_name = "FILE",
         .help = "Markdown file to put the error tables into",
         .target = &o.report,
         .takes_file = true},
        {.name = "--runs",
         .value_name = "FILE",
         .help = "file to keep what was measured in; runs that are there already are used and not measured again",
         .target = &o.runs,
         .takes_file = true},
        {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
    append_bench_file_options(list, o.bench);
    append_measuring_options(list, o.measuring);
    return list;
}

void append(Table& table, const std::string& what, const ErrorSummary& errors)
{
    table.rows.push_back({what, std::to_string(errors.count), percent(errors.median), percent(errors.p90)});
}

Table error_table(const Figures& f)
{
    Table table{{{"held out"}, {"count", Align::right}, {"median error", Align::right}, {"90 % below", Align::right}},
                {}};
    append(table, "4-bit decode, one measurement of a device", f.four_bit_decode_one_out);
    append(table, "4-bit decode, a whole device", f.four_bit_decode_device_out);
    append(table, "survey's Jetson decode, half the models", f.survey_decode);
    append(table, "survey's Jetson prefill, half the models", f.survey_prefill);
    append(table, "both together", f.survey_both);
    append(table, "the same decode, halves drawn at random", f.survey_decode_shuffled);
    append(table, "the same prefill, halves drawn at random", f.survey_prefill_shuffled);
    return table;
}

Table learnt_table()
{
    return {{{"calibration"},
             {"models", Align::right},
             {"cases", Align::right},
             {"decode, held out", Align::right},
             {"prefill, held out", Align::right},
             {"repeats within", Align::right}},
            {}};
}

/// "–" of none: one model alone cannot be left out.
std::string two(int count, double median, double p90)
{
    return count == 0 ? "–" : percent(median) + " / " + percent(p90);
}

void append(Table& table, const EngineCalibration& each)
{
    const Calibration& c = each.calibration;
    table.rows.push_back({c.id, std::to_string(each.plan.size()), std::to_string(each.sampling.cases.size()),
                          two(each.decode.count, each.decode.median, each.decode.p90),
                          two(each.prefill.count, each.prefill.median, each.prefill.p90),
                          two(c.repeatability.p90 > 0 ? 1 : 0, c.repeatability.median, c.repeatability.p90)});
}

/// Where calibrations go that are of a person's own device.
std::filesystem::path own_folder(const CalibrateOptions& o)
{
    return o.out.empty() ? user_folder() / "calibrations" : std::filesystem::path(o.out);
}

Json to_json(const EngineCalibration& each)
{
    return {{"calibration", to_json(each.calibration)}, {"models", each.plan.size()},
            {"rounds", each.sampling.rounds},           {"disturbed_samples", each.sampling.disturbed},
            {"failures", each.sampling.failures},       {"cut_short", each.sampling.cancelled}};
}

/// A file for each number of threads.
std::filesystem::path runs_file(const std::filesystem::path& named, int threads)
{
    return named.parent_path() / (named.stem().string() + "-t" + std::to_string(threads) + named.extension().string());
}

KeptRuns earlier_runs(const std::string& named, const TestEngine& engine, int threads)
{
    std::error_code error;
    if (named.empty() || !std::filesystem::exists(runs_file(named, threads), error)) {
        return {};
    }
    const JsonDocument document = load_json(runs_file(named, threads));
    KeptRuns runs = read_kept_runs(JsonPlace(document));
    if (runs.engine != engine.name() || runs.version != engine.version()) {
        throw InputError(runs_file(named, threads).string(), "holds runs of " + runs.engine + " " + runs.version,
                         "name another file");
    }
    return runs;
}

int learn_here(const CalibrateOptions& o, Console& console)
{
    thread_counts(o.measuring.threads, {1});  // a slip is told before the machine is probed
    mix_named(o.measuring.quant);
    const double budget = seconds_named(o.measuring.budget);
    const std::filesystem::path folder = own_folder(o);
    const MeasuringPlace place = measuring_place(o.measuring);
    TestEngine& engine = *place.engine;
    Json json{{"format", "engine_calibration/1"}, {"calibrations", Json::array()}};
    Table table = learnt_table();
    std::vector<std::string> notes;
    {
        ProgressLine line(console, budget);
        const Bed bed = place.bed(line.watcher());
        const std::vector<int> threads =
            thread_counts(o.measuring.threads, {1, bed.device.backends[0].clusters[0].cores});
        for (const int count : threads) {
            const EngineCalibration each = calibrate_engine(engine, bed,
                                                            {.mix = o.measuring.quant,
                                                             .threads = count,
                                                             .budget_s = budget / double(threads.size()),
                                                             .seed = std::uint64_t(o.measuring.seed),
                                                             .earlier = earlier_runs(o.runs, engine, count)},
                                                            line.watcher());
            if (!o.runs.empty()) {
                write_file(runs_file(o.runs, count),
                           pretty(to_json(
                               KeptRuns{engine.name(), engine.version(), bed.device.id, each.plan, each.sampling})));
            }
            const Calibration& c = each.calibration;
            write_file(folder / (c.id + ".json"), pretty(to_json(c)));
            json["calibrations"].push_back(to_json(each));
            append(table, each);
            notes.insert(notes.end(), each.sampling.failures.begin(), each.sampling.failures.end());
            if (each.sampling.cancelled) {
                notes.push_back("cut short: " + c.id + " was learnt from what had been measured");
                break;
            }
        }
    }
    if (o.json) {
        console.out << pretty(json);
        return 0;
    }
    write_table(console, table);
    console.out << "errors are median / 90 % below, of models left out of the fit; written to " << folder.string()
                << "\n";
    for (const std::string& note : notes) {
        console.out << note << "\n";
    }
    return 0;
}

/// What llama-bench printed, here or elsewhere.
int learn_from_bench(const CalibrateOptions& o, Console& console)
{
    const BenchFile file = load_bench_file(o.from, model_names(o.bench.arch));
    Json json{{"format", "engine_calibration/1"}, {"calibrations", Json::array()}};
    Table table = learnt_table();
    for_each_bench(file, o.bench, [&](const BenchRuns& runs, const Bed& bed) {
        const Calibration start = best_calibration(bed.device, bed.backend, bed.engine_name, runs.threads);
        EngineCalibration each = calibrate_from_runs(start, runs.plan, runs.sampling, bed, runs.threads);
        each.calibration.engine_version = runs.engine_version;
        each.calibration.measurements = {std::filesystem::path(o.from).filename().string()};
        write_file(own_folder(o) / (each.calibration.id + ".json"), pretty(to_json(each.calibration)));
        json["calibrations"].push_back(to_json(each));
        append(table, each);
    });
    if (o.json) {
        console.out << pretty(json);
        return 0;
    }
    write_table(console, table);
    console.out << "errors are median / 90 % below, of models left out of the fit; written to "
                << own_folder(o).string() << "\n";
    for (const std::string& note : notes_on(file)) {
        console.out << note << "\n";
    }
    return 0;
}

/// Measurements of ours are a folder, or a JSON file that says so.
bool holds_measurements(const std::string& from)
{
    std::error_code error;
    return std::filesystem::is_directory(from, error) ||
           read_file_start(from, 4096).find("measurements/1") != std::string::npos;
}

int work(const CalibrateOptions& o, Console& console)
{
    if (o.from.empty()) {
        return learn_here(o, console);
    }
    if (!holds_measurements(o.from)) {
        return learn_from_bench(o, console);
    }
    const CalibrationReport report = calibrate_from(o.from);
    if (!o.out.empty()) {
        write_calibrations(report, o.out);
    }
    if (!o.report.empty()) {
        write_report(report, o.report);
    }
    if (o.json) {
        console.out << pretty(to_json(report));
        return 0;
    }
    console.out << fmt::format("{} measurements used, {} calibrations fitted{}\n\n", report.observations.used.size(),
                               report.calibrations.size(), o.out.empty() ? "" : ", written to " + o.out);
    write_table(console, error_table(figures_of(report)));
    return 0;
}

}  // namespace

Command calibrate_command()
{
    return make_command<CalibrateOptions>(
        "calibrate",
        "learns efficiencies and fixed times, by running an engine here or from measurements, and says how far off "
        "they are",
        {"calibrate --backend int4 --threads 1,2 --budget 120s",
         "calibrate --target ssh:me@jetson --threads 1,6",
         "calibrate --from llama-bench.jsonl --device jetson-orin-nano-8gb --arch 'my-finetune=qwen2-0.5b'",
         "calibrate --from data/measurements --out data/calibrations --report docs/validation.md"},
        declare, work);
}

}  // namespace slimline
