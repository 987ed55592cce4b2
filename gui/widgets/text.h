#pragma once

#include <QString>
#include <string_view>

namespace slimline::gui {

inline QString text(std::string_view words)
{
    return QString::fromUtf8(words.data(), qsizetype(words.size()));
}

}  // namespace slimline::gui
