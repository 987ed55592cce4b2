#pragma once

#include <filesystem>
#include <string>

namespace slimline {

/// A runner that can be sent to a device.
struct RunnerFile {
    std::filesystem::path path{};
    std::string bytes{};
};

/// The runner for a processor ("aarch64", "x86_64", as uname -m says): `given`, or the one beside this program, in its
/// installation or in its build folder. Throws InputError where there is none, or one for another processor.
RunnerFile runner_file(const std::string& processor, const std::filesystem::path& given);

/// SHA-256 of a file in hexadecimal digits.
std::string content_hash(const std::filesystem::path& file);

}  // namespace slimline
