#include "archspace/gguf_metadata.h"

#include <cmath>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

GgufMetadata::GgufMetadata(const GgufFile& file) : file_(file)
{
    const auto found = file.metadata.find("general.architecture");
    const auto* name = found == file.metadata.end() ? nullptr : std::get_if<std::string>(&found->second);
    if (name == nullptr) {
        fail("key 'general.architecture' is missing or no text", "every GGUF model has it");
    }
    architecture_ = *name;
}

void GgufMetadata::fail(const std::string& fact, const std::string& remedy) const
{
    throw InputError(file_.name, fact, remedy);
}

std::string GgufMetadata::full(std::string_view key) const
{
    return key.starts_with("general.") ? std::string(key) : architecture_ + "." + std::string(key);
}

const GgufValue* GgufMetadata::find(std::string_view key) const
{
    const auto found = file_.metadata.find(full(key));
    return found == file_.metadata.end() ? nullptr : &found->second;
}

int GgufMetadata::in_range(std::string_view key, double value, int most, int least) const
{
    if (!(value >= least && value <= most) || value != std::floor(value)) {
        fail(fmt::format("key '{}' must be a whole number between {} and {}, not {:g}", printable(full(key)), least,
                         most, value));
    }
    return int(value);
}

int GgufMetadata::size(std::string_view key, int most, int least) const
{
    if (!has(key)) {
        fail("key '" + printable(full(key)) + "' is missing", "such a model needs it");
    }
    return in_range(key, number_or(key, 0), most, least);
}

int GgufMetadata::size_or(std::string_view key, int fallback, int most, int least) const
{
    return has(key) ? in_range(key, number_or(key, 0), most, least) : fallback;
}

double GgufMetadata::number_or(std::string_view key, double fallback) const
{
    const GgufValue* value = find(key);
    if (value == nullptr) {
        return fallback;
    }
    if (const auto* whole = std::get_if<std::int64_t>(value)) {
        return double(*whole);
    }
    const auto* real = std::get_if<double>(value);
    if (real == nullptr || !(std::abs(*real) < 1e12)) {
        fail("key '" + printable(full(key)) + "' must be a number");
    }
    return *real;
}

bool GgufMetadata::flag_or(std::string_view key, bool fallback) const
{
    const GgufValue* value = find(key);
    if (value == nullptr) {
        return fallback;
    }
    const auto* flag = std::get_if<bool>(value);
    if (flag == nullptr) {
        fail("key '" + printable(full(key)) + "' must be true or false");
    }
    return *flag;
}

std::string GgufMetadata::text_or(std::string_view key, const std::string& fallback) const
{
    const GgufValue* value = find(key);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr || text->empty() ? fallback : *text;
}

std::int64_t GgufMetadata::whole_or(std::string_view key, std::int64_t fallback) const
{
    const GgufValue* value = find(key);
    const auto* whole = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    return whole == nullptr ? fallback : *whole;
}

int GgufMetadata::size_of_layer(std::string_view key, int layer, int most) const
{
    const GgufValue* value = find(key);
    const auto* list = value == nullptr ? nullptr : std::get_if<GgufList>(value);
    if (list == nullptr) {
        if (value == nullptr) {
            fail("key '" + printable(full(key)) + "' is missing", "such a model needs it");
        }
        return in_range(key, number_or(key, 0), most, 1);
    }
    if (layer < 0 || std::size_t(layer) >= list->numbers.size()) {
        fail(fmt::format("key '{}' is a list of {} numbers", printable(full(key)), list->numbers.size()),
             layer < 0 ? "it must be one number" : "it must have one a layer");
    }
    return in_range(key, list->numbers[std::size_t(layer)], most, 1);
}

std::optional<bool> GgufMetadata::flag_of_layer(std::string_view key, int layer) const
{
    const GgufValue* value = find(key);
    const auto* list = value == nullptr ? nullptr : std::get_if<GgufList>(value);
    if (list == nullptr || std::size_t(layer) >= list->numbers.size()) {
        return std::nullopt;
    }
    return list->numbers[std::size_t(layer)] != 0;
}

}  // namespace slimline
