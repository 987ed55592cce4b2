#include "gui/viewmodel/copied_command.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "base/random.h"
#include "explorer/lever.h"
#include "gui/viewmodel/curve_charts.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/session_json.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"

namespace slimline::gui {

namespace {

constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+@%";

std::string quoted(const std::string& word)
{
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
        return word;
    }
    std::string safe = "'";
    for (const char c : word) {
        c == '\'' ? safe += "'\\''" : safe += c;
    }
    return safe + "'";
}

/// The path of a file that is to be written; its name follows from its content.
std::string written(std::string content, const char* kind, const std::filesystem::path& folder, CopiedCommand& command)
{
    const std::filesystem::path path = folder / fmt::format("{}-{:016x}.json", kind, seed_of(0, content));
    command.files.emplace_back(path, std::move(content));
    return path.string();
}

/// The id, or the path of a file that is to be written.
std::string named(const Json& reference, const char* kind, const std::filesystem::path& folder, CopiedCommand& command)
{
    if (reference.is_string()) {
        return reference.get<std::string>();
    }
    return written(pretty(reference), kind, folder, command);
}

/// The words of "predict" and its like: model, device, formats, workload.
std::vector<std::string> scenario_words(const Scenario& s, const std::string& calibration_choice, const std::filesystem::path& folder,
                                        CopiedCommand& command)
{
    const Json inputs = scenario_json(s);
    std::vector<std::string> words;
    const auto add = [&](const char* option, std::string value) {
        words.emplace_back(option);
        words.push_back(std::move(value));
    };
    add("--arch", named(inputs["architecture"], "architecture", folder, command));
    add("--device", named(inputs["device"], "device", folder, command));
    add("--backend", std::string(word(s.backend)));
    add("--quant", s.precision.weights.name);
    const Workload defaults;
    const Workload& w = s.workload;
    const auto add_number = [&](const char* option, int value, int fallback) {
        value != fallback ? add(option, std::to_string(value)) : void();
    };
    if (s.precision.kv_cache != Format::f16) {
        add("--kv", std::string(slimline::info(s.precision.kv_cache).name));
    }
    add_number("--prompt", w.prompt_tokens, defaults.prompt_tokens);
    add_number("--generate", w.generated_tokens, defaults.generated_tokens);
    add_number("--context", w.context, defaults.context);
    add_number("--batch", w.batch, defaults.batch);
    add_number("--threads", w.threads, defaults.threads);
    add_number("--ubatch", w.ubatch, defaults.ubatch);
    if (!w.flash_attention) {
        add("--flash-attention", "off");
    }
    if (s.engine != Engine::llama_cpp) {
        add("--engine", std::string(word(s.engine)));
    }
    if (!calibration_choice.empty()) {
        add("--calibration", calibration_choice);
    }
    return words;
}

/// The present design and those pinned, each with the calibration to name.
std::vector<std::pair<Scenario, std::string>> designs_of(const SessionState& state)
{
    std::vector<std::pair<Scenario, std::string>> all{{state.scenario, state.calibration_choice}};
    for (const PinnedDesign& pin : state.pinned) {
        all.emplace_back(pin.scenario, pin.calibration_choice);
    }
    return all;
}

std::string value_of_option(const std::vector<std::string>& words, const std::string& option)
{
    const auto found = std::ranges::find(words, option);
    return found == words.end() ? std::string{} : *std::next(found);
}

/// Words without those of model, device and weight format.
std::vector<std::string> how_it_is_run(const std::vector<std::string>& words)
{
    std::vector<std::string> rest;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        if (words[i] != "--arch" && words[i] != "--device" && words[i] != "--quant") {
            rest.insert(rest.end(), {words[i], words[i + 1]});
        }
    }
    return rest;
}

/// The designs as "compare" lists them, models first, or nothing.
std::optional<std::vector<std::string>> as_product(const std::vector<std::vector<std::string>>& designs)
{
    std::vector<std::string> words{"compare"};
    std::vector<std::vector<std::string>> lists;
    for (const char* option : {"--arch", "--device", "--quant"}) {
        std::vector<std::string>& list = lists.emplace_back();
        for (const auto& each : designs) {
            const std::string value = value_of_option(each, option);
            if (std::ranges::find(list, value) == list.end()) {
                list.push_back(value);
                words.insert(words.end(), {option, value});
            }
        }
    }
    std::size_t i = 0;
    for (const std::string& arch : lists[0]) {
        for (const std::string& device : lists[1]) {
            for (const std::string& quant : lists[2]) {
                const bool same = i < designs.size() && value_of_option(designs[i], "--arch") == arch && value_of_option(designs[i], "--device") == device &&
                                  value_of_option(designs[i], "--quant") == quant && how_it_is_run(designs[i]) == how_it_is_run(designs[0]);
                if (!same) {
                    return std::nullopt;
                }
                ++i;
            }
        }
    }
    const std::vector<std::string> run = how_it_is_run(designs[0]);
    words.insert(words.end(), run.begin(), run.end());
    return i == designs.size() ? std::optional(words) : std::nullopt;
}

/// A run of a batch/1 document.
Json run_of(const std::string& name, const char* what, const std::vector<std::string>& words)
{
    Json run{{"name", name}, {"command", what}};
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        run[words[i].substr(2)] = words[i + 1];
    }
    return run;
}

