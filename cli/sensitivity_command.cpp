#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/question_options.h"
#include "cli/table.h"
#include "explorer/sobol.h"

namespace slimline {

namespace {

struct SensitivityOptions {
    QuestionOptions question;
    std::vector<std::string> over;
    std::vector<std::string> of{"tpot_s"};
    int samples = 1024;
    bool json = false;
};

OptionList declare(SensitivityOptions& o)
{
    OptionList list;
    append_question_options(list, o.question);
    list.push_back({.name = "--over",
                    .value_name = "AXIS",
                    .help = "a quantity and the ends between which it lies, as bandwidth=50,200 or layers=12,36; of " +
                            lever_names(),
                    .target = &o.over,
                    .required = true});
    list.push_back({.name = "--of",
                    .value_name = "FIGURE",
                    .help = "whose variance is shared out, as tpot_s, ttft_s, memory_bytes, loss",
                    .target = &o.of});
    list.push_back({.name = "--samples",
                    .value_name = "N",
                    .help = "points of the sequence; each costs 2 + axes predictions",
                    .target = &o.samples,
                    .least = 16,
                    .most = 1 << 20});
    list.push_back(json_option(o.json));
    return list;
}

struct Shares {
    Figure of{};
    SobolResult result;
};

void write_text(Console& console, const Scenario& s, const std::vector<Axis>& axes, const std::vector<Shares>& all)
{
    console.out << title_line(console, s) << "\n";
    for (const Shares& each : all) {
        const SobolResult& r = each.result;
        console.out << fmt::format(
            "\n{}: mean {}, standard deviation {} over {} samples{}\n\n", word(each.of), display(each.of, r.mean),
            display(each.of, std::sqrt(r.variance)), r.samples,
            r.impossible > 0 ? fmt::format(" ({} impossible models left out)", r.impossible) : "");
        Table table{{{"quantity"},
                     {"from", Align::right},
                     {"to", Align::right},
                     {"alone", Align::right},
                     {"with interactions", Align::right}},
                    {}};
        for (std::size_t i = 0; i < r.inputs.size(); ++i) {
            const auto [low, high] = std::ranges::minmax(axes[i].values);
            table.rows.push_back({std::string(axes[i].lever->title), display(*axes[i].lever, low),
                                  display(*axes[i].lever, high), percent(r.inputs[i].first),
                                  percent(r.inputs[i].total)});
        }
        write_table(console, table);
    }
}

Json to_json(const Scenario& s, const std::vector<Axis>& axes, const std::vector<Shares>& all)
{
    Json figures = Json::array();
    for (const Shares& each : all) {
        Json inputs = Json::array();
        for (std::size_t i = 0; i < each.result.inputs.size(); ++i) {
            const auto [low, high] = std::ranges::minmax(axes[i].values);
            inputs.push_back({{"quantity", each.result.inputs[i].input},
                              {"unit", std::string(axes[i].lever->unit)},
                              {"from", low / axes[i].lever->scale},
                              {"to", high / axes[i].lever->scale},
                              {"first", each.result.inputs[i].first},
                              {"total", each.result.inputs[i].total}});
        }
        figures.push_back({{"figure", std::string(word(each.of))},
                           {"mean", each.result.mean},
                           {"variance", each.result.variance},
                           {"samples", each.result.samples},
                           {"impossible", each.result.impossible},
                           {"inputs", std::move(inputs)}});
    }
    return {{"format", "sensitivity/1"},
            {"architecture", s.arch.id},
            {"device", s.device.id},
            {"calibration", s.calibration.id},
            {"figures", std::move(figures)}};
}

int work(const SensitivityOptions& o, Console& console)
{
    const Scenario s = scenario(o.question);
    const QualityBasis quality = quality_basis(o.question);
    const std::vector<Axis> axes = axes_of("--over", o.over);
    if (axes.size() > 12) {
        throw InputError("option --over", "twelve quantities at most", "leave some out");
    }
    std::vector<Shares> all;
    for (const Figure of : figures_of("--of", o.of)) {
        all.push_back({of, sobol_indices(s, axes, of, std::size_t(o.samples), &quality)});
    }
    if (o.json) {
        console.out << pretty(to_json(s, axes, all));
    } else {
        write_text(console, s, axes, all);
    }
    return 0;
}

}  // namespace

Command sensitivity_command()
{
    return make_command<SensitivityOptions>(
        "sensitivity", "which quantities a figure's variance comes from (first-order and total Sobol indices)",
        {"sensitivity --arch qwen2-0.5b --device jetson-orin-nx-16gb --over bandwidth=50,200 --over layers=12,36 "
         "--over "
         "d_ffn=2048,8192"},
        declare, work);
}

}  // namespace slimline
