#include "validation/backends/own_cores.h"

#include <algorithm>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr long long most_core = CPU_SETSIZE - 1;

cpu_set_t& cores_of_this_process()
{
    static cpu_set_t cores = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        ::sched_getaffinity(0, sizeof set, &set);
        return set;
    }();
    return cores;
}

// Asked at the start, before a team of threads pins somebody.
[[maybe_unused]] const cpu_set_t& asked_early = cores_of_this_process();

}  // namespace

std::vector<int> core_numbers(const std::string& text)
{
    std::vector<int> cores;
    for (const std::string& part : split(text, ',')) {
        const std::vector<std::string> ends = split(part, '-');
        long long first = 0;
        long long last = 0;
        if (ends.size() > 2 || !parse_integer(ends.front(), first) || !parse_integer(ends.back(), last) || first < 0 || last < first ||
            last > most_core) {
            throw InputError("", "'" + printable(text) + "' is no list of cores", "write 4-7 or 0-3,6");
        }
        for (long long core = first; core <= last; ++core) {
            cores.push_back(int(core));
        }
    }
    std::ranges::sort(cores);
    cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
    return cores;
}

void keep_to_cores(const std::vector<int>& cores)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) {
        if (!CPU_ISSET(core, &own_cores())) {
            throw InputError("core " + std::to_string(core), "is none that may be used here");
        }
        CPU_SET(core, &set);
    }
    if (::sched_setaffinity(0, sizeof set, &set) != 0) {
        throw InputError("cores", "the system does not let a program choose its cores");
    }
    cores_of_this_process() = set;
}

const cpu_set_t& own_cores()
{
    return cores_of_this_process();
}

std::vector<int> own_cores_if_special()
{
    std::vector<int> cores;
    for (int core = 0; core <= most_core; ++core) {
        if (CPU_ISSET(core, &own_cores())) {
            cores.push_back(core);
        }
    }
    return cores.empty() || cores.back() + 1 == int(cores.size()) ? std::vector<int>{} : cores;
}

}  // namespace slimline
