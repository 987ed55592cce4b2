#include "validation/core_groups.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/text.h"
#include "base/units.h"

namespace slimline {

namespace {

constexpr int most_cores = 1024;
constexpr double same_kind = 0.9;

/// The only number of a file of /sys; 0 where there is none.
double number_in(const System& system, const std::string& path)
{
    const std::string text = system.text(path);
    double number = 0;
    return parse_number(text.substr(0, text.find('\n')), number) && number > 0 ? number : 0;
}

struct Core {
    int number = 0;
    double clock_hz = 0;
    double capacity = 0;
};

std::vector<Core> cores_of(const System& system)
{
    std::vector<Core> cores;
    for (int i = 0; i < std::min(system.cores, most_cores); ++i) {
        const std::string folder = fmt::format("/sys/devices/system/cpu/cpu{}/", i);
        cores.push_back({i, number_in(system, folder + "cpufreq/cpuinfo_max_freq") * kilo, number_in(system, folder + "cpu_capacity")});
    }
    return cores;
}

}  // namespace

std::vector<CoreGroup> core_groups(const System& system)
{
    std::vector<Core> cores = cores_of(system);
    const bool capacities = std::ranges::all_of(cores, [](const Core& core) { return core.capacity > 0; });
    const auto speed = [&](const Core& core) { return capacities ? core.capacity : core.clock_hz; };
    const bool told = std::ranges::all_of(cores, [&](const Core& core) { return speed(core) > 0; });
    if (told) {
        std::ranges::stable_sort(cores, std::ranges::greater{}, speed);
    }
    std::vector<CoreGroup> groups;
    double fastest = 0;
    for (const Core& core : cores) {
        if (groups.empty() || (told && speed(core) < same_kind * fastest)) {
            fastest = speed(core);
            groups.push_back({.clock_hz = core.clock_hz, .capacity = core.capacity});
        }
        groups.back().cores.push_back(core.number);
    }
    for (CoreGroup& group : groups) {
        std::ranges::sort(group.cores);
    }
    return groups;
}

std::string core_list(const std::vector<int>& cores)
{
    std::string text;
    for (std::size_t i = 0; i < cores.size();) {
        std::size_t last = i;
        while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) {
            ++last;
        }
        text += (text.empty() ? "" : ",") + std::to_string(cores[i]) + (last > i ? "-" + std::to_string(cores[last]) : "");
        i = last + 1;
    }
    return text;
}

}  // namespace slimline
