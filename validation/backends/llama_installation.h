#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace slimline::llama {

/// Where llama.cpp's library is, or would be installed.
struct Installation {
    std::filesystem::path folder;   // that holds the libraries
    std::string package;            // npm's name of it
    std::string version;            // of the package
    std::string release;            // of llama.cpp
    bool present = false;
};

/// In the user's cache ($XDG_CACHE_HOME/slimline, else ~/.cache/slimline), or in $SLIMLINE_LLAMA_FOLDER.
Installation installation();

/// Fetches the pinned npm package into the user's cache; npm checks its integrity. Nothing is left when it fails. Throws
/// InputError when there is no package for this machine, npm is missing, or what came is not what was asked for.
Installation install();

/// slimline-llama-host: beside this program, in its libexec folder, or where it was built.
std::filesystem::path host_program();

}  // namespace slimline::llama
