#pragma once

#include <filesystem>

#include "hwmodels/device.h"
#include "validation/run_sampling.h"

namespace slimline {

/// Where the operating system tells about the machine; tests point elsewhere.
struct SystemFolders {
    std::filesystem::path proc = "/proc";
    std::filesystem::path sys = "/sys";
};

/// What this machine is, as far as it can be found out without asking: cores, caches, memory and instruction sets from the
/// operating system, read bandwidth by working set measured with all cores. Its id is "local"; the numbers that nobody
/// measured (clock, multiply-accumulates a cycle) are listed as unverified.
Device probe_device(const SystemFolders& folders = {}, const Watcher& watcher = {});

/// The user's file of a device: devices/<id>.json below the user's folder.
std::filesystem::path user_device_file(const std::string& id);

/// This machine as the user's file says; probed and written when there is none yet.
Device local_device(const Watcher& watcher = {});

}  // namespace slimline
