#include "cli/run.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/version.h"

namespace slimline {

namespace {

constexpr int internal_error = 1;
constexpr int unusable_input = 2;

void write_overview(Console& console, const std::vector<Command>& table)
{
    console.out
        << "slimline predicts how fast a small language model runs on a device, how much memory and energy it takes,\n"
           "and says why.\n\nusage: slimline COMMAND [options]\n\n";
    for (const Command& command : table) {
        console.out << fmt::format("  {}{:{}}{}\n", styled(console, Style::bold, command.name), "",
                                   13 - command.name.size(), command.summary);
    }
    console.out << "\n'slimline COMMAND --help' says what a command takes; 'slimline --version' which version this "
                   "is.\n\nexamples:\n";
    for (const Command& command : table) {
        if (!command.examples.empty()) {
            console.out << "  slimline " << command.examples.front() << "\n";
        }
    }
}

const Command& find_command(const std::vector<Command>& table, std::string_view name)
{
    const auto found = std::ranges::find(table, name, &Command::name);
    if (found != table.end()) {
        return *found;
    }
    std::vector<std::string> names;
    for (const Command& command : table) {
        names.push_back(command.name);
    }
    const bool option = name.starts_with('-');
    throw InputError("", (option ? "unknown option '" : "no command '") + printable(name) + "'",
                     option ? "see 'slimline --help'" : did_you_mean(name, names));
}

bool asks_for_help(Args args)
{
    return std::ranges::any_of(args, [](std::string_view arg) { return arg == "--help" || arg == "-h"; });
}

int dispatch(Args args, Console& console)
{
    const std::vector<Command> table = commands();
    if (args.empty() || args[0] == "--help" || args[0] == "-h" || (args[0] == "help" && args.size() == 1)) {
        write_overview(console, table);
        return args.empty() ? unusable_input : 0;
    }
    if (args[0] == "--version") {
        console.out << "slimline " << program_version << "\n";
        return 0;
    }
    if (args[0] == "help") {
        console.out << find_command(table, args[1]).help(console.width);
        return 0;
    }
    const Command& command = find_command(table, args[0]);
    if (asks_for_help(args.subspan(1))) {
        console.out << command.help(console.width);
        return 0;
    }
    return command.run(args.subspan(1), console);
}

/// A message is one line, whatever a file name or a library put into it.
std::string one_line(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(text, '\r', ' ');
    return text;
}

}  // namespace

int run(Args args, Console console)
{
    try {
        const int code = dispatch(args, console);
        console.out.flush();
        if (!console.out) {
            throw InputError("standard output", "cannot be written", "check where it goes to");
        }
        return code;
    } catch (const InputError& error) {
        console.err << "slimline: " << one_line(error.what()) << "\n";
        return unusable_input;
    } catch (const std::exception& error) {
        console.err << "slimline: internal error: " << one_line(error.what())
                    << " (please report it, with the command)\n";
        return internal_error;
    }
}

}  // namespace slimline
