#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace slimline {

/// Puts a text between the marks "<!-- tables by slimline WHAT: start -->" and "... end -->" of a Markdown file, so that what
/// people wrote around them stays. A file that does not exist is written whole; one without these marks gets the section at
/// its end.
void write_marked_section(const std::filesystem::path& path, std::string_view what, const std::string& text);

}  // namespace slimline
