#pragma once

#include <cstdint>
#include <string>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"

namespace slimline {

/// The `general.architecture` under which llama.cpp would run this model. Throws InputError when GGUF has no form for it
/// (RG-LRU, shared blocks, OPT's positions, a factorised embedding, layer norms without biases, SiLU or GELU without a gate).
std::string gguf_architecture_name(const Architecture& arch);

/// A tensor's name in a file of that architecture: two of them call a norm otherwise than all others.
std::string gguf_tensor_name(const std::string& architecture, const Tensor& tensor);

/// Tensors begin at multiples of it: GGUF's default.
inline constexpr std::uint64_t gguf_alignment = 32;

/// A GGUF header as written: metadata and tensor list, padded to where the data begins.
struct GgufHeader {
    std::string bytes;
    std::uint64_t data_bytes = 0;  // that must follow
};

/// Memory is that of the header alone; the weights are the caller's to write. There is no vocabulary in it
/// (tokenizer `no_vocab`, which llama.cpp takes).
GgufHeader gguf_header(const Architecture& arch, const WeightMix& mix);

}  // namespace slimline
