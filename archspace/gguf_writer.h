#pragma once

#include <cstdint>
#include <string>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"

namespace slimline {

/// The `general.architecture` under which llama.cpp would run this model. Throws InputError when GGUF has no form for it
/// (RG-LRU, shared blocks, OPT's positions, a factorised embedding).
std::string gguf_architecture_name(const Architecture& arch);

/// A GGUF header as written: metadata and tensor list, padded to where the data begins.
struct GgufHeader {
    std::string bytes;
    std::uint64_t data_bytes = 0;  // that must follow
};

/// Memory is that of the header alone; the weights are the caller's to write. There is no vocabulary in it.
GgufHeader gguf_header(const Architecture& arch, const WeightMix& mix);

}  // namespace slimline
