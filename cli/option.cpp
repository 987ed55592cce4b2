// The only file that sees CLI11: it costs six seconds to compile.
#include "cli/option.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "base/text.h"
#include "cli/console.h"

namespace slimline {

namespace {

std::string place_of(const Option& option)
{
    return option.positional() ? option.name : "option " + option.name;
}

int whole_number(const Option& option, const std::string& text)
{
    long long value = 0;
    if (!parse_integer(text, value) || value < option.least || value > option.most) {
        throw InputError(place_of(option), fmt::format("must be a whole number between {} and {}, not '{}'",
                                                       option.least, option.most, printable(text)));
    }
    return int(value);
}

const std::string& one_of_choices(const Option& option, const std::string& text)
{
    const bool known = option.choices.empty() || (option.or_path && text.find('/') != std::string::npos) ||
                       std::ranges::find(option.choices, text) != option.choices.end();
    if (!known) {
        throw InputError(place_of(option), "unknown word '" + printable(text) + "'",
                         did_you_mean(text, option.choices));
    }
    return text;
}

struct Store {
    const Option& option;
    const std::vector<std::string>& values;  // as given on the command line

    void operator()(bool* target) const { *target = true; }
    void operator()(int* target) const { *target = whole_number(option, last()); }
    void operator()(std::string* target) const
    {
        if (last().empty()) {
            throw InputError(place_of(option), "is empty", "give a value, or leave it out");
        }
        *target = one_of_choices(option, last());
    }
    void operator()(std::vector<std::string>* target) const
    {
        target->clear();
        for (const std::string& value : values) {
            target->push_back(one_of_choices(option, value));
        }
    }

 private:
    const std::string& last() const
    {
        if (values.size() > 1) {
            throw InputError(place_of(option), "is given more than once", "give it once");
        }
        return values.back();
    }
};

std::vector<std::string> flags(const OptionList& options)
{
    std::vector<std::string> names;
    for (const Option& option : options) {
        if (!option.positional()) {
            names.push_back(option.name);
        }
    }
    return names;
}

[[noreturn]] void refuse_extra(const OptionList& options, const std::string& extra, const std::string& command)
{
    if (!extra.starts_with('-')) {
        throw InputError("", "'" + printable(extra) + "' is one word too many for 'slimline " + command + "'",
                         "see 'slimline " + command + " --help'");
    }
    const std::string name = extra.substr(0, extra.find('='));
    const std::string meant = nearest(name, flags(options));
    throw InputError("", "unknown option '" + printable(name) + "' of 'slimline " + command + "'",
                     meant.empty() ? "see 'slimline " + command + " --help'" : "did you mean '" + meant + "'?");
}

/// What CLI11 would take in silence, or say in its own words.
void check_values(const OptionList& options, Args args)
{
    for (const std::string_view arg : args) {
        const std::size_t equals = arg.find('=');
        if (arg == "--") {
            return;
        }
        if (!arg.starts_with("--") || equals == std::string_view::npos) {
            continue;
        }
        const auto option = std::ranges::find(options, arg.substr(0, equals), &Option::name);
        if (option != options.end() && option->is_switch()) {
            throw InputError(place_of(*option), "takes no value", "give it alone, or leave it out");
        }
        if (option != options.end() && equals + 1 == arg.size()) {
            throw InputError(place_of(*option), "has no value behind '='", "write " + option->name + "=" + option->value_name);
        }
    }
}

CLI::Option* declare(CLI::App& app, const Option& option, std::vector<std::string>& values, bool& seen)
{
    if (option.is_switch()) {
        return app.add_flag(option.name, seen);
    }
    CLI::Option* declared = app.add_option(option.name, values);
    if (!option.many()) {
        declared->take_all()->expected(1)->allow_extra_args(false);
    }
    return declared;
}

std::string left_column(const Option& option)
{
    return "  " + option.name + (option.value_name.empty() ? "" : " " + option.value_name) +
           (option.many() ? " ..." : "");
}

/// What holds when the option is not given.
std::string default_text(const Option& option)
{
    if (option.required) {
        return " (required)";
    }
    if (const auto* text = std::get_if<std::string*>(&option.target); text != nullptr && !(**text).empty()) {
        return " [" + **text + "]";
    }
    if (const auto* number = std::get_if<int*>(&option.target); number != nullptr && **number != 0) {
        return fmt::format(" [{}]", **number);
    }
    return "";
}

std::string usage(const std::string& command, const OptionList& options)
{
    std::string line = "slimline " + command;
    for (const Option& option : options) {
        if (option.positional()) {
            line += option.required ? " " + option.name : " [" + option.name + "]";
            line += option.many() ? "..." : "";
        } else if (option.required) {
            line += " " + option.name + " " + option.value_name;
        }
    }
    return line + " [options]";
}

}  // namespace

void parse_options(const OptionList& options, Args args, const std::string& command)
{
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<std::vector<std::string>> values(options.size());
    const auto seen = std::make_unique<bool[]>(options.size());
    std::vector<CLI::Option*> declared;
    for (std::size_t i = 0; i < options.size(); ++i) {
        declared.push_back(declare(app, options[i], values[i], seen[i]));
    }
    check_values(options, args);
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 wants the words last to first
    } catch (const CLI::ParseError& error) {
        throw InputError("", printable(error.what(), 200), "see 'slimline " + command + " --help'");
    }
    if (const std::vector<std::string> extras = app.remaining(); !extras.empty()) {
        refuse_extra(options, extras.front(), command);
    }
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (declared[i]->count() > 0) {
            std::visit(Store{options[i], values[i]}, options[i].target);
        } else if (options[i].required) {
            throw InputError("", options[i].name + " is missing", "see 'slimline " + command + " --help'");
        }
    }
}

std::string help_text(const std::string& command, const std::string& summary, const OptionList& options,
                      std::span<const std::string> examples, int width)
{
    std::size_t indent = 0;
    for (const Option& option : options) {
        indent = std::max(indent, std::min<std::size_t>(left_column(option).size() + 2, 30));
    }
    std::string text = wrapped(summary, 0, std::size_t(width)) + "\n\nusage: " + usage(command, options) + "\n\n";
    for (const Option& option : options) {
        std::string left = left_column(option);
        left += left.size() + 2 > indent ? "\n" + std::string(indent, ' ') : std::string(indent - left.size(), ' ');
        text += left + wrapped(option.help + default_text(option), indent, std::size_t(width)) + "\n";
    }
    if (!examples.empty()) {
        text += "\nexamples:\n";
        for (const std::string& example : examples) {
            text += "  slimline " + example + "\n";
        }
    }
    return text;
}

}  // namespace slimline
