#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/errors.h"

namespace slimline {

/// Keys keep the order in which they were written: files are read by people.
using Json = nlohmann::ordered_json;

/// A JSON text with its name, kept so that an error can say in which line a value stands.
struct JsonDocument {
    std::string name;
    std::string text;
    Json root;
};

/// Parses strictly: no comments, no duplicate keys, at most 64 levels deep. Throws InputError with line and column.
JsonDocument parse_json(std::string name, std::string text);
JsonDocument load_json(const std::filesystem::path& path);

/// Two spaces of indentation, short lists and objects on one line (at most 120 characters), a final newline.
std::string pretty(const Json& value);

/// Which numbers are meant; both ends belong to it.
struct Range {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();

    static constexpr Range positive() { return {std::numeric_limits<double>::min(), std::numeric_limits<double>::max()}; }
    static constexpr Range not_negative() { return {0, std::numeric_limits<double>::max()}; }
    static constexpr Range share() { return {0, 1}; }
};

template <class Enum>
using Words = std::span<const std::pair<std::string_view, Enum>>;

/// A value in a document and the way to it; reading it as the wrong kind throws InputError with file, line and path.
class JsonPlace {
 public:
    explicit JsonPlace(const JsonDocument& document) : document_(&document), value_(&document.root) {}
    JsonPlace(const JsonDocument& document, const Json& value, std::string pointer)
        : document_(&document), value_(&value), pointer_(std::move(pointer))
    {
    }

    JsonPlace(const JsonPlace& parent, const Json& value, std::string_view key);

    const Json& value() const { return *value_; }
    const std::string& pointer() const { return pointer_; }
    const std::string& file() const { return document_->name; }

    [[noreturn]] void fail(const std::string& fact, const std::string& remedy = {}) const;

    bool is_object() const { return value_->is_object(); }
    bool is_array() const { return value_->is_array(); }
    bool is_number() const { return value_->is_number(); }
    bool is_text() const { return value_->is_string(); }

    double number(Range range = {}) const;
    std::int64_t integer(std::int64_t least, std::int64_t most) const;
    bool boolean() const;
    std::string text() const;
    std::vector<JsonPlace> items() const;
    std::vector<std::pair<std::string, JsonPlace>> members() const;
    std::vector<std::string> texts() const;

    /// One of a closed list of words; an unknown one is an error that names the nearest.
    template <class Enum>
    Enum one_of(Words<Enum> words) const
    {
        const std::string word = text();
        std::vector<std::string> known;
        for (const auto& [name, meaning] : words) {
            if (name == word) {
                return meaning;
            }
            known.emplace_back(name);
        }
        fail_unknown_word(word, known);
    }

 private:
    [[noreturn]] void fail_unknown_word(const std::string& word, std::span<const std::string> known) const;

    const JsonDocument* document_;
    const Json* value_;
    std::string pointer_;
};

/// What a library says about a value that it does not take, at the value's place.
template <class Make>
auto at_place(const JsonPlace& place, Make&& make)
{
    try {
        return make();
    } catch (const InputError& error) {
        place.fail(error.what());
    }
}

/// An object whose members are read by name; done() makes every member that nobody asked for an error.
class JsonObject {
 public:
    explicit JsonObject(JsonPlace place);

    const JsonPlace& place() const { return place_; }
    bool has(std::string_view key) const { return place_.value().contains(key); }

    JsonPlace at(std::string_view key);
    std::optional<JsonPlace> find(std::string_view key);

    double number(std::string_view key, Range range = {}) { return at(key).number(range); }
    double number_or(std::string_view key, double fallback, Range range = {});
    std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most) { return at(key).integer(least, most); }
    std::int64_t integer_or(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
    bool boolean_or(std::string_view key, bool fallback);
    std::string text(std::string_view key) { return at(key).text(); }
    std::string text_or(std::string_view key, const std::string& fallback);
    std::vector<std::string> texts_or_none(std::string_view key);

    template <class Enum>
    Enum one_of(std::string_view key, Words<Enum> words)
    {
        return at(key).template one_of<Enum>(words);
    }
    template <class Enum>
    Enum one_of_or(std::string_view key, Words<Enum> words, Enum fallback)
    {
        const auto place = find(key);
        return place ? place->template one_of<Enum>(words) : fallback;
    }

    /// Reads and throws away: for members that are for people (notes).
    void ignore(std::string_view key) { find(key); }
    void done() const;

 private:
    JsonPlace place_;
    std::set<std::string, std::less<>> asked_;
};

/// Checks `"format": "<kind>/<version>"`, so that a file of another kind or a newer version is named as such.
void expect_format(JsonObject& object, std::string_view format);

/// The word of an enumerator in a table of words ("" when it has none).
template <class Enum>
std::string_view word_of(Enum meaning, Words<Enum> words)
{
    for (const auto& [name, each] : words) {
        if (each == meaning) {
            return name;
        }
    }
    return {};
}

}  // namespace slimline
