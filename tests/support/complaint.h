#pragma once

#include <string>

#include "base/errors.h"

namespace slimline {

/// What an action says about its input, "" when it is content.
template <class Action>
std::string complaint(Action action)
{
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

}  // namespace slimline
