#include "archspace/gguf_file.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in memory");

constexpr std::uint64_t largest_header = std::uint64_t{1} << 30;  // vocabularies of a few MB are usual
constexpr std::uint64_t kept_numbers = 4096;                      // longer lists are vocabularies' scores and types
constexpr std::uint64_t longest_name = 65535;
constexpr std::uint64_t most_dimensions = 4;
constexpr std::uint64_t most_entries = 1 << 20;  // of keys and of tensors; the largest models have some ten thousand

/// The bytes end before the header does; at least `needed` are needed.
struct CutOff {
    std::uint64_t needed = 0;
};

enum class ValueType : std::uint32_t {
    uint8,
    int8,
    uint16,
    int16,
    uint32,
    int32,
    float32,
    boolean,
    string,
    array,
    uint64,
    int64,
    float64,
};

/// Storage of tensor types that no weight format of ours has: integers, and Q8_1.
struct OtherType {
    std::uint32_t type;
    double block_elements;
    double block_bytes;
};
constexpr std::array<OtherType, 6> other_types{
    {{9, 32, 36}, {24, 1, 1}, {25, 1, 2}, {26, 1, 4}, {27, 1, 8}, {28, 1, 8}}};

struct Storage {
    double block_elements = 1;
    double block_bytes = 1;
};

std::optional<Storage> storage_of(std::uint32_t type)
{
    for (const FormatInfo& each : format_table) {
        if (each.ggml_type == std::int64_t(type)) {
            return Storage{each.block_elements, each.block_bytes};
        }
    }
    for (const OtherType& each : other_types) {
        if (each.type == type) {
            return Storage{each.block_elements, each.block_bytes};
        }
    }
    return std::nullopt;
}

/// Takes values off the front of the bytes.
class Cursor {
 public:
    Cursor(const std::string& name, std::string_view bytes) : name_(name), bytes_(bytes) {}

    std::uint64_t position() const { return position_; }

    [[noreturn]] void fail(const std::string& fact, const std::string& remedy = {}) const
    {
        throw InputError(name_, fact, remedy);
    }

    /// Makes sure that `count` things of at least `size` bytes can still come.
    void expect(std::uint64_t count, std::uint64_t size, const std::string& what) const
    {
        if (count > largest_header / size) {
            fail(fmt::format("claims {} {}, which no header holds", count, what),
                 "the file is damaged or no GGUF file");
        }
        const std::uint64_t needed = position_ + count * size;
        if (needed > largest_header) {
            fail("the header is longer than 1 GiB", "the file is damaged or no GGUF file");
        }
        if (needed > bytes_.size()) {
            throw CutOff{needed};
        }
    }

    template <class T>
    T number()
    {
        expect(1, sizeof(T), "values");
        T value{};
        std::memcpy(&value, bytes_.data() + position_, sizeof(T));
        position_ += sizeof(T);
        return value;
    }

    void skip(std::uint64_t count, std::uint64_t size)
    {
        expect(count, size, "values");
        position_ += count * size;
    }

    std::string text(std::uint64_t longest, const char* what)
    {
        const std::uint64_t length = number<std::uint64_t>();
        if (length > longest) {
            fail(fmt::format("claims a {} of {} bytes", what, length), "the file is damaged or no GGUF file");
        }
        expect(length, 1, "bytes of text");
        std::string value(bytes_.substr(position_, length));
        position_ += length;
        return value;
    }

    void skip_text()
    {
        const std::uint64_t length = number<std::uint64_t>();
        skip(length, 1);
    }

 private:
    const std::string& name_;
    std::string_view bytes_;
    std::uint64_t position_ = 0;
};

std::uint64_t size_of(ValueType type)
{
    switch (type) {
        case ValueType::uint8:
        case ValueType::int8:
        case ValueType::boolean:
            return 1;
        case ValueType::uint16:
        case ValueType::int16:
            return 2;
        case ValueType::uint32:
        case ValueType::int32:
        case ValueType::float32:
            return 4;
        default:
            return 8;
    }
}

