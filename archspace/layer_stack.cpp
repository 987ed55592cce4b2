#include "archspace/layer_stack.h"

#include <algorithm>

namespace slimline {

namespace {

bool name_taken(const Architecture& arch, const std::string& name)
{
    return std::any_of(arch.blocks.begin(), arch.blocks.end(), [&](const Block& each) { return each.name == name; });
}

}  // namespace

void add_layer(Architecture& arch, Block block)
{
    const std::string stem = block.name;
    for (std::size_t i = 0; i < arch.blocks.size(); ++i) {
        block.name = arch.blocks[i].name;
        if (arch.blocks[i] == block) {
            arch.layers.push_back(int(i));
            return;
        }
    }
    block.name = stem;
    for (int number = 2; name_taken(arch, block.name); ++number) {
        block.name = stem + "_" + std::to_string(number);
    }
    arch.layers.push_back(int(arch.blocks.size()));
    arch.blocks.push_back(std::move(block));
}

}  // namespace slimline
