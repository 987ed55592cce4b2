#include "validation/core_groups.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/text.h"
#include "base/units.h"
#include "validation/kernels/core_speed.h"

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
    kernels::CoreSpeed told{};
    double speed = 0;  // that compares with the others'; 0: nothing told
};

std::vector<Core> told_cores(const System& system)
{
    std::vector<Core> cores;
    for (const int i : cores_of(system)) {
        const std::string folder = fmt::format("/sys/devices/system/cpu/cpu{}/", i);
        cores.push_back({i,
                         {number_in(system, folder + "cpu_capacity"),
                          number_in(system, folder + "cpufreq/cpuinfo_max_freq") * kilo}});
    }
    std::vector<kernels::CoreSpeed> told(cores.size());
    std::ranges::transform(cores, told.begin(), &Core::told);
    const std::vector<double> speeds = kernels::comparable_speeds(told);
    for (std::size_t i = 0; i < speeds.size(); ++i) {
        cores[i].speed = speeds[i];
    }
    return cores;
}

}  // namespace

std::vector<int> cores_of(const System& system)
{
    if (!system.only.empty()) {
        return system.only;
    }
    std::vector<int> all(std::size_t(std::clamp(system.cores, 0, most_cores)));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

std::vector<CoreGroup> core_groups(const System& system)
{
    std::vector<Core> cores = told_cores(system);
    std::ranges::stable_sort(cores, std::ranges::greater{}, &Core::speed);
    std::vector<CoreGroup> groups;
    double fastest = 0;
    for (const Core& core : cores) {
        if (groups.empty() || core.speed < same_kind * fastest) {
            fastest = core.speed;
            groups.push_back({.clock_hz = core.told.clock_hz, .capacity = core.told.capacity});
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
        text +=
            (text.empty() ? "" : ",") + std::to_string(cores[i]) + (last > i ? "-" + std::to_string(cores[last]) : "");
        i = last + 1;
    }
    return text;
}

}  // namespace slimline