ValueType value_type(Cursor& cursor, const std::string& key)
{
    const auto type = cursor.number<std::uint32_t>();
    if (type > std::uint32_t(ValueType::float64)) {
        cursor.fail(fmt::format("key '{}' has a value of unknown type {}", printable(key), type),
                    "the file is damaged or too new");
    }
    return ValueType(type);
}

GgufValue scalar(Cursor& cursor, ValueType type)
{
    switch (type) {
        case ValueType::uint8:
            return std::int64_t(cursor.number<std::uint8_t>());
        case ValueType::int8:
            return std::int64_t(cursor.number<std::int8_t>());
        case ValueType::uint16:
            return std::int64_t(cursor.number<std::uint16_t>());
        case ValueType::int16:
            return std::int64_t(cursor.number<std::int16_t>());
        case ValueType::uint32:
            return std::int64_t(cursor.number<std::uint32_t>());
        case ValueType::int32:
            return std::int64_t(cursor.number<std::int32_t>());
        case ValueType::uint64:
            return std::int64_t(cursor.number<std::uint64_t>());
        case ValueType::int64:
            return cursor.number<std::int64_t>();
        case ValueType::float32:
            return double(cursor.number<float>());
        case ValueType::float64:
            return cursor.number<double>();
        case ValueType::boolean:
            return cursor.number<std::uint8_t>() != 0;
        default:
            return cursor.text(std::uint64_t{1} << 26, "text");
    }
}

double as_number(const GgufValue& value)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        return double(*whole);
    }
    if (const auto* truth = std::get_if<bool>(&value)) {
        return *truth ? 1 : 0;
    }
    const auto* real = std::get_if<double>(&value);
    return real == nullptr ? 0 : *real;
}

GgufList list(Cursor& cursor, const std::string& key)
{
    const ValueType type = value_type(cursor, key);
    if (type == ValueType::array) {
        cursor.fail("key '" + printable(key) + "' holds a list of lists", "GGUF files in use have none");
    }
    GgufList result{cursor.number<std::uint64_t>(), {}};
    cursor.expect(result.count, size_of(type), "list members");
    if (type == ValueType::string) {
        for (std::uint64_t i = 0; i < result.count; ++i) {
            cursor.skip_text();
        }
    } else if (result.count > kept_numbers) {
        cursor.skip(result.count, size_of(type));
    } else {
        for (std::uint64_t i = 0; i < result.count; ++i) {
            result.numbers.push_back(as_number(scalar(cursor, type)));
        }
    }
    return result;
}

void read_metadata(Cursor& cursor, std::uint64_t count, GgufFile& file)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string key = cursor.text(longest_name, "key");
        const ValueType type = value_type(cursor, key);
        GgufValue value = type == ValueType::array ? GgufValue{list(cursor, key)} : scalar(cursor, type);
        if (!file.metadata.emplace(key, std::move(value)).second) {
            cursor.fail("key '" + printable(key) + "' stands twice");
        }
    }
}

void read_shape(Cursor& cursor, GgufTensor& tensor)
{
    const auto dimensions = cursor.number<std::uint32_t>();
    if (dimensions < 1 || dimensions > most_dimensions) {
        cursor.fail(fmt::format("tensor '{}' has {} dimensions", printable(tensor.name), dimensions),
                    "GGUF tensors have 1 to 4");
    }
    double elements = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
        tensor.shape.push_back(cursor.number<std::uint64_t>());
        elements *= double(tensor.shape.back());
    }
    if (elements < 1 || elements > 1e15) {
        cursor.fail(fmt::format("tensor '{}' has {:g} elements", printable(tensor.name), elements),
                    "the file is damaged");
    }
}

