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

/// Columns of a terminal that UTF-8 text without wide characters takes.
std::size_t shown_width(std::string_view text);

/// In lines of at most `width` columns, broken between words; the first begins at column `indent`, where the others are
/// indented to.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace slimline
