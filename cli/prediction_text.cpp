#include "cli/prediction_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/table.h"
#include "simulator/engine.h"
#include "simulator/operators.h"

namespace slimline {

namespace {

constexpr double least_share = 0.01;  // operators below this in both passes are summed up in one row

/// The operators of one name, all kinds of layers together, in both passes.
struct OperatorRow {
    std::string name{};
    Seconds prefill{};
    Seconds decode{};
    double prefill_share = 0;
    double decode_share = 0;
    Bound prefill_bound{};
    Bound decode_bound{};
};

OperatorRow& row_of(std::vector<OperatorRow>& rows, const std::string& name)
{
    const auto found = std::ranges::find(rows, name, &OperatorRow::name);
    if (found != rows.end()) {
        return *found;
    }
    rows.push_back({.name = name});
    return rows.back();
}

void add_pass(std::vector<OperatorRow>& rows, const Pass& pass, Seconds OperatorRow::*time, double OperatorRow::*share,
              Bound OperatorRow::*bound)
{
    std::vector<std::pair<std::string, Seconds>> largest;  // the bound shown is that of the largest part
    for (const OperatorTime& op : pass.operators) {
        OperatorRow& row = row_of(rows, op.name);
        auto known = std::ranges::find(largest, op.name, &std::pair<std::string, Seconds>::first);
        if (known == largest.end()) {
            largest.emplace_back(op.name, Seconds{-1});
            known = largest.end() - 1;
        }
        if (op.time > known->second) {
            known->second = op.time;
            row.*bound = op.bound;
        }
        row.*time += op.time;
        row.*share += op.share;
    }
}

std::vector<OperatorRow> operator_rows(const Prediction& p)
{
    std::vector<OperatorRow> rows;
    add_pass(rows, p.prefill, &OperatorRow::prefill, &OperatorRow::prefill_share, &OperatorRow::prefill_bound);
    add_pass(rows, p.decode, &OperatorRow::decode, &OperatorRow::decode_share, &OperatorRow::decode_bound);
    std::ranges::stable_sort(rows, std::greater<>{}, &OperatorRow::decode_share);
    return rows;
}

std::string time_or_dash(Seconds time)
{
    return time.value > 0 ? display(time) : "-";
}
std::string bound_or_dash(Seconds time, Bound bound)
{
    return time.value > 0 ? std::string(word(bound)) : "-";
}

void append(Table& table, const OperatorRow& row, bool with_bound)
{
    const auto bound = [&](Seconds time, Bound b) { return with_bound ? bound_or_dash(time, b) : std::string(); };
    table.rows.push_back({row.name, time_or_dash(row.prefill), percent(row.prefill_share),
                          bound(row.prefill, row.prefill_bound), time_or_dash(row.decode), percent(row.decode_share),
                          bound(row.decode, row.decode_bound)});
}

Table operator_table(const Prediction& p)
{
    Table table{{{"operator"},
                 {"prefill", Align::right},
                 {"share", Align::right},
                 {"bound", Align::left, 1},
                 {"a token", Align::right},
                 {"share", Align::right},
                 {"bound", Align::left, 1}},
                {}};
    OperatorRow small{.name = "others"};
    for (const OperatorRow& row : operator_rows(p)) {
        if (row.prefill_share >= least_share || row.decode_share >= least_share) {
            append(table, row, true);
            continue;
        }
        small.prefill += row.prefill;
        small.decode += row.decode;
        small.prefill_share += row.prefill_share;
        small.decode_share += row.decode_share;
    }
    append(table, small, false);
    append(table,
           {.name = "fixed times",
            .prefill = p.prefill.fixed,
            .decode = p.decode.fixed,
            .prefill_share = p.prefill.fixed / p.prefill.time,
            .decode_share = p.decode.fixed / p.decode.time},
           false);
    return table;
}

std::string interval(Interval i)
{
    return "90 %: " + display(i.low) + " to " + display(i.high);
}

void write_line(Console& console, const std::string& name, const std::string& value, const std::string& more = {})
{
    constexpr std::size_t value_at = 22;
    constexpr std::size_t more_at = 34;
    const std::size_t width = std::size_t(console.width);
    console.out << (more.empty() ? fmt::format("{:<20}  {}\n", name, wrapped(value, value_at, width))
                                 : fmt::format("{:<20}  {:<10}  {}\n", name, value, wrapped(more, more_at, width)));
}

std::string rate(double tokens_per_second)
{
    return significant(tokens_per_second) + " tokens/s";
}

}  // namespace

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

std::string title_line(const Console& console, const Scenario& s)
{
    const std::string model = s.arch.name.empty() ? s.arch.id : s.arch.name;
    const std::string machine = s.device.name.empty() ? s.device.id : s.device.name;
    return styled(console, Style::bold, model + " on " + machine) +
           fmt::format(", {}, {}, {}", word(s.backend), word(s.engine), s.precision.weights.name);
}

std::string workload_line(const Prediction& p)
{
    const Workload& w = p.workload;
    std::string line =
        fmt::format("prompt {}, answer {} tokens, context {}", w.prompt_tokens, w.generated_tokens, w.context);
    line += w.batch > 1 ? fmt::format(", batch {}", w.batch) : "";
    line += p.backend == BackendKind::cpu && w.threads > 0 ? fmt::format(", {} threads", w.threads) : "";
    return line + (w.flash_attention ? "" : ", no flash attention");
}

std::string calibration_line(const Calibration& c)
{
    const Residuals& r = c.decode;
    if (r.count == 0) {
        return c.id + (r.basis.empty() ? "" : " (" + r.basis + ")");
    }
    return fmt::format("{} ({}, {} measurements, median error {:.0f} %)", c.id, r.basis, r.count, 100 * r.median_error);
}

void write_prediction(Console& console, const Scenario& s, const Prediction& p)
{
    const std::string title = title_line(console, s) + ", KV cache " + std::string(info(p.precision.kv_cache).name);
    console.out << wrapped(title, 0, std::size_t(console.width)) << "\n" << workload_line(p) << "\n\n";

    write_line(console, "time to first token", display(p.ttft),
               interval(p.ttft_90) + ", prefill " + rate(p.prefill_tokens_per_second()));
    write_line(console, "time a token", display(p.tpot),
               interval(p.tpot_90) + ", decode " + rate(p.decode_tokens_per_second()));
    write_line(console, "whole answer", display(p.total()));
    write_line(console, "energy a token", display(p.energy_per_token),
               "at least: boards took 1.5 to 3.5 times as much (docs/validation.md)");
    const MemoryPlan& m = p.memory;
    write_line(console, "memory", display(m.total()),
               "of " + display(p.memory_available) + ": " +
                   (p.fits ? styled(console, Style::good, "fits") : styled(console, Style::bad, "does not fit")));
    write_line(console, "", "",
               fmt::format("weights {}, KV cache {}, compute buffer {}, host {}", display(m.weights),
                           display(m.kv_cache), display(m.compute_buffer), display(m.host)));
    if (m.peak_resident.value > 0) {
        write_line(console, "", "",
                   "the process at its peak " + display(m.peak_resident) +
                       (m.repacked.value > 0 ? ": " + display(m.repacked) + " of the weights are held twice" : ""));
    }
    write_line(console, "parameters", display_count(p.parameters.total),
               fmt::format("active a token {}, in embeddings {}", display_count(p.parameters.active),
                           display_count(p.parameters.embedding)));
    write_line(console, "calibration", calibration_line(p.calibration));
    for (const std::string& note : p.notes) {
        write_line(console, "note", note);
    }
    console.out << "\n";
    write_table(console, operator_table(p));
}

namespace {

void write_sustained(Console& console, const SustainedAnswer& a)
{
    const SustainedPhase& decode = a.learnt.decode;
    write_line(console, "long at work", display(a.tpot), "a token, " + interval(a.tpot_90) + ", time to first token " + display(a.ttft) + ", whole answer " + display(a.total));
    if (decode.time_constant.value > 0) {
        write_line(console, "", "",
                   fmt::format("keeps {:.0f} % of its first speed ({:.0f} to {:.0f} %), time constant {}", 100 * decode.share, 100 * decode.share_low,
                               100 * decode.share_high, display(decode.time_constant)));
    }
    for (const SustainedMoment& each : a.moments) {
        write_line(console, each.after.value > 0 ? "after " + display(each.after) : "at first", display(each.tpot), "a token, time to first token " + display(each.ttft));
    }
    if (a.energy_per_token) {
        write_line(console, "measured energy", display(*a.energy_per_token),
                   fmt::format("a token, at {} W of {}", significant(decode.power.value), a.learnt.power_source) +
                       (a.energy_above_idle ? "; above idle " + display(*a.energy_above_idle) : ""));
    }
    for (const std::string& note : a.notes) {
        write_line(console, "note", note);
    }
}

}  // namespace

void write_deployment(Console& console, const DeploymentAnswer& a)
{
    if (a.speculative || a.storage || a.fine_tuning || a.sustained) {
        console.out << "\n";
    }
    if (a.speculative) {
        write_line(console, "speculative decoding", display(a.speculative->tpot),
                   fmt::format("a token, {}x: {} tokens a step; a draft token {}, verifying {}", significant(a.speculative->speedup),
                               significant(a.speculative->tokens), display(a.speculative->draft_step),
                               display(a.speculative->verify_step)));
    }
    if (a.storage) {
        write_line(console, "weights in flash", display(a.storage->tpot),
                   fmt::format("a token: {} from flash in {}", display(a.storage->from_flash), display(a.storage->flash_time)));
    }
    if (a.fine_tuning) {
        write_line(console, "training step", display(a.fine_tuning->time),
                   fmt::format("{} FLOP, memory {}", display_count(a.fine_tuning->flops.value), display(a.fine_tuning->memory)));
    }
    if (a.sustained) {
        write_sustained(console, *a.sustained);
    }
}

}  // namespace slimline
