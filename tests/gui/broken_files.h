#pragma once

#include <string>
#include <vector>

namespace slimline::gui {

/// A file that must change nothing when it is opened.
struct BrokenFile {
    std::string what;  // is wrong with it
    std::string file;  // its name
    std::string content;
};

/// Broken sessions (made of a good one), configs, devices, models, searches and GGUF headers.
std::vector<BrokenFile> broken_files(const std::string& good_session);

}  // namespace slimline::gui
