#pragma once

#include <memory>
#include <string>
#include <vector>

#include "validation/backends/test_engine.h"

namespace slimline {

/// "int4", ...: what `--backend` of calibrate, validate and race takes.
std::vector<std::string> test_engine_names();

/// By its name, or llama-bench by its path; throws InputError that names the nearest.
std::unique_ptr<TestEngine> test_engine_named(const std::string& name);

}  // namespace slimline
