#pragma once

#include <string>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/gguf_file.h"
#include "archspace/weight_mix.h"

namespace slimline {

/// A model as a GGUF file holds it: its architecture, each tensor with the format it is stored in, and the mix that
/// comes nearest to these formats.
struct GgufImport {
    Architecture architecture;
    std::vector<StoredTensor> tensors;  // in the order of tensors(architecture)
    WeightMix mix;
    bool mix_is_exact = false;  // the mix gives every tensor the format it has in the file
    double other_bytes = 0;     // of tensors that are no weights (tables of rotary frequencies)

    double bytes() const;
};

/// Takes the shape from metadata and tensor list, and holds both against each other: a tensor too many, one missing or
/// of another size is an InputError. Of an unknown `general.architecture` the error names the nearest known.
GgufImport import_gguf(const GgufFile& file);

}  // namespace slimline
