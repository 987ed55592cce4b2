#pragma once

#include <vector>

#include "archspace/architecture.h"
#include "base/json.h"

namespace slimline {

/// Reads a block that `uses` layers are made of. Heads, KV heads and FFN width may be lists with one number a layer;
/// then there is a block for each layer, named "<name>.<index>".
std::vector<Block> read_block(const JsonPlace& place, const std::string& name, std::size_t uses);

Json block_to_json(const Block& block);

/// Several blocks that differ in heads, KV heads and FFN width only, as one with lists; null when they do not.
Json blocks_to_json_lists(const std::vector<Block>& blocks);

/// Words of architecture files.
extern const Words<NormKind> norm_words;
extern const Words<Positions> position_words;

}  // namespace slimline
