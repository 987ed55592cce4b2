#pragma once

#include <string>

#include "archspace/architecture.h"

namespace slimline {

/// Adds a layer made of `block`; a block that is there already (whatever its name) is used again. A new one keeps its
/// name when that is free, else gets a number behind it.
void add_layer(Architecture& arch, Block block);

}  // namespace slimline
