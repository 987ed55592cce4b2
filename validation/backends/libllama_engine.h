#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "validation/backends/test_engine.h"

namespace slimline {

struct LibllamaOptions {
    std::filesystem::path folder{};                     // of the libraries; empty: as installed
    std::chrono::seconds timeout{600};                  // for one answer
};

/// llama.cpp's library, in a process of its own for each model: when it crashes or hangs, that is one error here. KV cache
/// with windows as llama-bench has it, sequences each with their own part of the cache.
class LibllamaEngine final : public TestEngine {
 public:
    /// Throws InputError when the library is not installed or is not the release that we know.
    explicit LibllamaEngine(LibllamaOptions options = {});
    ~LibllamaEngine() override;

    std::string name() const override { return "llama.cpp"; }
    std::string version() const override { return version_; }
    std::unique_ptr<LoadedModel> load(const TestModel& model) override;

    /// Logits after each of the tokens, read together as the model's first, of a GGUF file.
    std::vector<std::vector<float>> logits(const std::filesystem::path& gguf, const std::vector<int>& tokens);

 private:
    LibllamaOptions options_;
    std::string version_;
};

}  // namespace slimline
