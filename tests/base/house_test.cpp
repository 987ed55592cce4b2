// The picture of who may include whom, held true by reading the include lines.

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

using Folders = std::set<std::string>;

/// Folder -> folders it may include from, besides itself.
const std::map<std::string, Folders>& allowed()
{
    static const std::map<std::string, Folders> rule{
        {"base", {}},
        {"archspace", {"base"}},
        {"hwmodels", {"base", "archspace"}},
        {"simulator", {"base", "archspace", "hwmodels"}},
        {"explorer", {"base", "archspace", "hwmodels", "simulator"}},
        {"validation", {"base", "archspace", "hwmodels", "simulator", "validation/kernels", "validation/engine",
                        "validation/runner", "validation/sustained", "validation/backends"}},
        // What of it runs on a device is a library of its own, device_backends: the build for Arm has nothing else.
        {"validation/backends", {"base", "archspace", "validation", "validation/engine", "validation/kernels", "validation/sustained"}},
        {"validation/kernels", {"base", "archspace"}},
        {"validation/engine", {"base", "archspace", "validation/kernels"}},
        {"validation/cuda", {"base", "archspace", "validation/kernels", "validation/engine"}},
        {"validation/sustained", {"base"}},
        {"validation/runner", {"base", "archspace", "validation/kernels", "validation/engine", "validation/sustained", "validation/backends"}},
        {"cli", {"base", "archspace", "hwmodels", "simulator", "explorer", "validation", "validation/backends"}},
        {"gui/viewmodel", {"base", "archspace", "hwmodels", "simulator", "explorer", "validation"}},
        {"gui/widgets", {"base", "archspace", "hwmodels", "simulator", "explorer", "validation", "validation/backends", "gui/viewmodel"}},
        {"gui", {"base", "gui/viewmodel", "gui/widgets"}},
    };
    return rule;
}

struct Include {
    fs::path file;
    std::string target;
    bool quoted = false;
};

std::vector<Include> includes_below(const fs::path& folder)
{
    std::vector<Include> found;
    if (!fs::is_directory(folder)) {
        return found;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        const std::string extension = entry.path().extension().string();
        if (extension != ".h" && extension != ".cpp" && extension != ".cu" && extension != ".cuh") {
            continue;
        }
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) {
            if (!line.starts_with("#include ") || line.size() < 11) {
                continue;
            }
            const bool quoted = line[9] == '"';
            const std::size_t end = line.find_first_of("\">", 10);
            found.push_back({entry.path(), line.substr(10, end - 10), quoted});
        }
    }
    return found;
}

std::string folder_of(const std::string& target)
{
    return target.substr(0, target.find('/'));
}

/// The longest folder of the picture that holds the path.
std::string part_of(const std::string& path)
{
    std::string longest;
    for (const auto& [folder, may] : allowed()) {
        if (path.starts_with(folder + "/") && folder.size() > longest.size()) {
            longest = folder;
        }
    }
    return longest;
}

}  // namespace

TEST_CASE("each folder includes only from folders to its left", "[house]")
{
    const fs::path root = SLIMLINE_SOURCE_DIR;
    int seen = 0;
    for (const auto& [folder, may] : allowed()) {
        for (const Include& include : includes_below(root / folder)) {
            const std::string from = part_of(fs::relative(include.file, root).generic_string());
            const std::string to = part_of(include.target);
            if (!include.quoted || from != folder || to == from) {
                continue;
            }
            ++seen;
            INFO(include.file.string() << " includes " << include.target);
            CHECK(may.contains(to));
        }
    }
    CHECK(seen > 0);
}

TEST_CASE("our own headers are included in quotes, with the folder, and start with #pragma once", "[house]")
{
    const fs::path root = SLIMLINE_SOURCE_DIR;
    for (const auto& [folder, may] : allowed()) {
        for (const Include& include : includes_below(root / folder)) {
            INFO(include.file.string() << " includes " << include.target);
            CHECK((include.quoted
                       ? include.target.find('/') != std::string::npos && allowed().contains(folder_of(include.target))
                       : !allowed().contains(folder_of(include.target))));
        }
        if (!fs::is_directory(root / folder)) {
            continue;
        }
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() == ".h") {
                std::ifstream in(entry.path());
                std::string first;
                std::getline(in, first);
                INFO(entry.path().string());
                CHECK(first == "#pragma once");
            }
        }
    }
}

TEST_CASE("CLI11 is compiled in one file only", "[house]")
{
    Folders files;
    for (const auto& [folder, may] : allowed()) {
        for (const Include& include : includes_below(fs::path(SLIMLINE_SOURCE_DIR) / folder)) {
            if (folder_of(include.target) == "CLI") {
                files.insert(include.file.string());
            }
        }
    }
    CHECK(files.size() <= 1);
}
