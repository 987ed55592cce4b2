#pragma once

#include <cstddef>
#include <span>

#include "archspace/weight_format.h"
#include "base/random.h"

namespace slimline {

/// Whether random_blocks() can fill a format: GGUF's weight formats.
bool has_random_blocks(Format format);

/// Fills whole blocks, as GGUF stores them, with random weights of mean near 0 and about the given standard deviation:
/// all bits random but the scales. The same on every machine.
void fill_random_blocks(Format format, std::span<std::byte> blocks, RandomBits& random, double deviation);

}  // namespace slimline
