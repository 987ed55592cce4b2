#include "gui/viewmodel/three_digits.h"

#include <fmt/format.h>
#include <cstdlib>

namespace slimline::gui {

double three_digits(double value)
{
    return std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr);
}

}  // namespace slimline::gui
