#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hwmodels/device.h"
#include "validation/run_sampling.h"

namespace slimline {

/// Where the operating system tells about the machine; tests point elsewhere.
struct SystemFolders {
    std::filesystem::path proc = "/proc";
    std::filesystem::path sys = "/sys";
};

/// A machine as it can be asked: this one, or one that a runner tells of.
struct System {
    std::string name{};     // of the whole device; "": the processor's is taken
    int cores = 1;
    std::vector<int> only{};  // these of its cores are meant; empty: all, from 0 on
    std::string kernels{};  // that our engine chose there
    std::function<std::string(const std::string& path)> text{};  // a file of /proc or /sys; "" where there is none
    std::function<double(double bytes, int threads)> read_bandwidth{};  // bytes a second
    std::function<double(double bytes, const std::vector<int>& cores)> read_bandwidth_on{};
    std::function<double(const std::vector<int>& cores)> products_on{};  // FLOP a second, from the caches
};

System this_system(const SystemFolders& folders = {});

/// Of its first processor, as the operating system tells them.
std::vector<InstructionSet> instruction_sets(const System& system);

/// What a machine is, as far as it can be found out without asking: cores by kind, caches, memory and instruction sets from the
/// operating system, read bandwidth by working set measured with all cores. Its id is "local"; the numbers that nobody
/// measured (clock, multiply-accumulates a cycle) are listed as unverified.
Device probe_device(const System& system, const Watcher& watcher = {});

/// The user's file of a device: devices/<id>.json below the user's folder.
std::filesystem::path user_device_file(const std::string& id);

/// This machine as the user's file says; probed and written when there is none yet.
Device local_device(const Watcher& watcher = {});

}  // namespace slimline
