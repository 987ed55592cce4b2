#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "archspace/weight_format.h"

namespace slimline {

/// A list in GGUF's metadata. Numbers and truth values of short lists are kept; of texts and long lists (vocabularies)
/// only the length.
struct GgufList {
    std::uint64_t count = 0;
    std::vector<double> numbers;
};

using GgufValue = std::variant<std::int64_t, double, bool, std::string, GgufList>;

/// A tensor as the header lists it; `shape` has the row length first.
struct GgufTensor {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::uint32_t type = 0;
    double bytes = 0;
    std::uint64_t offset = 0;  // from the start of the data

    double elements() const;
};

/// The header of a GGUF file: everything but the weights.
struct GgufFile {
    std::string name;  // for messages
    std::uint32_t version = 3;
    std::map<std::string, GgufValue> metadata;
    std::vector<GgufTensor> tensors;
    std::uint64_t header_bytes = 0;  // where the header ends
};

/// Reads a header from the first bytes of a file. Cut-off input is an InputError that says how many bytes are needed at
/// least; no size that the file claims is believed before as many bytes are there.
GgufFile read_gguf(const std::string& name, std::string_view bytes);

/// Reads as much of the file as its header takes.
GgufFile read_gguf_file(const std::filesystem::path& path);

/// Whether the file begins with GGUF's four letters; false when it cannot be read.
bool is_gguf_file(const std::filesystem::path& path);

}  // namespace slimline
