#include "gui/viewmodel/three_digits.h"

#include <cstdlib>
#include <fmt/format.h>

namespace slimline::gui {

double three_digits(double value)
{
    return std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr);
}

}  // namespace slimline::gui
