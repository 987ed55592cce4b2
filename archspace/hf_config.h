#pragma once

#include <string>
#include <vector>

#include "archspace/architecture.h"
#include "base/json.h"

namespace slimline {

/// Whether the object looks like a Hugging Face config.json.
bool is_hf_config(const Json& root);

/// Reads a Hugging Face config.json; members that say nothing about shape are ignored. An unknown `model_type` is an
/// InputError that names the nearest known one. Of a model with several towers the text tower is taken.
Architecture architecture_from_hf_config(const JsonPlace& root);

/// The `model_type`s that are understood, sorted.
std::vector<std::string> hf_model_types();

}  // namespace slimline
