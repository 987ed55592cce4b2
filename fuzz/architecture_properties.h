#pragma once

#include <cmath>
#include <cstdlib>
#include <string>

#include "archspace/architecture_json.h"
#include "archspace/weight_mix.h"
#include "base/errors.h"

namespace slimline {

inline void demand(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

/// What must hold of every architecture that a reader accepts: finite counts, and a JSON form that reads back the same.
inline void demand_sound(const Architecture& arch)
{
    const ParameterCount count = parameter_count(arch);
    demand(std::isfinite(count.total) && count.total > 0 && count.active <= count.total);
    demand(std::isfinite(weight_bytes(arch, mix_named("Q4_K_M"))));
    const JsonDocument written = parse_json("round trip", pretty(to_json(arch)));
    demand(read_architecture(JsonPlace(written)) == arch);
}

/// Runs a reader; InputError of one line is its only way out.
template <class Action>
void accept_or_complain(Action action)
{
    try {
        action();
    } catch (const InputError& error) {
        const std::string said = error.what();
        demand(!said.empty() && said.find('\n') == std::string::npos);
    }
}

}  // namespace slimline
