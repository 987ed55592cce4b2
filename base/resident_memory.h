#pragma once

namespace slimline {

/// Memory that a process has resident, in bytes; 0 when the system does not say.
struct ResidentMemory {
    double now = 0;
    double peak = 0;
};

/// Of the process with this number, or (0) of this one.
ResidentMemory resident_memory(int process = 0);

}  // namespace slimline
