#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/tensors.h"

namespace slimline {

/// What llama.cpp knows of an architecture by its name alone, as no metadata says it.
struct GgufFamily {
    std::string_view name;
    Activation activation = Activation::silu;
    bool parallel = false;  // attention and FFN side by side
    int local_period = 0;   // with a sliding window: every such layer is global; 0: none is; 1: the window is not used
    int nope_period = 0;    // every such layer has no rotary positions
    QkNorm qk_norm = QkNorm::none;  // without weights, so that no tensor shows it
};

/// nullptr when it is unknown.
const GgufFamily* gguf_family(std::string_view name);

/// The values of `general.architecture` that are understood, sorted.
std::vector<std::string> gguf_architectures();

/// A tensor's place in the model, from its name.
struct GgufTensorPlace {
    TensorRole role{};
    int layer = -1;
};

/// nullopt when no role has such a name.
std::optional<GgufTensorPlace> gguf_tensor_place(std::string_view name);

/// Tensors that files hold beside the weights: rotary frequencies.
bool is_gguf_side_tensor(std::string_view name);

/// The mix that `general.file_type` means, "" when we have none of that number; and back, -1 when GGUF has none.
std::string_view gguf_file_type_mix(std::int64_t file_type);
int gguf_file_type(std::string_view mix);

}  // namespace slimline
