#include "validation/probe.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "hwmodels/device_json.h"
#include "validation/backends/own_cores.h"
#include "validation/core_groups.h"
#include "validation/kernels/product_rate.h"
#include "validation/kernels/kernel_table.h"
#include "validation/kernels/read_bandwidth.h"

namespace slimline {

namespace fs = std::filesystem;

namespace {

/// A file of /proc or /sys: small, and "" where there is none.
std::string text_of(const fs::path& path)
{
    std::ifstream in(path);
    std::string text(std::size_t(1) << 20, '\0');
    in.read(text.data(), std::streamsize(text.size()));
    text.resize(std::size_t(in.gcount()));
    return text;
}

std::string first_line(const System& system, const std::string& path)
{
    const std::string text = system.text(path);
    return text.substr(0, text.find('\n'));
}

/// "key : value" lines of the first processor.
std::map<std::string, std::string> first_processor(const System& system)
{
    std::map<std::string, std::string> values;
    std::istringstream lines(system.text("/proc/cpuinfo"));
    for (std::string line; std::getline(lines, line) && !(line.empty() && !values.empty());) {
        const std::size_t colon = line.find(':');
        if (colon != std::string::npos) {
            std::string key = line.substr(0, colon);
            key.erase(key.find_last_not_of(" \t") + 1);
            values[key] = colon + 2 < line.size() ? line.substr(colon + 2) : "";
        }
    }
    return values;
}

/// "96K", "4M" in bytes; 0 for anything else.
double size_in_bytes(const std::string& text)
{
    double number = 0;
    if (text.size() < 2 || !parse_number(text.substr(0, text.size() - 1), number)) {
        return 0;
    }
    return number * (text.back() == 'K' ? KiB : text.back() == 'M' ? MiB : text.back() == 'G' ? GiB : 0);
}

struct FoundCache {
    int level = 0;
    double bytes = 0;  // of all of them together
};

/// Data caches of all processors, each shared one once.
std::vector<FoundCache> find_caches(const System& system)
{
    constexpr int most_cores = 1024;
    const auto meant = [&](int cpu) { return system.only.empty() || std::ranges::find(system.only, cpu) != system.only.end(); };
    std::map<int, double> bytes;
    std::set<std::string> seen;
    for (int cpu = 0; cpu < most_cores; ++cpu) {
        if (!meant(cpu)) {
            continue;
        }
        bool tells = false;
        for (int index = 0; index < 8; ++index) {
            const std::string cache = fmt::format("/sys/devices/system/cpu/cpu{}/cache/index{}/", cpu, index);
            const std::string type = first_line(system, cache + "type");
            if (type.empty()) {
                continue;
            }
            tells = true;
            const std::string level = first_line(system, cache + "level");
            const std::string shared = level + " " + first_line(system, cache + "shared_cpu_list");
            double number = 0;
            if ((type == "Data" || type == "Unified") && parse_number(level, number) && seen.insert(shared).second) {
                bytes[int(number)] += size_in_bytes(first_line(system, cache + "size"));
            }
        }
        if (!tells && cpu >= system.cores && system.only.empty()) {
            break;
        }
    }
    std::vector<FoundCache> caches;
    for (const auto& [level, size] : bytes) {
        if (size > 0) {
            caches.push_back({level, size});
        }
    }
    return caches;
}

double memory_bytes(const System& system)
{
    std::istringstream lines(system.text("/proc/meminfo"));
    for (std::string line; std::getline(lines, line);) {
        double kib = 0;
        std::istringstream words(line);
        std::string key;
        if (words >> key >> kib && key == "MemTotal:") {
            return kib * KiB;
        }
    }
    return 0;
}

bool has_word(const std::string& flags, std::string_view word)
{
    return (" " + flags + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

/// 8-bit multiply-accumulates of one core in a cycle, by the widest instruction set that is there: two ports of vectors.
double int8_macs_per_cycle(const std::string& flags)
{
    const auto has = [&](std::string_view word) { return has_word(flags, word); };
    if (has("avx512_vnni")) {
        return 128;
    }
    if (has("avx_vnni")) {
        return 64;
    }
    if (has("avx2")) {
        return 32;
    }
    return has("i8mm") ? 64 : has("asimddp") ? 32 : 16;
}

double clock_hz(const System& system, const std::map<std::string, std::string>& processor)
{
    double number = 0;
    if (parse_number(first_line(system, "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"), number) && number > 0) {
        return number * kilo;
    }
    const auto found = processor.find("cpu MHz");
    return found != processor.end() && parse_number(found->second, number) && number > 0 ? number * mega : 2e9;
}

std::vector<BandwidthPoint> measured_bandwidth(const System& system, const Watcher& watcher)
{
    std::vector<BandwidthPoint> points;
    const std::vector<double> sizes{1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 512};
    for (const double mib : sizes) {
        if (watcher.cancelled()) {
            break;
        }
        watcher.progress(fmt::format("reading {} MiB with {} threads", mib, system.cores), double(points.size()) / double(sizes.size()));
        points.push_back({{mib * MiB}, {system.read_bandwidth(mib * MiB, system.cores)}});
    }
    return points;
}

std::string processor_flags(const std::map<std::string, std::string>& processor)
{
    return processor.contains("flags") ? processor.at("flags") : processor.contains("Features") ? processor.at("Features") : "";
}

}  // namespace

System this_system(const SystemFolders& folders)
{
    System system;
    system.cores = std::max(1, int(std::thread::hardware_concurrency()));
    system.only = own_cores_if_special();
    system.cores = system.only.empty() ? system.cores : int(system.only.size());
    system.kernels = kernels::best_kernels().name;
    system.text = [folders](const std::string& path) {
        return path.starts_with("/proc/") ? text_of(folders.proc / path.substr(6))
               : path.starts_with("/sys/") ? text_of(folders.sys / path.substr(5))
                                           : std::string();
    };
    system.read_bandwidth = [](double bytes, int threads) {
        kernels::ThreadTeam team(threads);
        return kernels::read_bandwidth(team, std::size_t(bytes));
    };
    system.read_bandwidth_on = [](double bytes, const std::vector<int>& cores) {
        kernels::ThreadTeam team(cores);
        return kernels::read_bandwidth(team, std::size_t(bytes));
    };
    system.products_on = [](const std::vector<int>& cores) {
        kernels::ThreadTeam team(cores);
        return kernels::product_rate(team);
    };
    return system;
}

std::vector<InstructionSet> instruction_sets(const System& system)
{
    constexpr std::pair<std::string_view, InstructionSet> words[] = {{"avx2", InstructionSet::avx2},
                                                                     {"avx512f", InstructionSet::avx512},
                                                                     {"asimddp", InstructionSet::dotprod},
                                                                     {"i8mm", InstructionSet::i8mm}};
    const std::string flags = processor_flags(first_processor(system));
    std::vector<InstructionSet> sets;
    for (const auto& [word, set] : words) {
        if (has_word(flags, word)) {
            sets.push_back(set);
        }
    }
    return sets;
}

Device probe_device(const System& system, const Watcher& watcher)
{
    const auto processor = first_processor(system);
    const auto value = [&](const char* key) {
        const auto found = processor.find(key);
        return found == processor.end() ? std::string() : printable(found->second, 80);
    };
    const int cores = system.cores;
    const std::string model = value("model name").empty() ? "this machine's processor" : value("model name");
    const std::string flags = processor_flags(processor);
    Device device;
    device.id = "local";
    device.name = (system.name.empty() ? model : system.name) + (system.only.empty() ? "" : ", cores " + core_list(system.only));
    device.soc = model;
    device.device_class = "custom";
    device.memory.kind = "unknown";
    device.memory.capacity = {std::max(memory_bytes(system), 64 * MiB)};
    Backend cpu{.kind = BackendKind::cpu, .name = model, .interfaces = {"cpu"}};
    for (const CoreGroup& group : core_groups(system)) {
        const std::string number = std::to_string(cpu.clusters.size());
        cpu.clusters.push_back({.name = group.cores.size() == std::size_t(cores) ? "core" : "cores " + core_list(group.cores),
                                .cores = int(group.cores.size()),
                                .clock_hz = group.clock_hz > 0 ? group.clock_hz : clock_hz(system, processor),
                                .int8_macs_per_cycle = int8_macs_per_cycle(flags)});
        device.unverified.push_back("/backends/0/clusters/" + number + "/clock_GHz");
        device.unverified.push_back("/backends/0/clusters/" + number + "/int8_MACs_per_cycle");
    }
    for (const FoundCache& cache : find_caches(system)) {
        cpu.caches.push_back({.name = "L" + std::to_string(cache.level), .size = {cache.bytes}});
    }
    cpu.instruction_sets = instruction_sets(system);
    cpu.bandwidth_by_working_set = measured_bandwidth(system, watcher);
    device.memory.bandwidth =
        cpu.bandwidth_by_working_set.empty() ? BytesPerSecond{10e9} : cpu.bandwidth_by_working_set.back().bandwidth;
    device.backends = {cpu};
    device.unverified.insert(device.unverified.begin(), "/memory/kind");
    device.sources = {{.origin = "measurement",
                       .title = "slimline device probe",
                       .reference = "bandwidths: best of 20 reads by all cores; cores, caches, memory: operating system"}};
    device.note = "memory bandwidth is what all cores read together; kernels: " + system.kernels;
    return device;
}

fs::path user_device_file(const std::string& id)
{
    return user_folder() / "devices" / (id + ".json");
}

Device local_device(const Watcher& watcher)
{
    const fs::path file = user_device_file("local");
    std::error_code error;
    if (!fs::exists(file, error)) {
        write_file(file, pretty(to_json(probe_device(this_system(), watcher))));
    }
    return load_device(file.string());
}

}  // namespace slimline
