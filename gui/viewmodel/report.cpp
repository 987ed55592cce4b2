#include "gui/viewmodel/report.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "gui/viewmodel/breakdown.h"
#include "gui/viewmodel/comparison.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/why.h"
#include "simulator/engine.h"

namespace slimline::gui {

namespace {

std::string answer_table(const Prediction& p)
{
    const auto row = [](const char* name, const std::string& value, const std::string& detail) {
        return fmt::format("| {} | {} | {} |\n", name, value, detail);
    };
    const auto between = [](const Interval& i) { return fmt::format("90 %: {} to {}", display(i.low), display(i.high)); };
    return "| figure | value | |\n|---|---|---|\n" + row("time to first token", display(p.ttft), between(p.ttft_90)) +
           row("time a token", display(p.tpot), between(p.tpot_90)) +
           row("decode", significant(p.decode_tokens_per_second()) + " tokens/s", "") +
           row("prefill", significant(p.prefill_tokens_per_second(), 4) + " tokens/s", "") +
           row("memory", display(p.memory.total()), p.fits ? "fits" : "does not fit") +
           row("energy a token", display(p.energy_per_token), "") + row("parameters", display_count(p.parameters.total), "") +
           row("calibration", p.calibration.id, "");
}

std::string pass_table(const char* title, const Pass& pass)
{
    std::string text = fmt::format("\n## {}: {}\n\n| operator | time | share | bound |\n|---|---|---|---|\n", title, display(pass.time));
    for (const OperatorBar& bar : breakdown(pass).bars) {
        text += fmt::format("| {} | {} | {:.1f} % | {} |\n", bar.name, display(bar.time), 100 * bar.share, bar.bound);
    }
    return text;
}

std::string comparison_table(const SessionState& state, const Prediction& prediction)
{
    if (state.pinned.empty()) {
        return {};
    }
    const Comparison all = comparison(state, prediction);
    std::string text = "\n## Comparison\n\n| |";
    std::string rule = "\n|---|";
    for (const std::string& name : all.names) {
        text += " " + name + " |";
        rule += "---|";
    }
    text += rule + "\n";
    for (const ComparedFigure& figure : all.figures) {
        text += "| " + figure.name + " |";
        for (std::size_t i = 0; i < figure.values.size(); ++i) {
            text += " " + figure.values[i] + (figure.deltas[i].empty() ? "" : " (" + figure.deltas[i] + ")") + " |";
        }
        text += "\n";
    }
    return text;
}

}  // namespace

std::string markdown_report(const SessionState& state, const Prediction& p)
{
    const Scenario& s = state.scenario;
    std::string text = fmt::format("# {} on {}\n\n{}, {}, {}, KV cache {}; prompt {}, answer {} tokens, context {}, batch {}\n\n",
                                   s.arch.name.empty() ? "A model" : s.arch.name, s.device.name, word(s.backend), word(s.engine),
                                   s.precision.weights.name, slimline::info(s.precision.kv_cache).name, p.workload.prompt_tokens,
                                   p.workload.generated_tokens, p.workload.context, p.workload.batch);
    text += answer_table(p);
    text += "\n## Why\n\n" + why(s, p, std::strtod(state.view.values.contains("why.target") ? state.view.values.at("why.target").c_str() : "0", nullptr)).paragraph + "\n";
    text += pass_table("Time to first token", p.prefill) + pass_table("Time a token", p.decode) + comparison_table(state, p);
    for (const std::string& note : p.notes) {
        text += "\nNote: " + note + "\n";
    }
    return text + "\n## The same numbers\n\n```sh\n" + copied_command(s, state.calibration_choice, command_folder()).text() + " --json\n```\n";
}

}  // namespace slimline::gui
