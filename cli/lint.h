#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace slimline {

/// What is wrong with a data file, one line each; empty when nothing is. The file's "format" says what it is.
std::vector<std::string> problems_of(const std::filesystem::path& file);

/// Every shipped data file.
std::vector<std::filesystem::path> shipped_files();

}  // namespace slimline
