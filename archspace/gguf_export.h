#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"

namespace slimline {

/// Takes a piece of a file.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Bytes of the file that export_gguf() writes. Throws InputError as it does.
std::uint64_t gguf_file_bytes(const Architecture& arch, const WeightMix& mix);

/// Writes a whole GGUF file with random weights, piece by piece: memory is that of the header and one piece. The same
/// bytes for a seed on every machine. Throws InputError when GGUF has no form for the model or a format.
void export_gguf(const Architecture& arch, const WeightMix& mix, std::uint64_t seed, const ByteSink& sink);

}  // namespace slimline
