#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace slimline::sustained {

/// A small file of the system, without white space at its end.
struct SystemFile {
    std::string text{};
    int error = 0;  // errno; 0: it was read
};

SystemFile read_system_file(const std::filesystem::path& path);

/// The only number in the file; nothing where there is no file, no permission or no such number.
std::optional<double> number_in(const std::filesystem::path& path);

/// Folders and links below `folder` whose name starts so, in the order of the numbers at their ends; at most `most`.
std::vector<std::filesystem::path> entries(const std::filesystem::path& folder, const std::string& start,
                                           std::size_t most);

/// "/sys/class/thermal may not be read" of a folder whose entries are kept from us; "" of one that can be read or is not there.
std::string why_closed(const std::filesystem::path& folder);

/// "is not there", "may not be read", "cannot be read (5)": why a file gives nothing.
std::string why(const SystemFile& file);

}  // namespace slimline::sustained
