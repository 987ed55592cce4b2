#pragma once

#include <vector>

#include "archspace/architecture.h"

namespace slimline {

/// The block of each layer, without its name: what two files of one model must agree in.
inline std::vector<Block> bare_layers(const Architecture& arch)
{
    std::vector<Block> layers;
    for (std::size_t i = 0; i < arch.layers.size(); ++i) {
        layers.push_back(arch.block_of(i));
        layers.back().name.clear();
    }
    return layers;
}

}  // namespace slimline
