#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace slimline {

/// Names of layers in order, from items such as "30*layer", "local" or "6*(5*local global)"; at most limits::layers.
std::vector<std::string> expand_layers(const JsonPlace& list);

/// The shortest list of such items that this module finds; expand_layers gives `names` back.
Json compact_layers(const std::vector<std::string>& names);

}  // namespace slimline
