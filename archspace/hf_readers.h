#pragma once

#include <string>
#include <vector>

#include "archspace/hf_fields.h"

namespace slimline {

/// What all model types have, under whatever name: width, vocabulary, context, tied or not.
void read_hf_stem(const HfFields& f, Architecture& arch, bool tied_by_default);

int hf_layer_count(const HfFields& f);

/// Softmax attention as most model types spell it; no biases, no norms, no windows.
Attention hf_attention(const HfFields& f, const Architecture& arch);

/// A gated FFN as most model types spell it.
Ffn hf_gated_ffn(const HfFields& f);

/// The same block for all layers.
void fill_layers(Architecture& arch, const Block& block, int layers);

/// The words of `layer_types`, one a layer; empty when the config has none.
std::vector<std::string> hf_layer_types(const HfFields& f, std::initializer_list<std::string_view> names, int layers);

/// A reader fills in everything but the id, the name and the source.
using HfReader = void (*)(const HfFields&, Architecture&);

struct HfModelType {
    std::string_view name;
    HfReader read;
};

/// Decoders whose every layer is softmax attention and an FFN, and those with other mixers.
const std::vector<HfModelType>& hf_decoder_types();
const std::vector<HfModelType>& hf_hybrid_types();

}  // namespace slimline
