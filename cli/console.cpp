#include "cli/console.h"

namespace slimline {

std::string styled(const Console& console, Style style, std::string_view text)
{
    if (!console.colour) {
        return std::string(text);
    }
    const char* code = style == Style::bold ? "1" : style == Style::dim ? "2" : style == Style::good ? "32" : "31";
    return std::string("\x1b[") + code + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace slimline
