#pragma once

#include <filesystem>

#include "archspace/gguf_import.h"
#include "validation/engine/engine_weights.h"
#include "validation/engine/model_constants.h"

namespace slimline::engine {

/// A GGUF file as the engine runs it: how it computes as llama.cpp does for its kind, and where its tensors are.
struct GgufModel {
    std::filesystem::path path;
    GgufFile file;
    GgufImport import;
    ModelConstants constants;
    std::uint64_t data_begin = 0;
    std::uint64_t file_bytes = 0;
};

/// Reads the header. Throws InputError for kinds and scalings of positions that the engine does not know, naming them.
GgufModel open_gguf_model(const std::filesystem::path& path);

/// Reads and packs the tensors, each within the file's bounds.
EngineWeights gguf_weights(const GgufModel& model);

}  // namespace slimline::engine
