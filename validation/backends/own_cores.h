#pragma once

#include <sched.h>

#include <string>
#include <vector>

namespace slimline {

/// "0-3,6" as numbers, ascending. Throws InputError for anything else.
std::vector<int> core_numbers(const std::string& text);

/// From here on this process and what it starts run on these cores only; to be called before there are threads. Throws
/// InputError for a core that this process may not use.
void keep_to_cores(const std::vector<int>& cores);

/// Those that this process may use: as it was started, or as keep_to_cores says. A caller may be pinned to one of them by now.
const cpu_set_t& own_cores();

/// Their numbers where they are not simply the first ones (a container's, a cluster's); empty: they are.
std::vector<int> own_cores_if_special();

}  // namespace slimline
