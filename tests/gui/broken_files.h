#pragma once

#include <string>
#include <vector>

namespace slimline::gui {

/// A file that must change nothing when it is opened.
struct BrokenFile {
    std::string what;  // is wrong with it
    std::string file;  // its name
    std::string content;
    std::string place;    // that a message names: a JSON pointer, a line, or the file where there are no lines
    std::string fact;     // that it says

    /// Empty where the message says all that; else what it says wrong.
    std::string complaint(const std::string& path, const std::string& message) const;
};

/// Broken sessions (made of a good one), configs, devices, models, searches and GGUF headers.
std::vector<BrokenFile> broken_files(const std::string& good_session);

}  // namespace slimline::gui
