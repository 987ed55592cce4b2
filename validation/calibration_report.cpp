#include "validation/calibration_report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"

namespace slimline {

namespace {

constexpr std::string_view start_mark = "<!-- tables by slimline calibrate: start -->";
constexpr std::string_view end_mark = "<!-- tables by slimline calibrate: end -->";
constexpr double large_miss = 0.3;
constexpr double carried_miss = 0.25;  // of devices that a hand carries, whose misses docs/validation.md tells one by one

using Filter = bool (*)(const Observation&);

bool is_survey(const Observation& o)
{
    return bench_of(o) == survey_bench();
}
bool is_decode(const Observation& o)
{
    return o.phase == Phase::decode;
}
bool is_prefill(const Observation& o)
{
    return o.phase == Phase::prefill;
}
bool is_four_bit_decode(const Observation& o)
{
    return is_decode(o) && o.four_bit && !is_survey(o) && of_deployed_engine(o);
}

std::string cells(const ErrorSummary& errors)
{
    return errors.count == 0
               ? "0 | – | –"
               : fmt::format("{} | {:.1f} % | {:.1f} %", errors.count, 100 * errors.median, 100 * errors.p90);
}

std::vector<Judged> those(const std::vector<Judged>& judged, const Bench& bench)
{
    std::vector<Judged> found;
    std::ranges::copy_if(judged, std::back_inserter(found),
                         [&](const Judged& j) { return bench_of(*j.observation) == bench; });
    return found;
}

std::string headline(const Figures& f)
{
    std::string text = "| question | n | median | p90 |\n|---|---|---|---|\n";
    const auto row = [&](const char* name, const ErrorSummary& errors) {
        text += fmt::format("| {} | {} |\n", name, cells(errors));
    };
    row("4-bit decode, leave one out inside the device", f.four_bit_decode_one_out);
    row("4-bit decode, leave one device out", f.four_bit_decode_device_out);
    row("survey's Jetson, decode, fitted on the other half (models dealt out by size)", f.survey_decode);
    row("survey's Jetson, prefill, fitted on the other half (models dealt out by size)", f.survey_prefill);
    row("survey's Jetson, both together, fitted on the other half (models dealt out by size)", f.survey_both);
    row("survey's Jetson, decode, 101 ways of halving", f.survey_decode_shuffled);
    row("survey's Jetson, prefill, 101 ways of halving", f.survey_prefill_shuffled);
    return text;
}

std::string device_table(const CalibrationReport& report, const std::vector<Judged>& judged)
{
    std::string text =
        "| device | backend | 4-bit decode n | median | p90 | decode n | median | p90 | prefill n | median | p90 |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n";
    for (const auto& [bench, list] : benches(report.observations.used)) {
        const std::vector<Judged> own = those(judged, bench);
        if (own.empty()) {
            continue;  // our own engine, which is not judged on unseen devices
        }
        const auto four_bit = [](const Observation& o) { return is_decode(o) && o.four_bit; };
        text += fmt::format("| {} | {} {} | {} | {} | {} |\n", bench.device, word(bench.backend), bench.interface,
                            cells(error_summary(log_ratios(own, four_bit))),
                            cells(error_summary(log_ratios(own, is_decode))),
                            cells(error_summary(log_ratios(own, is_prefill))));
    }
    return text;
}

std::string misses(const std::vector<Judged>& judged, Filter of_interest)
{
    std::vector<Judged> large;
    for (const Judged& each : judged) {
        if (of_interest(*each.observation) && std::abs(std::expm1(each.log_ratio)) > large_miss) {
            large.push_back(each);
        }
    }
    std::ranges::stable_sort(large, std::ranges::greater{}, [](const Judged& j) { return std::abs(j.log_ratio); });
    std::string text =
        "| measurement | device | engine | model | weights | threads | measured / predicted speed "
        "|\n|---|---|---|---|---|---|---|\n";
    for (const Judged& each : large) {
        const Measurement& m = each.observation->measurement;
        text += fmt::format("| {} | {} {} | {}{} | {} | {} | {} | {:.2f} |\n", m.id, m.device, word(m.backend),
                            m.engine, m.setup.empty() ? "" : " (" + m.setup + ")", m.model, m.quant,
                            m.threads > 0 ? std::to_string(m.threads) : "", std::exp(-each.log_ratio));
    }
    return text;
}

bool is_carried(const Device& device)
{
    return device.device_class == "phone" || device.id.starts_with("jetson");
}

/// How many measurements of Jetsons and phones lie far off, and those, device by device.
std::string carried_misses(const CalibrationReport& report)
{
    std::vector<Judged> all;
    std::ranges::copy_if(report.leave_one_out, std::back_inserter(all), [&](const Judged& j) {
        return is_carried(report.observations.devices.at(j.observation->measurement.device));
    });
    std::vector<Judged> large;
    std::ranges::copy_if(all, std::back_inserter(large),
                         [](const Judged& j) { return std::abs(std::expm1(j.log_ratio)) > carried_miss; });
    const auto device_of = [](const Judged& j) { return j.observation->measurement.device; };
    std::ranges::stable_sort(large, std::ranges::greater{}, [](const Judged& j) { return std::abs(j.log_ratio); });
    std::ranges::stable_sort(large, std::ranges::less{}, device_of);
    std::string text = fmt::format("{} of {} measurements.\n\n", large.size(), all.size()) +
                       "| measurement | device | engine | model | weights | threads | what | measured | predicted | measured / "
                       "predicted speed |\n|---|---|---|---|---|---|---|---|---|---|\n";
    for (const Judged& each : large) {
        const Observation& o = *each.observation;
        const Measurement& m = o.measurement;
        const std::string what = !is_prefill(o)         ? fmt::format("token at depth {}", m.depth_tokens)
                                 : m.prompt_tokens > 0 ? fmt::format("prompt of {}", m.prompt_tokens)
                                                       : fmt::format("prompt, length not stated (taken as {})", usual_prompt);
        text += fmt::format("| {} | {} {} | {}{} | {} | {} | {} | {} | {:.1f} ms | {:.1f} ms | {:.2f} |\n", m.id, m.device, word(m.backend),
                            m.engine, m.setup.empty() ? "" : " (" + m.setup + ")", m.model, m.quant, m.threads > 0 ? std::to_string(m.threads) : "",
                            what, 1e3 * o.seconds, 1e3 * o.seconds * std::exp(-each.log_ratio), std::exp(-each.log_ratio));
    }
    return text;
}

std::string unused(const Observations& observations)
{
    std::string text = "| not used because | n |\n|---|---|\n";
    for (const auto& [reason, count] : observations.unused) {
        text += fmt::format("| {} | {} |\n", reason, count);
    }
    return text;
}

Json to_json(const ErrorSummary& errors)
{
    return {{"count", errors.count}, {"median_error", errors.median}, {"p90_error", errors.p90}};
}

}  // namespace

Figures figures_of(const CalibrationReport& report)
{
    const auto summary = [](const std::vector<Judged>& judged, Filter filter) {
        return error_summary(log_ratios(judged, filter));
    };
    return {.four_bit_decode_one_out = summary(report.leave_one_out, is_four_bit_decode),
            .four_bit_decode_device_out = summary(report.leave_one_device_out, is_four_bit_decode),
            .survey_decode = summary(report.survey_halves, is_decode),
            .survey_prefill = summary(report.survey_halves, is_prefill),
            .survey_both = summary(report.survey_halves, is_survey),
            .survey_decode_shuffled = summary(report.survey_shuffles, is_decode),
            .survey_prefill_shuffled = summary(report.survey_shuffles, is_prefill)};
}

std::string markdown(const CalibrationReport& report)
{
    std::string text = "## Figures\n\n" + headline(figures_of(report));
    text += fmt::format(
        "\n{} measurements are used, {} calibrations came of them. Errors are |measured / predicted − 1| of times.\n",
        report.observations.used.size(), report.calibrations.size());
    text += "\n## Leave one out inside the device\n\n" + device_table(report, report.leave_one_out);
    text += "\n## Leave one device out\n\n" + device_table(report, report.leave_one_device_out);
    text += "\n## Large misses of 4-bit decode, leave one out inside the device\n\n" +
            misses(report.leave_one_out, is_four_bit_decode);
    text +=
        "\n## Large misses of the survey's rows, each fitted without it\n\n" + misses(report.leave_one_out, is_survey);
    text += "\n## Jetsons and phones: every miss over 25 %, leave one out inside the device\n\n" + carried_misses(report);
    text += "\n## What is not used\n\n" + unused(report.observations);
    return text;
}

Json to_json(const CalibrationReport& report)
{
    const Figures f = figures_of(report);
    Json json{{"format", "calibration_report/1"}, {"measurements_used", report.observations.used.size()}};
    json["four_bit_decode"] = {{"leave_one_out", to_json(f.four_bit_decode_one_out)},
                               {"leave_one_device_out", to_json(f.four_bit_decode_device_out)}};
    json["survey_halves"] = {{"decode", to_json(f.survey_decode)},
                             {"prefill", to_json(f.survey_prefill)},
                             {"both", to_json(f.survey_both)},
                             {"decode_shuffled", to_json(f.survey_decode_shuffled)},
                             {"prefill_shuffled", to_json(f.survey_prefill_shuffled)}};
    json["unused"] = Json::object();
    for (const auto& [reason, count] : report.observations.unused) {
        json["unused"][reason] = count;
    }
    json["calibrations"] = Json::array();
    for (const Calibration& each : report.calibrations) {
        json["calibrations"].push_back({{"id", each.id},
                                        {"decode_median_error", each.decode.median_error},
                                        {"prefill_median_error", each.prefill.median_error}});
    }
    return json;
}

void write_report(const CalibrationReport& report, const std::filesystem::path& path)
{
    const std::string tables = std::string(start_mark) + "\n" + markdown(report) + std::string(end_mark) + "\n";
    if (!std::filesystem::exists(path)) {
        write_file(path, "# Validation\n\n" + tables);
        return;
    }
    std::string text = read_file(path);
    const std::size_t from = text.find(start_mark);
    const std::size_t to = text.find(end_mark);
    if (from == std::string::npos || to == std::string::npos || to < from) {
        throw InputError(path.string(), "has no place for the tables",
                         "put '" + std::string(start_mark) + "' and '" + std::string(end_mark) + "' into it");
    }
    text.replace(from, to + end_mark.size() + 1 - from, tables);
    write_file(path, text);
}

}  // namespace slimline
