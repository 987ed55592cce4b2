#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/inline_architecture.h"
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
#include "hwmodels/core_count.h"
#include "validation/backends/test_engines.h"
#include "validation/calibration_report.h"
#include "validation/engine_calibration.h"
#include "validation/sustained_fit.h"

namespace slimline {

namespace {

/// 95 MB in 4 bits: more than caches hold, little enough for any device.
constexpr const char* usual_session_model = "L=12,d=1024,h=16,kv=4,hd=64,ffn=2816,V=32000,tied";

struct CalibrateOptions {
    MeasuringOptions measuring{};
    BenchFileOptions bench{};
    std::string from;
    std::string out;
    std::string report;
    std::string runs;
    std::string sustained;
    std::string rest;
    std::string sustained_arch;
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
        {.name = "--sustained",
         .value_name = "TIME",
         .help = "then generate for so long (5m), with clocks, temperatures and power where the machine tells them: how far it "
                 "slows down, which 'predict --sustained' uses; at least 10s",
         .target = &o.sustained},
        {.name = "--rest",
         .value_name = "TIME",
         .help = "pause before that, to cool down and to see what it draws at rest; default: a fifth of it, at most 1m",
         .target = &o.rest},
        {.name = "--sustained-arch",
         .value_name = "ID|FILE|SHORT",
         .help = "model that runs then; default: a plain one of 168 M parameters",
         .target = &o.sustained_arch,
         .ids_of = "archs",
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

/// What a long session is asked to be; no seconds: none.
SustainedOptions sustained_options(const CalibrateOptions& o)
{
    constexpr double least_s = 10;
    constexpr double rest_share = 0.2;
    constexpr double most_usual_rest_s = 60;
    SustainedOptions options{.seconds = 0};
    if (o.sustained.empty()) {
        if (!o.rest.empty()) {
            throw InputError("option --rest", "is of a long session", "give --sustained too");
        }
        return options;
    }
    options.seconds = seconds_of("option --sustained", o.sustained, least_s);
    options.rest_s = o.rest.empty() ? std::min(rest_share * options.seconds, most_usual_rest_s) : seconds_of("option --rest", o.rest, 0);
    const std::string arch = o.sustained_arch.empty() ? usual_session_model : o.sustained_arch;
    options.model = {.arch = load_architecture(arch), .mix = o.measuring.quant, .context = 1024, .chunk = 512};
    options.name = is_inline_architecture(arch) ? arch : options.model.arch.id;
    return options;
}

std::filesystem::path session_file(const std::string& named, int threads)
{
    const std::filesystem::path file = runs_file(named, threads);
    return file.parent_path() / (file.stem().string() + "-sustained" + file.extension().string());
}

/// An earlier calibration's long session stays when numbers are learnt anew: its shares are of whatever speed is the first.
std::optional<SustainedSpeed> earlier_sustained(const std::filesystem::path& file, const Calibration& now)
{
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
        return std::nullopt;
    }
    const Calibration before = load_calibration(file.string());
    return before.engine_version == now.engine_version ? before.sustained : std::nullopt;
}

/// A session that was kept is used and not run again.
std::optional<SustainedRun> earlier_session(const std::string& named, const TestEngine& engine, int threads)
{
    std::error_code error;
    const std::filesystem::path file = session_file(named, threads);
    if (named.empty() || !std::filesystem::exists(file, error)) {
        return std::nullopt;
    }
    const JsonDocument document = load_json(file);
    SustainedRun run = read_sustained_run(JsonPlace(document));
    if (run.engine != engine.name() || run.version != engine.version() || run.threads != threads) {
        throw InputError(file.string(),
                         fmt::format("holds a session of {} {} with {} threads", printable(run.engine), printable(run.version), run.threads),
                         "name another file");
    }
    return run;
}

/// Runs it and teaches the calibration; what was observed goes into the file of runs' neighbour.
SustainedRun learn_session(const CalibrateOptions& o, SustainedOptions options, TestEngine& engine, Calibration& c,
                           const Watcher& watcher)
{
    options.threads = c.threads;
    options.device = c.device;
    std::optional<SustainedRun> earlier = earlier_session(o.runs, engine, c.threads);
    SustainedRun run = earlier ? std::move(*earlier) : run_sustained(engine, options, watcher);
    if (!o.runs.empty() && !earlier) {
        write_file(session_file(o.runs, c.threads), pretty(to_json(run)));
    }
    c.sustained = learn_sustained(run);
    return run;
}

std::string phase_line(const char* name, const SustainedPhase& phase)
{
    if (phase.time_constant.value == 0) {
        return fmt::format("{} {} tokens/s, no throttling seen (a fall of {:.1f} % would have been)", name,
                           significant(phase.first_tokens_per_s), 100 * (1 - phase.share_low));
    }
    return fmt::format("{} {} to {} tokens/s ({:.0f} %, {:.0f} to {:.0f} %), time constant {}{}", name,
                       significant(phase.first_tokens_per_s), significant(phase.first_tokens_per_s * phase.share),
                       100 * phase.share, 100 * phase.share_low, 100 * phase.share_high, display(phase.time_constant),
                       phase.settled ? "" : ", still falling at the end");
}

void write_session(Console& console, const Calibration& c)
{
    const SustainedSpeed& s = *c.sustained;
    console.out << "\n" << fmt::format("{} of {} with {} threads\n", display(s.length), s.model, c.threads);
    console.out << "  " << phase_line("decode", s.decode) << "\n";
    if (s.prefill.samples > 0) {
        console.out << "  " << phase_line("prefill", s.prefill) << "\n";
    }
    if (s.decode.power.value > 0) {
        console.out << fmt::format("  {} W ({}){}, {} a token\n", significant(s.decode.power.value), s.power_source,
                                   s.idle_power.value > 0 ? ", " + significant(s.idle_power.value) + " W at rest" : "",
                                   display(s.energy_per_token));
    }
    if (s.first_clock_hz > 0) {
        console.out << fmt::format("  clock {} to {} GHz\n", significant(s.first_clock_hz / giga), significant(s.last_clock_hz / giga));
    }
    if (s.first_temperature_c > 0) {
        console.out << fmt::format("  hottest {} to {} °C\n", significant(s.first_temperature_c), significant(s.last_temperature_c));
    }
    for (const std::string& missing : s.missing) {
        console.out << "  not told: " << missing << "\n";
    }
}

int learn_here(const CalibrateOptions& o, Console& console)
{
    const SustainedOptions session = sustained_options(o);
    thread_counts(o.measuring.threads, {1});  // a slip is told before the machine is probed
    mix_named(o.measuring.quant);
    const double budget = seconds_named(o.measuring.budget);
    const std::filesystem::path folder = own_folder(o);
    const MeasuringPlace place = measuring_place(o.measuring);
    TestEngine& engine = *place.engine;
    Json json{{"format", "engine_calibration/1"}, {"calibrations", Json::array()}};
    Table table = learnt_table();
    std::vector<std::string> notes;
    std::vector<Calibration> sessions;
    {
        ProgressLine line(console, budget + session.seconds + session.rest_s);
        const Bed bed = place.bed(line.watcher());
        const std::vector<int> threads =
            thread_counts(o.measuring.threads, {1, std::max(1, core_count(bed.device.backends[0]))});
        for (const int count : threads) {
            EngineCalibration each = calibrate_engine(engine, bed,
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
            Calibration& c = each.calibration;
            c.sustained = earlier_sustained(folder / (c.id + ".json"), c);
            write_file(folder / (c.id + ".json"), pretty(to_json(c)));
            if (session.seconds > 0 && !each.sampling.cancelled) {
                const SustainedRun run = learn_session(o, session, engine, c, line.watcher());
                write_file(folder / (c.id + ".json"), pretty(to_json(c)));
                sessions.push_back(c);
                if (run.cut_short) {
                    notes.push_back("cut short: the long session of " + c.id + (run.failure.empty() ? "" : ": " + run.failure));
                }
            }
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
    for (const Calibration& each : sessions) {
        write_session(console, each);
    }
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
    if (!o.sustained.empty()) {
        throw InputError("option --sustained", "runs an engine", "leave --from out");
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
         "calibrate --target ssh:me@jetson --threads 6 --sustained 10m",
         "calibrate --from llama-bench.jsonl --device jetson-orin-nano-8gb --arch 'my-finetune=qwen2-0.5b'",
         "calibrate --from data/measurements --out data/calibrations --report docs/validation.md"},
        declare, work);
}

}  // namespace slimline