CopiedCommand batch_of(Json runs, const std::filesystem::path& folder, CopiedCommand command)
{
    const Json document{{"format", "batch/1"}, {"runs", std::move(runs)}};
    command.arguments = {"batch", written(pretty(document), "batch", folder, command)};
    return command;
}

std::string title_of(const SessionState& state, std::size_t index)
{
    return index == 0 ? "present" : state.pinned[index - 1].name;
}

}  // namespace

std::string CopiedCommand::text() const
{
    std::string line = "slimline";
    for (const std::string& argument : arguments) {
        line += " " + quoted(argument);
    }
    return line;
}

void CopiedCommand::write_files() const
{
    for (const auto& [path, content] : files) {
        std::error_code error;  // there is none yet
        if (std::filesystem::file_size(path, error) == content.size() && read_file(path) == content) {
            continue;  // to replace a file takes some systems half a second
        }
        std::filesystem::create_directories(path.parent_path());
        write_file(path, content);
    }
}

CopiedCommand copied_command(const Scenario& s, const std::string& calibration_choice, const std::filesystem::path& folder)
{
    CopiedCommand command{{"predict"}, {}};
    for (std::string& word : scenario_words(s, calibration_choice, folder, command)) {
        command.arguments.push_back(std::move(word));
    }
    return command;
}

CopiedCommand copied_explanation(const Scenario& s, const std::string& calibration_choice, const std::filesystem::path& folder)
{
    CopiedCommand command = copied_command(s, calibration_choice, folder);
    command.arguments.front() = "explain";
    return command;
}

CopiedCommand copied_comparison(const SessionState& state, const std::filesystem::path& folder)
{
    CopiedCommand command;
    std::vector<std::vector<std::string>> designs;
    for (const auto& [scenario, calibration] : designs_of(state)) {
        designs.push_back(scenario_words(scenario, calibration, folder, command));
    }
    if (auto words = as_product(designs)) {
        command.arguments = *std::move(words);
        return command;
    }
    Json runs = Json::array();
    for (std::size_t i = 0; i < designs.size(); ++i) {
        runs.push_back(run_of(title_of(state, i), "predict", designs[i]));
    }
    return batch_of(std::move(runs), folder, std::move(command));
}

CopiedCommand copied_curves(const SessionState& state, const std::filesystem::path& folder)
{
    CopiedCommand command;
    Json runs = Json::array();
    const auto designs = designs_of(state);
    const auto add = [&](std::size_t design, Curves curves, const char* title, const char* lever, std::vector<std::string> shown, bool of_context) {
        Scenario s = designs[design].first;
        if (lever == std::string_view("prompt")) {
            s.workload.context = 0;
            s.workload.generated_tokens = of_context ? 2 : s.workload.generated_tokens;  // the second token is the first one behind them
        }
        std::string values;
        // The window's compute is that of 8-bit arithmetic, the command's that of the weights'; both move all.
        const double unit = curves == Curves::compute ? lever_named("compute").value(s) / tera / value_of(Field::compute, s) : 1;
        const Chart chart = curve_chart(state, curves);
        for (const double at : chart.series.front().x) {
            values += fmt::format("{}{}", values.empty() ? "" : ",", at * unit);
        }
        Json run = run_of(fmt::format("{}: {}", title_of(state, design), title), "sweep", scenario_words(s, designs[design].second, folder, command));
        run["over"] = Json::array({fmt::format("{}={}", lever, values)});
        run["show"] = std::move(shown);
        runs.push_back(std::move(run));
    };
    for (std::size_t i = 0; i < designs.size(); ++i) {
        add(i, Curves::prompt, "time to first token against prompt", "prompt", {"ttft_s"}, false);
        add(i, Curves::context, "decode speed against context", "prompt", {"decode_tokens_per_s"}, true);
    }
    add(0, Curves::bandwidth, "speed against bandwidth", "bandwidth", {"ttft_s", "tpot_s"}, false);
    add(0, Curves::compute, "speed against compute", "compute", {"ttft_s", "tpot_s"}, false);
    return batch_of(std::move(runs), folder, std::move(command));
}

std::string search_on(const std::string& search, const Scenario& s, const std::string& calibration_choice)
{
    Json document = parse_json("search", search).root;
    for (const char* key : {"fleet", "across", "hardware", "workloads", "calibration"}) {
        document.erase(key);  // the window looks at one device and workload
    }
    const Json inputs = scenario_json(s);
    for (const char* key : {"device", "backend", "engine", "workload"}) {
        document[key] = inputs[key];
    }
    if (!calibration_choice.empty()) {
        document["calibration"] = calibration_choice;
    }
    return pretty(document);
}

CopiedCommand copied_search(const std::string& search, const Scenario& s, const std::string& calibration_choice,
                            const std::filesystem::path& folder)
{
    CopiedCommand command{{"search"}, {}};
    const std::string path = written(search_on(search, s, calibration_choice), "search", folder, command);
    command.arguments.push_back(path);
    return command;
}

std::filesystem::path command_folder()
{
    return user_folder() / "window" / "commands";
}

}  // namespace slimline::gui
