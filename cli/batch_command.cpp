#include <algorithm>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command_table.h"

namespace slimline {

namespace {

struct BatchOptions {
    std::string file;
};

OptionList declare(BatchOptions& o)
{
    return {{.name = "FILE",
             .help = "what to run, one after the other (docs/json.md, batch/1)",
             .target = &o.file,
             .required = true,
             .takes_file = true}};
}

/// One run, checked against the options of its command before anything starts.
struct Run {
    std::string name;
    const Command* command = nullptr;
    std::vector<std::string> words;
};

const Command& command_at(const JsonPlace& place, const std::vector<Command>& all)
{
    std::vector<std::string> known;
    for (const Command& each : all) {
        const OwnedOptions options = each.options();
        if (std::ranges::find(options.list, "--json", &Option::name) == options.list.end()) {
            continue;
        }
        if (each.name == place.text()) {
            return each;
        }
        known.push_back(each.name);
    }
    place.fail("there is no command '" + printable(place.text()) + "' that answers in JSON",
               did_you_mean(place.text(), known));
}

std::string word_at(const JsonPlace& place)
{
    if (place.is_text()) {
        return place.text();
    }
    if (place.is_number()) {
        return place.value().dump();
    }
    place.fail("an option's value is a text, a number, true, or a list of texts and numbers");
}

void append_option(std::vector<std::string>& words, const Option& option, const JsonPlace& value)
{
    if (option.is_switch()) {
        if (value.boolean()) {
            words.push_back(option.name);
        }
        return;
    }
    const std::vector<JsonPlace> items = value.is_array() ? value.items() : std::vector<JsonPlace>{value};
    if (items.size() > 1 && !option.many()) {
        value.fail(option.name + " takes one value", "give one, or a run for each");
    }
    for (const JsonPlace& item : items) {
        if (!option.positional()) {
            words.push_back(option.name);
        }
        words.push_back(word_at(item));
    }
}

/// Members of a run, or of what stands for all runs where they say nothing.
std::vector<std::pair<std::string, JsonPlace>> settings(const JsonPlace& run, const std::optional<JsonPlace>& defaults,
                                                        const OptionList& options)
{
    std::vector<std::pair<std::string, JsonPlace>> all = run.members();
    if (defaults) {
        for (const auto& [key, value] : defaults->members()) {
            const bool meant = std::ranges::find(options, "--" + key, &Option::name) != options.end();
            if (meant && !run.value().contains(key)) {
                all.emplace_back(key, value);
            }
        }
    }
    return all;
}

Run read_run(const JsonPlace& place, const std::optional<JsonPlace>& defaults, const std::vector<Command>& all)
{
    JsonObject o(place);
    Run run;
    run.command = &command_at(o.at("command"), all);
    run.name = o.text_or("name", run.command->name);
    run.words = {run.command->name};
    const OwnedOptions options = run.command->options();
    std::vector<std::string> known;
    for (const Option& option : options.list) {
        known.push_back(option.positional() ? option.name : option.name.substr(2));
    }
    for (const auto& [key, value] : settings(place, defaults, options.list)) {
        if (key == "command" || key == "name") {
            continue;
        }
        const auto found = std::ranges::find(known, key);
        if (found == known.end()) {
            value.fail("'" + run.command->name + "' has no option '" + printable(key) + "'", did_you_mean(key, known));
        }
        append_option(run.words, options.list[std::size_t(found - known.begin())], value);
    }
    if (std::ranges::find(run.words, "--json") == run.words.end()) {
        run.words.push_back("--json");
    }
    return run;
}

std::vector<Run> read_batch(const JsonPlace& place, const std::vector<Command>& all)
{
    JsonObject o(place);
    o.ignore("$schema");
    expect_format(o, "batch/1");
    o.ignore("note");
    const auto defaults = o.find("defaults");
    std::vector<Run> runs;
    for (const JsonPlace& each : o.at("runs").items()) {
        runs.push_back(read_run(each, defaults, all));
    }
    o.done();
    return runs;
}

Json answer_of(const Run& run, Console& console, int& code)
{
    std::ostringstream out;
    Console own{out, console.err, console.width, false};
    Json row{{"name", run.name}, {"command", run.command->name}};
    try {
        const std::vector<std::string_view> words(run.words.begin() + 1, run.words.end());
        const int ended = run.command->run(words, own);
        code = std::max(code, ended);
        row["exit_code"] = ended;
        row["answer"] = Json::parse(out.str());
    } catch (const InputError& error) {
        code = 2;
        row["exit_code"] = 2;
        row["error"] = error.what();
    }
    return row;
}

int work(const BatchOptions& o, Console& console)
{
    const std::vector<Command> all = commands();
    const JsonDocument document = load_json(o.file);
    const std::vector<Run> runs = read_batch(JsonPlace(document), all);
    int code = 0;
    Json results = Json::array();
    for (std::size_t i = 0; i < runs.size(); ++i) {
        console.err << fmt::format("{} of {}: {}\n", i + 1, runs.size(), runs[i].name);
        results.push_back(answer_of(runs[i], console, code));
        if (code == 130) {
            break;
        }
    }
    console.out << pretty(
        {{"format", "batch_result/1"}, {"complete", results.size() == runs.size()}, {"results", results}});
    return code;
}

}  // namespace

Command batch_command()
{
    return make_command<BatchOptions>("batch",
                                      "runs a list of commands from a JSON file and answers with all their JSON",
                                      {"batch examples/06-what-it-would-take.json"}, declare, work);
}

}  // namespace slimline
