#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "archspace/gguf_file.h"

namespace slimline {

/// A GGUF file's metadata seen as fields of its architecture: "block_count" means "<architecture>.block_count", keys
/// that begin with "general." stand for themselves. Numbers are range-checked.
class GgufMetadata {
 public:
    explicit GgufMetadata(const GgufFile& file);

    const std::string& architecture() const { return architecture_; }
    [[noreturn]] void fail(const std::string& fact, const std::string& remedy = {}) const;

    bool has(std::string_view key) const { return find(key) != nullptr; }
    int size(std::string_view key, int most, int least = 1) const;
    int size_or(std::string_view key, int fallback, int most, int least = 1) const;
    double number_or(std::string_view key, double fallback) const;
    bool flag_or(std::string_view key, bool fallback) const;
    std::string text_or(std::string_view key, const std::string& fallback) const;
    std::int64_t whole_or(std::string_view key, std::int64_t fallback) const;

    /// A number for all layers, or this layer's of a list.
    int size_of_layer(std::string_view key, int layer, int most) const;

    /// This layer's truth value of a list; nullopt when there is no such list.
    std::optional<bool> flag_of_layer(std::string_view key, int layer) const;

 private:
    std::string full(std::string_view key) const;
    const GgufValue* find(std::string_view key) const;
    int in_range(std::string_view key, double value, int most, int least) const;

    const GgufFile& file_;
    std::string architecture_;
};

}  // namespace slimline
