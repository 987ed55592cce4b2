#pragma once

#include <stdexcept>
#include <string>

namespace slimline {

/// Input that cannot be used: where it stands, what is wrong with it, and what to do about it.
/// Caught once in the program's main and once in the window's job; everything else is a bug.
struct InputError : std::runtime_error {
    InputError(const std::string& place, const std::string& fact, const std::string& remedy = {})
        : std::runtime_error((place.empty() ? "" : place + ": ") + fact + (remedy.empty() ? "" : "; " + remedy))
    {
    }
};

}  // namespace slimline
