#include "gui/viewmodel/copied_command.h"

#include <algorithm>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "base/random.h"
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
    CopiedCommand command;
    const Json inputs = scenario_json(s);
    auto& words = command.arguments;
    const auto add = [&](const char* option, std::string value) {
        words.emplace_back(option);
        words.push_back(std::move(value));
    };
    words.emplace_back("predict");
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
    return command;
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
