#include "base/resident_memory.h"

#include <fstream>
#include <string>

#include "base/text.h"

namespace slimline {

namespace {

/// "VmRSS:     1234 kB", in bytes.
double bytes_of(const std::string& line)
{
    const std::size_t first = line.find_first_of("0123456789");
    const std::size_t last = line.find_last_of("0123456789");
    long long kibibytes = 0;
    return first != line.npos && parse_integer(line.substr(first, last - first + 1), kibibytes)
               ? double(kibibytes) * 1024
               : 0;
}

}  // namespace

ResidentMemory resident_memory(int process)
{
    ResidentMemory memory;
    std::ifstream in("/proc/" + (process == 0 ? std::string("self") : std::to_string(process)) + "/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("VmRSS:")) {
            memory.now = bytes_of(line);
        } else if (line.starts_with("VmHWM:")) {
            memory.peak = bytes_of(line);
        }
    }
    return memory;
}

}  // namespace slimline
