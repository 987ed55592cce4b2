#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slimline {

using Args = std::span<const std::string_view>;

/// Where a command's option goes. A bool is a switch, a vector takes several values, an int has a least and a most.
using OptionTarget = std::variant<bool*, int*, std::string*, std::vector<std::string>*>;

/// One option of a command, or a word that stands for itself when the name has no dashes.
struct Option {
    std::string name{};        // "--arch", or "FILE"
    std::string value_name{};  // "ID|FILE"
    std::string help{};
    OptionTarget target{};
    bool required = false;
    std::vector<std::string> choices{};  // the only words allowed; for completion too
    bool or_path = false;                // besides the choices: what has a '/' in it
    std::string ids_of{};                // completion asks `slimline list <ids_of> --ids`
    bool takes_file = false;             // completion offers file names
    int least = 0;
    int most = 0;

    bool positional() const { return !name.starts_with('-'); }
    bool is_switch() const { return std::holds_alternative<bool*>(target); }
    bool many() const { return std::holds_alternative<std::vector<std::string>*>(target); }
};

using OptionList = std::vector<Option>;

/// Fills the options' targets. Throws InputError for what is unknown (naming the nearest), missing or out of range.
void parse_options(const OptionList& options, Args args, const std::string& command);

/// What `slimline predict --help` prints: a line of usage, the options with what stands when nothing is said, examples.
std::string help_text(const std::string& command, const std::string& summary, const OptionList& options,
                      std::span<const std::string> examples, int width);

}  // namespace slimline
