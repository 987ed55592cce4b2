#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/option.h"

namespace slimline {

/// Options together with the struct that their targets point into.
struct OwnedOptions {
    std::shared_ptr<void> owner;
    OptionList list;
};

/// A row of the table of commands.
struct Command {
    std::string name;
    std::string summary;
    std::vector<std::string> examples;       // without the leading "slimline"
    std::function<int(Args, Console&)> run;  // returns the exit code
    std::function<std::string(int width)> help;
    std::function<OwnedOptions()> options;  // for completion
};

/// A command from a struct of options, a function that names them, and one that does the work.
template <class Options>
Command make_command(std::string name, std::string summary, std::vector<std::string> examples,
                     OptionList (*declare)(Options&), int (*work)(const Options&, Console&))
{
    Command command{std::move(name), std::move(summary), std::move(examples), {}, {}, {}};
    command.run = [name = command.name, declare, work](Args args, Console& console) {
        Options options;
        parse_options(declare(options), args, name);
        return work(options, console);
    };
    command.help = [name = command.name, summary = command.summary, examples = command.examples, declare](int width) {
        Options options;
        return help_text(name, summary, declare(options), examples, width);
    };
    command.options = [declare] {
        const auto options = std::make_shared<Options>();
        return OwnedOptions{options, declare(*options)};
    };
    return command;
}

}  // namespace slimline
