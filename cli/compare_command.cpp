#include <algorithm>

#include <fmt/format.h>

#include "archspace/inline_architecture.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/scenario_options.h"
#include "cli/table.h"
#include "explorer/compare.h"
#include "simulator/prediction_json.h"

namespace slimline {

namespace {

struct CompareOptions {
    std::vector<std::string> archs;
    std::vector<std::string> devices;
    std::vector<std::string> quants{""};  // "": the model file's own
    RunOptions run;
    bool json = false;
};

OptionList declare(CompareOptions& o)
{
    OptionList list{arch_option(&o.archs), device_option(&o.devices), quant_option(&o.quants)};
    append_run_options(list, o.run);
    list.push_back(json_option(o.json));
    return list;
}

/// Every architecture on every device in every format, in the order they were named. Models in the short form have no
/// name of their own and get a number.
std::vector<Scenario> scenarios(const CompareOptions& o)
{
    std::vector<Scenario> all;
    for (std::size_t a = 0; a < o.archs.size(); ++a) {
        for (const std::string& device : o.devices) {
            for (const std::string& quant : o.quants) {
                all.push_back(scenario(o.archs[a], device, quant, o.run));
                if (is_inline_architecture(o.archs[a])) {
                    all.back().arch.id = fmt::format("inline-{}", a + 1);
                }
            }
        }
    }
    return all;
}

/// What the numbered models are.
void write_legend(Console& console, const CompareOptions& o)
{
    for (std::size_t a = 0; a < o.archs.size(); ++a) {
        if (is_inline_architecture(o.archs[a])) {
            console.out << fmt::format("inline-{}: {}\n", a + 1, o.archs[a]);
        }
    }
}

std::string times(double ratio)
{
    return significant(ratio) + "x";
}

Table comparison_table(const std::vector<Prediction>& predictions)
{
    Table table{{{"architecture"},
                 {"device"},
                 {"quant"},
                 {"first token", Align::right},
                 {"ratio", Align::right},
                 {"a token", Align::right},
                 {"ratio", Align::right},
                 {"tokens/s", Align::right, 3},
                 {"memory", Align::right},
                 {"ratio", Align::right, 2},
                 {"energy a token", Align::right, 4},
                 {"ratio", Align::right, 5},
                 {"fits", Align::left, 1}},
                {}};
    const std::vector<Ratios> all = compare(predictions);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        const Prediction& p = predictions[i];
        const Ratios& r = all[i];
        table.rows.push_back({p.architecture, p.device, p.precision.weights.name, display(p.ttft), times(r.ttft),
                              display(p.tpot), times(r.tpot), significant(p.decode_tokens_per_second()),
                              display(p.memory.total()), times(r.memory), display(p.energy_per_token), times(r.energy),
                              p.fits ? "yes" : "no"});
    }
    return table;
}

Json comparison_json(const std::vector<Scenario>& scenarios, const std::vector<Prediction>& predictions)
{
    Json rows = Json::array();
    const std::vector<Ratios> all = compare(predictions);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        const Ratios& r = all[i];
        rows.push_back(
            {{"prediction", to_json(predictions[i], scenarios[i].arch, scenarios[i].device)},
             {"ratios",
              {{"ttft", r.ttft}, {"tpot", r.tpot}, {"total", r.total}, {"memory", r.memory}, {"energy", r.energy}}}});
    }
    return {{"format", "comparison/1"}, {"rows", std::move(rows)}};
}

int work(const CompareOptions& o, Console& console)
{
    const std::vector<Scenario> all = scenarios(o);
    std::vector<Prediction> predictions;
    for (const Scenario& each : all) {
        predictions.push_back(predict(each));
    }
    if (o.json) {
        console.out << pretty(comparison_json(all, predictions));
        return 0;
    }
    write_legend(console, o);
    console.out << workload_line(predictions.front()) << "; ratios are to the first row\n\n";
    write_table(console, comparison_table(predictions));
    std::vector<std::string> calibrations;
    for (const Prediction& each : predictions) {
        if (std::ranges::find(calibrations, each.calibration.id) == calibrations.end()) {
            calibrations.push_back(each.calibration.id);
        }
    }
    console.out << "\ncalibrated by " << wrapped(joined(calibrations, ", "), 14, std::size_t(console.width)) << "\n";
    return 0;
}

}  // namespace

Command compare_command()
{
    return make_command<CompareOptions>(
        "compare", "several models, devices or weight formats beside each other",
        {"compare --arch qwen2-0.5b --arch smollm2-360m --device jetson-orin-nx-16gb",
         "compare --arch phi-1 --device meizu-18-pro --quant Q4_K_M --quant Q8_0 --quant F16"},
        declare, work);
}

}  // namespace slimline
