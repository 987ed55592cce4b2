#include "base/json.h"

#include <cmath>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr int deepest = 64;

/// Walks a text that is known to be valid JSON; used only to find the line of a value for a message.
class LineFinder {
 public:
    explicit LineFinder(std::string_view text) : text_(text) {}

    std::size_t line_of(std::string_view pointer)
    {
        skip_space();
        while (!pointer.empty()) {
            pointer.remove_prefix(1);
            const std::string_view step = pointer.substr(0, pointer.find('/'));
            pointer.remove_prefix(step.size());
            if (!enter(unescaped(step))) {
                break;
            }
        }
        return line_;
    }

 private:
    static std::string unescaped(std::string_view step)
    {
        std::string key(step);
        for (const auto& [from, to] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
            for (std::size_t at = key.find(from); at != std::string::npos; at = key.find(from, at + 1)) {
                key.replace(at, 2, to);
            }
        }
        return key;
    }

    char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

    void advance()
    {
        line_ += peek() == '\n' ? 1 : 0;
        ++position_;
    }

    void skip_space()
    {
        while (position_ < text_.size() && std::string_view(" \t\r\n").find(peek()) != std::string_view::npos) {
            advance();
        }
    }

    std::string_view string_token()
    {
        const std::size_t start = position_;
        advance();
        while (position_ < text_.size() && peek() != '"') {
            position_ += peek() == '\\' ? 2 : 1;
        }
        advance();
        return text_.substr(start, position_ - start);
    }

    void skip_value()
    {
        int depth = 0;
        do {
            if (peek() == '"') {
                string_token();
            } else {
                depth += peek() == '{' || peek() == '[' ? 1 : 0;
                depth -= peek() == '}' || peek() == ']' ? 1 : 0;
                advance();
            }
            skip_space();
        } while (position_ < text_.size() && (depth > 0 || std::string_view(",]}").find(peek()) == std::string_view::npos));
    }

