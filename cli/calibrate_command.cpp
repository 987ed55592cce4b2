#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/table.h"
#include "validation/calibration_report.h"

namespace slimline {

namespace {

struct CalibrateOptions {
    std::string from;
    std::string out;
    std::string report;
    bool json = false;
};

OptionList declare(CalibrateOptions& o)
{
    return {{.name = "--from",
             .value_name = "DIR|FILE",
             .help = "measurements to learn from, measurements/1 (data/measurements holds the shipped ones)",
             .target = &o.from,
             .required = true,
             .takes_file = true},
            {.name = "--out",
             .value_name = "DIR",
             .help = "folder to write calibrations to; default: none is written",
             .target = &o.out,
             .takes_file = true},
            {.name = "--report",
             .value_name = "FILE",
             .help = "Markdown file to put the error tables into",
             .target = &o.report,
             .takes_file = true},
            {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
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

int work(const CalibrateOptions& o, Console& console)
{
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
        "calibrate", "learns efficiencies and fixed times from measurements and says how far off they are",
        {"calibrate --from data/measurements --out data/calibrations --report docs/validation.md"}, declare, work);
}

}  // namespace slimline
