#include "validation/backends/llama_installation.h"

#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "validation/backends/child_process.h"
#include "validation/backends/llama_api.h"

namespace slimline::llama {

namespace fs = std::filesystem;

namespace {

fs::path environment_path(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? fs::path{} : fs::path{value};
}

/// npm's name for this kind of machine; "" when there is no package for it.
constexpr std::string_view platform()
{
#if defined(__linux__) && defined(__x86_64__)
    return "linux-x64";
#elif defined(__linux__) && defined(__aarch64__)
    return "linux-arm64";
#else
    return "";
#endif
}

fs::path cache_folder()
{
    if (const fs::path chosen = environment_path("XDG_CACHE_HOME"); !chosen.empty()) {
        return chosen / "slimline";
    }
    if (const fs::path home = environment_path("HOME"); !home.empty()) {
        return home / ".cache" / "slimline";
    }
    throw InputError("", "neither HOME nor XDG_CACHE_HOME is set", "set one: the library is kept below it");
}

fs::path libraries_below(const fs::path& root, const std::string& package)
{
    return root / "node_modules" / package / "bins" / platform();
}

void run_npm(const fs::path& folder, const std::string& package)
{
    ChildCommand command{"npm",
                         {"install", "--prefix", folder.string(), "--ignore-scripts", "--no-audit", "--no-fund", "--no-save",
                          "--no-package-lock", "--force", package + "@" + npm_version}};
    const auto deadline = ChildProcess::Clock::now() + std::chrono::minutes(10);
    ChildProcess npm(command);
    std::string line;
    ChildProcess::Read state{};
    while ((state = npm.next_line(line, deadline)) == ChildProcess::Read::line) {
    }
    const int status = npm.finish(state == ChildProcess::Read::timeout ? ChildProcess::Clock::now() : deadline);
    if (status != 0) {
        throw InputError("npm", "could not install " + package + " (" + words_of_status(status) + "): " +
                                    printable(npm.errors(), 300),
                         "check that this machine reaches an npm registry");
    }
}

void require_version(const fs::path& folder, const std::string& package)
{
    const JsonDocument about = load_json(folder / "node_modules" / package / "package.json");
    const std::string version = about.root.value("version", "");
    if (version != npm_version) {
        throw InputError(about.name, "is version '" + printable(version) + "' where " + npm_version + " was asked for",
                         "try again");
    }
    if (!fs::exists(libraries_below(folder, package) / library_name())) {
        throw InputError(package, "holds no " + library_name().string());
    }
}

}  // namespace

Installation installation()
{
    Installation found;
    found.package = "@node-llama-cpp/" + std::string(platform());
    found.version = npm_version;
    found.release = release;
    found.folder = environment_path("SLIMLINE_LLAMA_FOLDER");
    if (found.folder.empty()) {
        found.folder = libraries_below(cache_folder() / ("llama.cpp-" + std::string(npm_version)), found.package);
    }
    std::error_code ignored;
    found.present = fs::exists(found.folder / library_name(), ignored);
    return found;
}

Installation install()
{
    Installation wanted = installation();
    if (wanted.present) {
        return wanted;
    }
    if (platform().empty()) {
        throw InputError("llama.cpp", "there is no package for this kind of machine", "build llama-bench and give its path");
    }
    const fs::path final_folder = cache_folder() / ("llama.cpp-" + std::string(npm_version));
    const fs::path folder = final_folder.string() + ".part-" + std::to_string(::getpid());
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    try {
        run_npm(folder, wanted.package);
        require_version(folder, wanted.package);
        fs::remove_all(final_folder, ignored);
        fs::rename(folder, final_folder);
    } catch (const fs::filesystem_error& error) {
        fs::remove_all(folder, ignored);
        throw InputError(final_folder.string(), "cannot be written (" + error.code().message() + ")");
    } catch (...) {
        fs::remove_all(folder, ignored);
        throw;
    }
    wanted = installation();
    return wanted;
}

fs::path host_program()
{
    std::error_code ignored;
    const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path& candidate : {here / "slimline-llama-host", here / ".." / "libexec" / "slimline" / "slimline-llama-host",
                                      fs::path(SLIMLINE_LLAMA_HOST)}) {
        if (fs::exists(candidate, ignored)) {
            return candidate;
        }
    }
    throw InputError("slimline-llama-host", "is not beside this program", "install the whole of slimline");
}

}  // namespace slimline::llama
