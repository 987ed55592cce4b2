#pragma once

#include <fmt/format.h>
#include <cstdlib>

namespace slimline {

/// As files hold fitted numbers.
inline double six_digits(double number)
{
    return std::strtod(fmt::format("{:.6g}", number).c_str(), nullptr);
}

}  // namespace slimline
