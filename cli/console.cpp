#include "cli/console.h"

#include <algorithm>

#include "base/text.h"

namespace slimline {

std::string styled(const Console& console, Style style, std::string_view text)
{
    if (!console.colour) {
        return std::string(text);
    }
    const char* code = style == Style::bold ? "1" : style == Style::dim ? "2" : style == Style::good ? "32" : "31";
    return std::string("\x1b[") + code + "m" + std::string(text) + "\x1b[0m";
}

/// Bytes that do not continue a character.
std::size_t shown_width(std::string_view text)
{
    return std::size_t(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width)
{
    std::string out;
    std::size_t used = indent;
    for (const std::string& word : split(text, ' ')) {
        if (used > indent && used + 1 + shown_width(word) > width) {
            out += "\n" + std::string(indent, ' ');
            used = indent;
        } else if (used > indent) {
            out += ' ';
            ++used;
        }
        out += word;
        used += shown_width(word);
    }
    return out;
}

}  // namespace slimline
