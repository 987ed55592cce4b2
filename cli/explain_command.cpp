#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/scenario_options.h"
#include "cli/table.h"
#include "explorer/bounds.h"
#include "explorer/pass_graph.h"
#include "explorer/sensitivity.h"
#include "explorer/waterfall.h"
#include "simulator/engine.h"
#include "simulator/operators.h"

namespace slimline {

namespace {

struct ExplainOptions {
    std::string arch;
    std::string device;
    std::string quant;  // "": the model file's own
    std::string other_arch;
    std::string other_device;
    std::string other_quant;
    RunOptions run;
    bool json = false;
};

Option versus(Option option, const char* name, const char* help)
{
    option.name = name;
    option.help = help;
    option.required = false;
    return option;
}

OptionList declare(ExplainOptions& o)
{
    OptionList list{arch_option(&o.arch),
                    device_option(&o.device),
                    quant_option(&o.quant),
                    versus(arch_option(&o.other_arch), "--to-arch", "explain the way to this architecture"),
                    versus(device_option(&o.other_device), "--to-device", "explain the way to this device"),
                    versus(quant_option(&o.other_quant), "--to-quant", "explain the way to this weight format")};
    append_run_options(list, o.run);
    list.push_back(json_option(o.json));
    return list;
}

bool has_other(const ExplainOptions& o)
{
    return !o.other_arch.empty() || !o.other_device.empty() || !o.other_quant.empty();
}

/// What was said of the other design; the rest is as in the first.
Scenario other_scenario(const ExplainOptions& o)
{
    const auto or_else = [](const std::string& said, const std::string& same) { return said.empty() ? same : said; };
    return scenario(or_else(o.other_arch, o.arch), or_else(o.other_device, o.device), or_else(o.other_quant, o.quant),
                    o.run);
}

void write_bounds(Console& console, const char* phase, const Pass& pass)
{
    const BoundShares shares = bound_shares(pass);
    const std::string bounds =
        fmt::format("memory {}, compute {}, per-operator times {}, fixed times {}; {} FLOP a byte", percent(shares.memory),
                    percent(shares.compute), percent(shares.overhead), percent(shares.fixed), significant(shares.intensity));
    console.out << fmt::format("{:<8} {:>9}   {}\n", phase, display(pass.time), wrapped(bounds, 21, std::size_t(console.width)));
}

std::string signed_number(double value)
{
    return fmt::format("{:+.2f}", value);
}

void write_elasticities(Console& console, const std::vector<Elasticity>& all)
{
    Table table{{{"1 % more of"}, {"first token, %", Align::right}, {"a token, %", Align::right}}, {}};
    for (const Elasticity& e : all) {
        table.rows.push_back({e.quantity, signed_number(e.ttft), signed_number(e.tpot)});
    }
    write_table(console, table);
}

std::string signed_time(Seconds time)
{
    return (time.value < 0 ? "-" : "+") + display(Seconds{std::abs(time.value)});
}

void write_waterfall(Console& console, const std::string& title, const Waterfall& fall)
{
    console.out << "\n"
                << styled(console, Style::bold, title)
                << fmt::format(": {} to {}, {}\n", display(fall.start), display(fall.end),
                               signed_time(fall.end - fall.start));
    Table table{{{"operator"},
                 {"from", Align::right},
                 {"to", Align::right},
                 {"difference", Align::right},
                 {"of the start", Align::right}},
                {}};
    for (const WaterfallStep& step : fall.steps) {
        if (std::abs(step.difference() / fall.start) >= 0.0005) {
            table.rows.push_back({step.name, display(step.from), display(step.to), signed_time(step.difference()),
                                  fmt::format("{:+.1f} %", 100 * (step.difference() / fall.start))});
        }
    }
    write_table(console, table);
}

Json to_json(const BoundShares& shares)
{
    return {{"memory", shares.memory},
            {"compute", shares.compute},
            {"overhead", shares.overhead},
            {"fixed", shares.fixed},
            {"flops_per_byte", shares.intensity}};
}

Json to_json(const Waterfall& fall)
{
    Json steps = Json::array();
    for (const WaterfallStep& step : fall.steps) {
        steps.push_back({{"name", step.name},
                         {"from_s", step.from.value},
                         {"to_s", step.to.value},
                         {"difference_s", step.difference().value}});
    }
    return {{"start_s", fall.start.value}, {"end_s", fall.end.value}, {"steps", std::move(steps)}};
}

Json to_json(const std::vector<Elasticity>& all)
{
    Json rows = Json::array();
    for (const Elasticity& e : all) {
        rows.push_back({{"quantity", e.quantity}, {"ttft", e.ttft}, {"tpot", e.tpot}});
    }
    return rows;
}

void write_text(Console& console, const Scenario& s, const Prediction& p)
{
    const std::size_t width = std::size_t(console.width);
    console.out << wrapped(title_line(console, s), 0, width) << "\n"
                << workload_line(p) << "\ncalibration " << wrapped(calibration_line(p.calibration), 12, width)
                << "\n\nwhat binds (share of the time)\n";
    write_bounds(console, "prefill", p.prefill);
    write_bounds(console, "a token", p.decode);
    const Seconds path = decode_critical_path(s);
    console.out << wrapped(fmt::format("critical path of a token: {}; operators that need not wait for each other, side by "
                                       "side, would save {} at most",
                                       display(path), percent(1 - path / p.decode.time)),
                           0, width)
                << "\n\n";
    write_elasticities(console, elasticities(s));
}

void write_way(Console& console, const Prediction& from, const Prediction& to, const Scenario& other)
{
    console.out << "\nto " << title_line(console, other) << "\n";
    write_waterfall(console, "prefill", waterfall(from.prefill, to.prefill));
    write_waterfall(console, "a token", waterfall(from.decode, to.decode));
}

Json explanation(const Scenario& s, const Prediction& p)
{
    return {{"format", "explanation/1"},
            {"architecture", s.arch.id},
            {"device", s.device.id},
            {"calibration", p.calibration.id},
            {"prefill", to_json(bound_shares(p.prefill))},
            {"decode", to_json(bound_shares(p.decode))},
            {"decode_critical_path_s", decode_critical_path(s).value},
            {"elasticities", to_json(elasticities(s))}};
}

Json way_to(const Prediction& from, const Prediction& to)
{
    return {{"architecture", to.architecture},
            {"device", to.device},
            {"prefill", to_json(waterfall(from.prefill, to.prefill))},
            {"decode", to_json(waterfall(from.decode, to.decode))}};
}

int work(const ExplainOptions& o, Console& console)
{
    const Scenario s = scenario(o.arch, o.device, o.quant, o.run);
    const Prediction p = predict(s);
    const std::optional<Scenario> other = has_other(o) ? std::optional(other_scenario(o)) : std::nullopt;
    if (o.json) {
        Json json = explanation(s, p);
        if (other) {
            json["to"] = way_to(p, predict(*other));
        }
        console.out << pretty(json);
        return 0;
    }
    write_text(console, s, p);
    if (other) {
        write_way(console, p, predict(*other), *other);
    }
    return 0;
}

}  // namespace

Command explain_command()
{
    return make_command<ExplainOptions>(
        "explain", "what binds each phase, what would help, and why two designs differ",
        {"explain --arch qwen2-0.5b --device jetson-orin-nx-16gb",
         "explain --arch phi-1 --to-arch phi-1.5 --device meizu-18-pro",
         "explain --arch qwen2-0.5b --device jetson-orin-nx-16gb --quant Q4_K_M --to-quant Q8_0"},
        declare, work);
}

}  // namespace slimline
