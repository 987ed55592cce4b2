#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace slimline {

/// Where a command writes, and what is on the other side.
struct Console {
    std::ostream& out;
    std::ostream& err;
    int width = 100;      // columns a table may take
    bool colour = false;  // only where a person looks
};

enum class Style { bold, dim, good, bad };

/// `text` in a style, or as it is where colour is not wanted.
std::string styled(const Console& console, Style style, std::string_view text);

}  // namespace slimline
