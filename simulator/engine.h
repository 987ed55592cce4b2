#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/prediction.h"

namespace slimline {

std::string_view word(Engine engine);

/// By its word; throws InputError that names the nearest.
Engine engine_named(std::string_view name);
std::vector<std::string> engine_names();

}  // namespace slimline
