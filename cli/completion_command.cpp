#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command_table.h"

namespace slimline {

namespace {

struct CompletionOptions {
    std::string shell;
};

OptionList declare(CompletionOptions& o)
{
    return {{.name = "SHELL",
             .help = "bash, zsh or fish",
             .target = &o.shell,
             .required = true,
             .choices = {"bash", "zsh", "fish"}}};
}

std::string command_words()
{
    std::vector<std::string> names;
    for (const Command& command : commands()) {
        names.push_back(command.name);
    }
    return joined(names, " ");
}

std::string flags_of(const OptionList& options)
{
    std::vector<std::string> names{"--help"};
    for (const Option& option : options) {
        if (!option.positional()) {
            names.push_back(option.name);
        }
    }
    return joined(names, " ");
}

/// What completes an option's value, in bash: fixed words, ids asked of the program, file names.
std::string bash_values(const Option& option)
{
    std::string words = joined(option.choices, " ");
    if (!option.ids_of.empty()) {
        words += "$(slimline list " + option.ids_of + " --ids 2>/dev/null)";
    }
    return fmt::format("COMPREPLY=($(compgen {}-W \"{}\" -- \"$cur\"))", option.takes_file ? "-f " : "", words);
}

/// One branch a command: the values of the option before the cursor, else its positional words and flags.
std::string bash_command(const Command& command)
{
    const OwnedOptions options = command.options();
    std::string text = "    " + command.name + ")\n      case \"$prev\" in\n";
    std::string here = fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", flags_of(options.list));
    for (const Option& option : options.list) {
        if (option.positional()) {
            here = "if [[ $cur == -* ]]; then " + here + "; else " + bash_values(option) + "; fi";
        } else if (!option.is_switch()) {
            text += "        " + option.name + ") " + bash_values(option) + " ;;\n";
        }
    }
    return text + "        *) " + here + " ;;\n      esac ;;\n";
}

std::string bash_script()
{
    std::string text =
        "# slimline completion; for bash: eval \"$(slimline completion bash)\"\n"
        "_slimline() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
        "  COMPREPLY=()\n"
        "  if [ \"$COMP_CWORD\" = 1 ]; then\n";
    text += fmt::format("    COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$cur\"))\n    return\n  fi\n",
                        command_words());
    text += "  case \"${COMP_WORDS[1]}\" in\n";
    for (const Command& command : commands()) {
        text += bash_command(command);
    }
    return text + "  esac\n}\ncomplete -F _slimline slimline\n";
}

/// zsh runs the bash function through its own emulation.
std::string zsh_script()
{
    return "# slimline completion; for zsh: eval \"$(slimline completion zsh)\"\n"
           "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
           bash_script();
}

std::string quoted(std::string text)
{
    for (std::size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 2)) {
        text.replace(at, 1, "\\'");
    }
    return "'" + text + "'";
}

std::string fish_option(const std::string& command, const Option& option)
{
    std::string line = "complete -c slimline -n '__fish_seen_subcommand_from " + command + "'";
    if (!option.positional()) {
        line += " -l " + option.name.substr(2) + " -d " + quoted(option.help);
    }
    if (!option.is_switch()) {
        line += option.takes_file ? " -F" : " -f";
        line += option.positional() ? "" : " -r";
        std::string words = joined(option.choices, " ");
        words += option.ids_of.empty() ? "" : "(slimline list " + option.ids_of + " --ids)";
        line += words.empty() ? "" : " -a " + quoted(words);
    }
    return line + "\n";
}

std::string fish_script()
{
    std::string text = "# slimline completion; for fish: slimline completion fish | source\n";
    for (const Command& command : commands()) {
        text += "complete -c slimline -n __fish_use_subcommand -f -a " + command.name + " -d " +
                quoted(command.summary) + "\n";
        for (const Option& option : command.options().list) {
            text += fish_option(command.name, option);
        }
    }
    return text;
}

int work(const CompletionOptions& o, Console& console)
{
    console.out << (o.shell == "bash" ? bash_script() : o.shell == "zsh" ? zsh_script() : fish_script());
    return 0;
}

}  // namespace

Command completion_command()
{
    return make_command<CompletionOptions>("completion",
                                           "completion of commands, options and ids for bash, zsh or fish",
                                           {"completion bash"}, declare, work);
}

}  // namespace slimline
