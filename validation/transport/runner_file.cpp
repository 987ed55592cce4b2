#include "validation/transport/runner_file.h"

#include <sys/utsname.h>

#include <chrono>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "validation/backends/child_process.h"

namespace slimline {

namespace fs = std::filesystem;

namespace {

/// The processor that a program is for, from the header of its file; "" for what is no program of Linux.
std::string processor_of(const std::string& bytes)
{
    if (bytes.size() < 20 || !bytes.starts_with("\177ELF\2\1")) {
        return {};
    }
    switch (static_cast<unsigned char>(bytes[18]) + 256 * static_cast<unsigned char>(bytes[19])) {
        case 62: return "x86_64";
        case 183: return "aarch64";
        default: return "another processor";
    }
}

std::vector<fs::path> places(const std::string& processor)
{
    std::error_code ignored;
    const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    const std::string name = "slimline-runner-" + processor;
    std::vector<fs::path> found{here / name, here / ".." / "libexec" / "slimline" / name};
    utsname system{};
    if (::uname(&system) == 0 && processor == system.machine) {
        found.emplace_back(SLIMLINE_RUNNER_HERE);
    }
    if (processor == "aarch64") {
        found.emplace_back(SLIMLINE_RUNNER_AARCH64);
    }
    return found;
}

}  // namespace

RunnerFile runner_file(const std::string& processor, const fs::path& given)
{
    if (processor != "aarch64" && processor != "x86_64") {
        throw InputError("slimline-runner", "there is none for a processor '" + printable(processor) + "'",
                         "it runs on 64-bit Arm (aarch64) and x86-64");
    }
    RunnerFile file{.path = given};
    std::error_code ignored;
    for (const fs::path& place : given.empty() ? places(processor) : std::vector<fs::path>{}) {
        if (file.path.empty() && fs::exists(place, ignored)) {
            file.path = place;
        }
    }
    if (file.path.empty()) {
        throw InputError("slimline-runner", "there is none for " + processor + " beside this program",
                         processor == "aarch64" ? "build it with 'cmake --preset aarch64', or give --runner FILE"
                                                : "build it there, and give --runner FILE");
    }
    file.bytes = read_file(file.path);
    const std::string built_for = processor_of(file.bytes);
    if (built_for != processor) {
        throw InputError(file.path.string(),
                         built_for.empty() ? "is no program of Linux" : "is built for " + built_for + " where the target is " + processor,
                         "leave --runner out, or give the one for " + processor);
    }
    return file;
}

std::string content_hash(const fs::path& file)
{
    const auto deadline = ChildProcess::Clock::now() + std::chrono::seconds(60);
    ChildProcess sum({.program = "sha256sum", .arguments = {"--", fs::absolute(file).string()}});
    std::string line;
    const bool read = sum.next_line(line, deadline) == ChildProcess::Read::line;
    const std::string hash = line.substr(0, 64);
    if (!read || hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != hash.npos) {
        throw InputError(file.string(), "its content hash could not be found", "see that 'sha256sum' runs");
    }
    return hash;
}

}  // namespace slimline