GgufTensor read_tensor(Cursor& cursor)
{
    GgufTensor tensor;
    tensor.name = cursor.text(longest_name, "tensor name");
    read_shape(cursor, tensor);
    tensor.type = cursor.number<std::uint32_t>();
    tensor.offset = cursor.number<std::uint64_t>();
    const auto storage = storage_of(tensor.type);
    if (!storage) {
        cursor.fail(fmt::format("tensor '{}' has the unknown type {}", printable(tensor.name), tensor.type),
                    "the file is damaged or newer than this program");
    }
    if (std::fmod(double(tensor.shape[0]), storage->block_elements) != 0) {
        cursor.fail(fmt::format("tensor '{}' has rows of {} numbers, which are no whole blocks of {:g}",
                                printable(tensor.name), tensor.shape[0], storage->block_elements),
                    "the file is damaged");
    }
    tensor.bytes = tensor.elements() / storage->block_elements * storage->block_bytes;
    return tensor;
}

GgufFile read_header(const std::string& name, std::string_view bytes)
{
    Cursor cursor(name, bytes);
    GgufFile file;
    file.name = name;
    if (bytes.substr(0, 4) != std::string_view("GGUF").substr(0, bytes.size())) {
        cursor.fail("is no GGUF file: it does not begin with 'GGUF'");
    }
    cursor.skip(4, 1);
    file.version = cursor.number<std::uint32_t>();
    if (file.version != 2 && file.version != 3) {
        const bool swapped = (file.version & 0xffff) == 0 && file.version != 0;
        cursor.fail(swapped ? "is a big-endian GGUF file" : fmt::format("is GGUF version {}", file.version),
                    "little-endian versions 2 and 3 are read");
    }
    const auto tensor_count = cursor.number<std::uint64_t>();
    const auto key_count = cursor.number<std::uint64_t>();
    if (tensor_count > most_entries || key_count > most_entries) {
        cursor.fail(fmt::format("claims {} tensors and {} keys", tensor_count, key_count),
                    "the file is damaged or no GGUF file");
    }
    cursor.expect(key_count, 13, "keys");        // a length, a type and a byte each
    cursor.expect(tensor_count, 33, "tensors");  // a length, a character, a dimension, type and offset each
    read_metadata(cursor, key_count, file);
    std::set<std::string_view> names;
    file.tensors.reserve(tensor_count);
    for (std::uint64_t i = 0; i < tensor_count; ++i) {
        file.tensors.push_back(read_tensor(cursor));
        if (!names.insert(file.tensors.back().name).second) {
            cursor.fail("tensor '" + printable(file.tensors.back().name) + "' stands twice");
        }
    }
    file.header_bytes = cursor.position();
    return file;
}

}  // namespace

double GgufTensor::elements() const
{
    double product = 1;
    for (const std::uint64_t size : shape) {
        product *= double(size);
    }
    return product;
}

GgufFile read_gguf(const std::string& name, std::string_view bytes)
{
    try {
        return read_header(name, bytes);
    } catch (const CutOff& cut) {
        throw InputError(name,
                         fmt::format("is cut off inside the header: it has {} bytes and needs at least {}",
                                     bytes.size(), cut.needed),
                         "give the whole file or more of its first bytes");
    }
}

GgufFile read_gguf_file(const std::filesystem::path& path)
{
    for (std::size_t most = std::size_t{1} << 20;; most *= 4) {
        const std::string bytes = read_file_start(path, most);
        if (bytes.size() < most || most >= largest_header) {
            return read_gguf(path.string(), bytes);
        }
        try {
            return read_header(path.string(), bytes);
        } catch (const CutOff&) {
            continue;  // the header is longer than what was read of the file so far
        }
    }
}

bool is_gguf_file(const std::filesystem::path& path)
{
    try {
        return path.extension() == ".gguf" || read_file_start(path, 4) == "GGUF";
    } catch (const InputError&) {
        return false;
    }
}

}  // namespace slimline
