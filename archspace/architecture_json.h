#pragma once

#include <optional>
#include <string>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "base/json.h"

namespace slimline {

/// Reads `"format": "architecture/1"`; every unknown key, word or size out of range is an InputError with its line.
Architecture read_architecture(const JsonPlace& place);

/// What read_architecture reads back as the same value; members at their default are left out.
Json to_json(const Architecture& arch);

/// An id of the catalogue or of the user's folder, a file (ours, a Hugging Face config.json, GGUF), or the short form
/// "L=24,d=2048,h=16,kv=4,ffn=5632,V=32000,tied".
Architecture load_architecture(const std::string& id_or_path_or_inline);

/// The same, with the formats of the weights where the file has some: GGUF.
struct StoredModel {
    Architecture architecture;
    std::optional<WeightMix> weights{};
};
StoredModel load_model(const std::string& id_or_path_or_inline);

}  // namespace slimline
