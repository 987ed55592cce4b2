#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/question_options.h"
#include "cli/table.h"
#include "explorer/sweep.h"

namespace slimline {

namespace {

struct SweepOptions {
    QuestionOptions question;
    std::vector<std::string> over;
    std::vector<std::string> show{"ttft_s", "decode_tokens_per_s", "memory_bytes"};
    bool csv = false;
    bool json = false;
};

OptionList declare(SweepOptions& o)
{
    OptionList list;
    append_question_options(list, o.question);
    list.push_back({.name = "--over",
                    .value_name = "AXIS",
                    .help = "a quantity and its values: bandwidth=50,100,200 (GB/s), layers=8:32:4 (from, to, step), "
                            "prompt=64:8192:*2 (times); one or two of " +
                            lever_names(),
                    .target = &o.over,
                    .required = true});
    list.push_back({.name = "--show",
                    .value_name = "FIGURE",
                    .help = "ttft_s, tpot_s, prefill_tokens_per_s, decode_tokens_per_s, total_s, energy_j_per_token, "
                            "memory_bytes, loss",
                    .target = &o.show});
    list.push_back({.name = "--csv", .help = "a line a point, with a header", .target = &o.csv});
    list.push_back(json_option(o.json));
    return list;
}

/// A bar of the last figure, for a curve that a person reads in a terminal.
std::string bar(double value, double most)
{
    constexpr int widest = 24;
    const int length = std::isfinite(value) && most > 0 ? int(std::lround(widest * value / most)) : 0;
    return std::string(std::size_t(std::clamp(length, 0, widest)), '#');
}

void write_points(Console& console, const std::vector<Axis>& axes, const std::vector<Figure>& figures,
                  const std::vector<SweepPoint>& points)
{
    Table table;
    for (const Axis& axis : axes) {
        table.columns.push_back({std::string(axis.lever->title), Align::right});
    }
    for (const Figure each : figures) {
        table.columns.push_back({std::string(word(each)), Align::right});
    }
    table.columns.push_back({"fits"});
    table.columns.push_back({"", Align::left, 1});
    double most = 0;
    for (const SweepPoint& point : points) {
        most = std::isfinite(point.figures.front()) ? std::max(most, point.figures.front()) : most;
    }
    for (const SweepPoint& point : points) {
        std::vector<std::string> row;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            row.push_back(std::isnan(point.at[i]) ? "-" : display(*axes[i].lever, point.at[i]));
        }
        for (std::size_t i = 0; i < figures.size(); ++i) {
            row.push_back(display(figures[i], point.figures[i]));
        }
        row.push_back(!point.prediction ? "no such model" : point.prediction->fits ? "yes" : "no");
        row.push_back(bar(point.figures.front(), most));
        table.rows.push_back(std::move(row));
    }
    write_table(console, table);
}

void write_csv(Console& console, const std::vector<Axis>& axes, const std::vector<Figure>& figures,
               const std::vector<SweepPoint>& points)
{
    std::vector<std::string> header;
    for (const Axis& axis : axes) {
        header.push_back(std::string(axis.lever->name) +
                         (axis.lever->unit.empty() ? "" : " (" + std::string(axis.lever->unit) + ")"));
    }
    for (const Figure each : figures) {
        header.emplace_back(word(each));
    }
    console.out << joined(header, ",") << ",fits\n";
    for (const SweepPoint& point : points) {
        for (std::size_t i = 0; i < axes.size(); ++i) {
            console.out << fmt::format("{},", point.at[i] / axes[i].lever->scale);
        }
        for (const double value : point.figures) {
            console.out << fmt::format("{},", value);
        }
        console.out << (point.prediction && point.prediction->fits ? "true" : "false") << "\n";
    }
}

Json number_or_null(double value)
{
    return std::isfinite(value) ? Json(value) : Json();
}

Json to_json(const Scenario& s, const std::vector<Axis>& axes, const std::vector<Figure>& figures,
             const std::vector<SweepPoint>& points)
{
    Json named = Json::array();
    for (const Axis& axis : axes) {
        named.push_back({{"quantity", std::string(axis.lever->name)}, {"unit", std::string(axis.lever->unit)}});
    }
    Json rows = Json::array();
    for (const SweepPoint& point : points) {
        Json row = Json::object();
        for (std::size_t i = 0; i < axes.size(); ++i) {
            row[std::string(axes[i].lever->name)] = number_or_null(point.at[i] / axes[i].lever->scale);
        }
        for (std::size_t i = 0; i < figures.size(); ++i) {
            row[std::string(word(figures[i]))] = number_or_null(point.figures[i]);
        }
        row["possible"] = point.prediction.has_value();
        row["fits"] = point.prediction && point.prediction->fits;
        rows.push_back(std::move(row));
    }
    return {{"format", "sweep/1"},      {"architecture", s.arch.id},
            {"device", s.device.id},    {"calibration", s.calibration.id},
            {"axes", std::move(named)}, {"points", std::move(rows)}};
}

int work(const SweepOptions& o, Console& console)
{
    const Scenario s = scenario(o.question);
    const QualityBasis quality = quality_basis(o.question);
    const std::vector<Axis> axes = axes_of("--over", o.over);
    if (axes.size() > 2 || axes.front().values.size() * (axes.size() > 1 ? axes[1].values.size() : 1) > 100000) {
        throw InputError("option --over", "that are too many points to predict one by one",
                         "give one or two axes of at most 100000 points together; 'slimline search' takes more");
    }
    const std::vector<Figure> figures = figures_of("--show", o.show);
    const std::vector<SweepPoint> points = sweep(s, axes, figures, &quality);
    if (o.json) {
        console.out << pretty(to_json(s, axes, figures, points));
    } else if (o.csv) {
        write_csv(console, axes, figures, points);
    } else {
        console.out << title_line(console, s) << "\n" << workload_line(predict(s)) << "\n\n";
        write_points(console, axes, figures, points);
    }
    return 0;
}

}  // namespace

Command sweep_command()
{
    return make_command<SweepOptions>(
        "sweep", "a table or curve of figures over one or two quantities",
        {"sweep --arch qwen2-0.5b --device jetson-orin-nx-16gb --over bandwidth=25:200:*2 --show decode_tokens_per_s",
         "sweep --arch qwen2-0.5b --device oneplus-12 --over prompt=64:4096:*4 --over layers=12,24 --csv"},
        declare, work);
}

}  // namespace slimline
