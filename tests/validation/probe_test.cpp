#include "validation/probe.h"

#include <unistd.h>

#include <fstream>

#include <catch2/catch.hpp>

#include "hwmodels/core_count.h"
#include "hwmodels/device_json.h"

using namespace slimline;

namespace fs = std::filesystem;

namespace {

void put(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

/// Nothing is measured: it would only take time.
Watcher impatient()
{
    Watcher watcher;
    watcher.cancelled = [] { return true; };
    return watcher;
}

}  // namespace

TEST_CASE("a machine is what its operating system says", "[validation][probe]")
{
    const fs::path root = fs::temp_directory_path() / ("slimline-probe-" + std::to_string(::getpid()));
    fs::remove_all(root);
    put(root / "proc/cpuinfo", "processor\t: 0\nmodel name\t: Toy 9000\ncpu MHz\t\t: 2500.0\nflags\t\t: sse avx2 avx_vnni\n\nprocessor\t: 1\n");
    put(root / "proc/meminfo", "MemTotal:        4194304 kB\nMemFree: 1 kB\n");
    for (const char* cpu : {"cpu0", "cpu1"}) {
        const fs::path cache = root / "sys/devices/system/cpu" / cpu / "cache";
        put(cache / "index0/type", "Data\n");
        put(cache / "index0/level", "1\n");
        put(cache / "index0/size", "48K\n");
        put(cache / "index0/shared_cpu_list", std::string(cpu) + "\n");
        put(cache / "index3/type", "Unified\n");
        put(cache / "index3/level", "3\n");
        put(cache / "index3/size", "8M\n");
        put(cache / "index3/shared_cpu_list", "0-1\n");
    }
    const Device device = probe_device(this_system({root / "proc", root / "sys"}), impatient());
    CHECK(device.name == "Toy 9000");
    CHECK(device.memory.capacity.value == 4 * GiB);
    const Backend& cpu = device.backends.front();
    CHECK(cpu.clusters.front().clock_hz == 2.5e9);
    CHECK(cpu.clusters.front().int8_macs_per_cycle == 64);
    REQUIRE(cpu.caches.size() == 2);
    CHECK(cpu.caches[0].size.value == 96 * KiB);
    CHECK(cpu.caches[1].size.value == 8 * MiB);
    const JsonDocument document = parse_json("local", pretty(to_json(device)));
    CHECK(read_device(JsonPlace(document)).backends == device.backends);
    fs::remove_all(root);
}

TEST_CASE("cores of two kinds become two clusters, the fastest first", "[validation][probe]")
{
    System system;
    system.cores = 6;
    system.text = [](const std::string& path) {
        const std::string folder = "/sys/devices/system/cpu/cpu";
        if (!path.starts_with(folder) || !path.ends_with("/cpufreq/cpuinfo_max_freq")) {
            return std::string();
        }
        return path[folder.size()] < '4' ? std::string("1800000\n") : std::string("2400000\n");
    };
    const Device device = probe_device(system, impatient());
    const Backend& cpu = device.backends.front();
    REQUIRE(cpu.clusters.size() == 2);
    CHECK(cpu.clusters[0].name == "cores 4-5");
    CHECK(cpu.clusters[0].cores == 2);
    CHECK(cpu.clusters[0].clock_hz == 2.4e9);
    CHECK(cpu.clusters[1].name == "cores 0-3");
    CHECK(core_count(cpu) == 6);
    const JsonDocument document = parse_json("local", pretty(to_json(device)));
    CHECK(read_device(JsonPlace(document)).backends == device.backends);
}

TEST_CASE("a machine that tells nothing still becomes a device that can be read", "[validation][probe]")
{
    const Device device = probe_device(this_system({"/nonexistent", "/nonexistent"}), impatient());
    const JsonDocument document = parse_json("local", pretty(to_json(device)));
    CHECK(read_device(JsonPlace(document)).id == "local");
}

TEST_CASE("instruction sets are told by the words that the system has for them", "[validation][probe]")
{
    const auto sets = [](const std::string& line) {
        System system;
        system.text = [&](const std::string& path) { return path == "/proc/cpuinfo" ? "processor\t: 0\n" + line + "\n" : std::string(); };
        return instruction_sets(system);
    };
    using enum InstructionSet;
    CHECK(sets("flags\t\t: fpu avx avx2 avx512f avx512_vnni") == std::vector{avx2, avx512});
    CHECK(sets("Features\t: fp asimd asimddp i8mm sve") == std::vector{dotprod, i8mm});
    CHECK(sets("Features\t: fp asimd").empty());
    CHECK(sets("flags\t\t: avx2x xavx2").empty());
}