    bool enter(const std::string& step)
    {
        const bool object = peek() == '{';
        if (!object && peek() != '[') {
            return false;
        }
        advance();
        for (std::size_t index = 0; position_ < text_.size(); ++index) {
            skip_space();
            bool here = !object && std::to_string(index) == step;
            const std::size_t key_line = line_;
            if (object) {
                const Json key = Json::parse(string_token(), nullptr, false);
                here = key.is_string() && key.get_ref<const std::string&>() == step;
                skip_space();
                advance();  // the colon
                skip_space();
            }
            if (here) {
                line_ = object ? key_line : line_;
                return true;
            }
            skip_value();
            if (peek() != ',') {
                return false;
            }
            advance();
        }
        return false;
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t line_ = 1;
};

std::string escaped(std::string_view key)
{
    std::string step;
    for (const char c : key) {
        step += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return step;
}

std::string kind_of(const Json& value)
{
    switch (value.type()) {
        case Json::value_t::null: return "null";
        case Json::value_t::object: return "an object";
        case Json::value_t::array: return "a list";
        case Json::value_t::string: return "the text '" + printable(value.get_ref<const std::string&>(), 40) + "'";
        case Json::value_t::boolean: return value.get<bool>() ? "true" : "false";
        default: return value.dump();
    }
}

std::string describe(Range range)
{
    if (range.least == Range::positive().least) {
        return "a positive number";
    }
    if (range.most >= std::numeric_limits<double>::max()) {
        return range.least == -std::numeric_limits<double>::infinity() ? "a number"
                                                                      : fmt::format("a number of at least {:g}", range.least);
    }
    return fmt::format("a number between {:g} and {:g}", range.least, range.most);
}

/// Refuses duplicate keys and deep nesting while the parser runs.
struct StrictCallback {
    /// An object or list that the parser is in.
    struct Open {
        bool list = false;
        std::set<std::string> keys;
        std::string key;      // of the member that is read
        std::size_t read = 0;  // items of a list
    };
    std::vector<Open> open;
    std::string problem;
    std::string pointer;  // of the value that has the problem

    bool operator()(int depth, Json::parse_event_t event, Json& value)
    {
        using Event = Json::parse_event_t;
        if (depth > deepest && problem.empty()) {
            say(fmt::format("is nested more than {} levels deep", deepest));
        }
        if (!problem.empty()) {
            return false;
        }
        const bool begins = event == Event::object_start || event == Event::array_start;
        if ((begins || event == Event::value) && !open.empty() && open.back().list) {
            open.back().key = std::to_string(open.back().read++);
        }
        if (begins) {
            open.push_back({.list = event == Event::array_start, .keys = {}, .key = {}});
        } else if (event == Event::object_end || event == Event::array_end) {
            open.pop_back();
        } else if (event == Event::key) {
            open.back().key = value.get<std::string>();
            if (!open.back().keys.insert(open.back().key).second) {
                say("key '" + printable(open.back().key) + "' stands twice in one object; keep one");
            }
        }
        return true;
    }

    void say(const std::string& fact)
    {
        problem = fact;
        for (std::size_t i = 0; i + 1 < open.size(); ++i) {
            pointer += "/" + escaped(open[i].key);
        }
    }
};

[[noreturn]] void refuse(const JsonDocument& document, const StrictCallback& strict)
{
    const std::string& pointer = strict.pointer;
    const std::size_t line = LineFinder(document.text).line_of(pointer);
    throw InputError(fmt::format("{}:{}: {}", document.name, line, pointer.empty() ? "/" : printable(pointer, 200)), strict.problem);
}

std::string flat(const Json& value)
{
    if (value.is_array() || value.is_object()) {
        std::vector<std::string> parts;
        for (auto it = value.begin(); it != value.end(); ++it) {
            parts.push_back((value.is_object() ? Json(it.key()).dump() + ": " : "") + flat(*it));
        }
        const std::string inside = joined(parts, ", ");
        return value.is_array() ? "[" + inside + "]" : "{" + inside + "}";
    }
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_pretty(std::string& out, const Json& value, std::size_t indent, std::size_t used)
{
    constexpr std::size_t width = 120;
    const std::string line = flat(value);
    const bool nested = value.is_structured() && indent == 0;
    if (!value.is_structured() || value.empty() || (!nested && used + line.size() <= width)) {
        out += line;
        return;
    }
    const std::string inner(indent + 2, ' ');
    out += value.is_array() ? "[\n" : "{\n";
    for (auto it = value.begin(); it != value.end(); ++it) {
        const std::string key = value.is_object() ? Json(it.key()).dump() + ": " : "";
        out += (it == value.begin() ? "" : ",\n") + inner + key;
        append_pretty(out, *it, indent + 2, indent + 3 + key.size());
    }
    out += "\n" + std::string(indent, ' ') + (value.is_array() ? "]" : "}");
}

}  // namespace

JsonDocument parse_json(std::string name, std::string text)
{
    JsonDocument document{std::move(name), std::move(text), {}};
    StrictCallback strict;
    try {
        document.root = Json::parse(document.text, std::ref(strict));
    } catch (const Json::exception& error) {
        if (!strict.problem.empty()) {
            refuse(document, strict);  // which came before it
        }
        std::string what = error.what();
        if (const std::size_t colon = what.find("] "); colon != std::string::npos) {
            what = what.substr(colon + 2);
        }
        if (what.starts_with("parse error at ")) {
            what = what.substr(std::string("parse error at ").size());
        }
        throw InputError(document.name, "is not valid JSON: " + printable(what, 200), "mend the text there");
    }
    if (!strict.problem.empty()) {
        refuse(document, strict);
    }
    return document;
}

JsonDocument load_json(const std::filesystem::path& path) { return parse_json(path.string(), read_file(path)); }

std::string pretty(const Json& value)
{
    std::string out;
    append_pretty(out, value, 0, 0);
    return out + "\n";
}

JsonPlace::JsonPlace(const JsonPlace& parent, const Json& value, std::string_view key)
    : document_(parent.document_), value_(&value), pointer_(parent.pointer_ + "/" + escaped(key))
{
}

void JsonPlace::fail(const std::string& fact, const std::string& remedy) const
{
    const std::size_t line = LineFinder(document_->text).line_of(pointer_);
    throw InputError(fmt::format("{}:{}: {}", document_->name, line, pointer_.empty() ? "/" : printable(pointer_, 200)), fact,
                     remedy);
}

void JsonPlace::fail_unknown_word(const std::string& word, std::span<const std::string> known) const
{
    fail("unknown word '" + printable(word) + "'", did_you_mean(word, known));
}

double JsonPlace::number(Range range) const
{
    if (!value_->is_number()) {
        fail("must be " + describe(range) + ", not " + kind_of(*value_));
    }
    const double number = value_->get<double>();
    if (!(number >= range.least && number <= range.most)) {
        fail("must be " + describe(range) + ", not " + value_->dump());
    }
    return number;
}

std::int64_t JsonPlace::integer(std::int64_t least, std::int64_t most) const
{
    const std::string wanted = fmt::format("must be a whole number between {} and {}", least, most);
    if (!value_->is_number()) {
        fail(wanted + ", not " + kind_of(*value_));
    }
    const double number = value_->get<double>();
    if (!(number >= double(least) && number <= double(most)) || number != std::floor(number)) {
        fail(wanted + ", not " + value_->dump());
    }
    return std::int64_t(number);
}

bool JsonPlace::boolean() const
{
    if (!value_->is_boolean()) {
        fail("must be true or false, not " + kind_of(*value_));
    }
    return value_->get<bool>();
}

std::string JsonPlace::text() const
{
    if (!value_->is_string()) {
        fail("must be a text, not " + kind_of(*value_));
    }
    return value_->get<std::string>();
}

std::vector<JsonPlace> JsonPlace::items() const
{
    if (!value_->is_array()) {
        fail("must be a list, not " + kind_of(*value_));
    }
    std::vector<JsonPlace> places;
    for (std::size_t i = 0; i < value_->size(); ++i) {
        places.emplace_back(*document_, (*value_)[i], pointer_ + "/" + std::to_string(i));
    }
    return places;
}

std::vector<std::pair<std::string, JsonPlace>> JsonPlace::members() const
{
    if (!value_->is_object()) {
        fail("must be an object, not " + kind_of(*value_));
    }
    std::vector<std::pair<std::string, JsonPlace>> places;
    for (auto it = value_->begin(); it != value_->end(); ++it) {
        places.emplace_back(it.key(), JsonPlace(*this, it.value(), it.key()));
    }
    return places;
}

std::vector<std::string> JsonPlace::texts() const
{
    std::vector<std::string> all;
    for (const JsonPlace& item : items()) {
        all.push_back(item.text());
    }
    return all;
}

JsonObject::JsonObject(JsonPlace place) : place_(std::move(place))
{
    if (!place_.is_object()) {
        place_.fail("must be an object, not " + kind_of(place_.value()));
    }
}

JsonPlace JsonObject::at(std::string_view key)
{
    const std::optional<JsonPlace> place = find(key);
    if (!place) {
        place_.fail("'" + std::string(key) + "' is missing", "add it");
    }
    return *place;
}

std::optional<JsonPlace> JsonObject::find(std::string_view key)
{
    asked_.emplace(key);
    const Json& object = place_.value();
    const auto it = object.find(key);
    if (it == object.end()) {
        return std::nullopt;
    }
    return JsonPlace(place_, *it, key);
}

double JsonObject::number_or(std::string_view key, double fallback, Range range)
{
    const auto place = find(key);
    return place ? place->number(range) : fallback;
}

std::int64_t JsonObject::integer_or(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most)
{
    const auto place = find(key);
    return place ? place->integer(least, most) : fallback;
}

bool JsonObject::boolean_or(std::string_view key, bool fallback)
{
    const auto place = find(key);
    return place ? place->boolean() : fallback;
}

std::string JsonObject::text_or(std::string_view key, const std::string& fallback)
{
    const auto place = find(key);
    return place ? place->text() : fallback;
}

std::vector<std::string> JsonObject::texts_or_none(std::string_view key)
{
    const auto place = find(key);
    return place ? place->texts() : std::vector<std::string>{};
}

void JsonObject::done() const
{
    for (const auto& [key, place] : place_.members()) {
        if (!asked_.contains(key)) {
            const std::vector<std::string> known(asked_.begin(), asked_.end());
            const std::string meant = nearest(key, known);
            place.fail("unknown key '" + printable(key) + "'",
                       meant.empty() ? "known here: " + joined(known, ", ") : "did you mean '" + meant + "'?");
        }
    }
}

void expect_format(JsonObject& object, std::string_view format)
{
    const JsonPlace place = object.at("format");
    const std::string found = place.text();
    if (found != format) {
        place.fail("format is '" + printable(found) + "'", "this place takes '" + std::string(format) + "'");
    }
}

}  // namespace slimline
