#include "validation/design_list.h"

#include <iostream>
#include <iterator>
#include <map>

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t most_designs = 100'000;

bool names_a_list(const std::string& word)
{
    return word == "-" || word.ends_with(".ndjson") || word.ends_with(".jsonl") || word.ends_with(".json");
}

Architecture design_of(const JsonPlace& place)
{
    if (place.is_text()) {
        return load_architecture(place.text());
    }
    if (place.is_object() && !place.value().contains("format") && place.value().contains("architecture")) {
        return design_of(JsonPlace(place, place.value()["architecture"], "architecture"));
    }
    return read_architecture(place);
}

void add_document(std::vector<Architecture>& designs, const JsonDocument& document)
{
    const JsonPlace root(document);
    const auto add_all = [&](const JsonPlace& list) {
        for (const JsonPlace& item : list.items()) {
            designs.push_back(design_of(item));
        }
    };
    if (root.is_array()) {
        return add_all(root);
    }
    for (const char* key : {"designs", "front"}) {
        if (root.is_object() && root.value().contains(key)) {
            return add_all(JsonPlace(root, root.value()[key], key));
        }
    }
    designs.push_back(design_of(root));
}

void add_lines(std::vector<Architecture>& designs, const std::string& name, const std::string& text)
{
    int number = 0;
    for (const std::string& line : split(text, '\n')) {
        ++number;
        if (line.find_first_not_of(" \t\r") != std::string::npos) {
            add_document(designs, parse_json(name + ":" + std::to_string(number), line));
        }
    }
}

/// A whole JSON document, or one a line.
void add_text(std::vector<Architecture>& designs, const std::string& name, const std::string& text)
{
    const std::size_t first_line = text.find('\n');
    const bool several_lines = first_line != std::string::npos && text.find_first_not_of(" \t\r\n", first_line) != std::string::npos;
    if (name.ends_with(".ndjson") || name.ends_with(".jsonl") ||
        (several_lines && Json::accept(text.substr(0, first_line)))) {
        return add_lines(designs, name, text);
    }
    add_document(designs, parse_json(name, text));
}

std::string standard_input()
{
    constexpr std::size_t most = std::size_t(64) << 20;
    std::string text;
    for (std::string line; text.size() < most && std::getline(std::cin, line);) {
        text += line + "\n";
    }
    return text;
}

void make_ids_unique(std::vector<Architecture>& designs)
{
    std::map<std::string, int> seen;
    for (Architecture& each : designs) {
        if (const int times = ++seen[each.id]; times > 1) {
            each.id += "-" + std::to_string(times);
        }
    }
}

}  // namespace

std::vector<Architecture> load_designs(const std::vector<std::string>& words)
{
    std::vector<Architecture> designs;
    for (const std::string& word : words) {
        if (word == "-") {
            add_text(designs, "standard input", standard_input());
        } else if (!names_a_list(word)) {
            designs.push_back(load_architecture(word));
        } else {
            const std::string text = read_file(find_data_file(word, "archs", "architecture"));
            const bool config = Json::accept(text) && !Json::parse(text).contains("format") && Json::parse(text).contains("model_type");
            config ? designs.push_back(load_architecture(word)) : add_text(designs, word, text);
        }
        if (designs.size() > most_designs) {
            throw InputError(printable(word), "holds more than " + std::to_string(most_designs) + " designs", "give fewer");
        }
    }
    make_ids_unique(designs);
    return designs;
}

}  // namespace slimline
