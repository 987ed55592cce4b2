#include "validation/bench_fields.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t most_results = 100'000;
constexpr std::string_view blanks = " \t\r";

std::string trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(blanks);
    return first == text.npos ? std::string()
                              : std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::string place_of(const std::string& name, std::size_t line)
{
    return name + ":" + std::to_string(line);
}

/// The least of the samples, or "": a mean is said beside them.
std::string least_sample(const Json& samples)
{
    double least = INFINITY;
    for (const Json& each : samples) {
        least = std::min(least, each.is_number() ? each.get<double>() : INFINITY);
    }
    return least < INFINITY ? Json(least).dump() : "";
}

BenchFields fields_of(const Json& object, std::string place)
{
    BenchFields fields{std::move(place), {}};
    for (const auto& [key, value] : object.items()) {
        if (key == "samples_ns" && value.is_array()) {
            fields.values["least_ns"] = least_sample(value);
        } else if (value.is_string()) {
            fields.values[key] = value.get<std::string>();
        } else if (value.is_boolean()) {
            fields.values[key] = value.get<bool>() ? "1" : "0";
        } else if (value.is_number()) {
            fields.values[key] = value.dump();
        }
    }
    return fields;
}

/// The line in which each object of a list begins; the text is JSON.
std::vector<std::size_t> lines_of_objects(const std::string& text)
{
    std::vector<std::size_t> lines;
    std::size_t line = 1;
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        line += c == '\n' ? 1 : 0;
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (c == '{' && depth == 1) {
                lines.push_back(line);
            }
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return lines;
}

std::vector<BenchFields> from_json(const std::string& name, const std::string& text)
{
    const JsonDocument document = parse_json(name, text);
    const std::vector<std::size_t> lines = lines_of_objects(text);
    std::vector<BenchFields> all;
    for (const JsonPlace& each : JsonPlace(document).items()) {
        if (!each.is_object()) {
            each.fail("must be a result of llama-bench, an object", "take 'llama-bench -o json' as it is");
        }
        all.push_back(fields_of(each.value(), place_of(name, lines.at(all.size()))));
    }
    return all;
}

std::vector<BenchFields> from_json_lines(const std::string& name, const std::vector<std::string>& lines)
{
    std::vector<BenchFields> all;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string line = trimmed(lines[i]);
        if (line.empty() || line.front() != '{') {
            continue;  // what a person's shell or the program's log put between
        }
        all.push_back(fields_of(parse_json(place_of(name, i + 1), line).root, place_of(name, i + 1)));
    }
    return all;
}

/// The cells of a line of CSV as llama-bench writes it: in quotation marks, which stand twice where they are meant.
std::vector<std::string> csv_cells(const std::string& place, const std::string& line)
{
    std::vector<std::string> cells{""};
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            cells.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else if (c != '\r') {
            cells.back() += c;
        }
    }
    if (quoted) {
        throw InputError(place, "a quotation mark is not closed", "complete the line or take it out");
    }
    return cells;
}

BenchFields fields_of(const std::vector<std::string>& names, const std::vector<std::string>& cells, std::string place)
{
    if (cells.size() != names.size()) {
        throw InputError(
            place, "has " + std::to_string(cells.size()) + " cells under " + std::to_string(names.size()) + " columns",
            "complete the line or take it out");
    }
    BenchFields fields{std::move(place), {}};
    for (std::size_t i = 0; i < names.size(); ++i) {
        fields.values[names[i]] = trimmed(cells[i]);
    }
    return fields;
}

std::vector<BenchFields> from_csv(const std::string& name, const std::vector<std::string>& lines)
{
    std::vector<BenchFields> all;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string place = place_of(name, i + 1);
        const std::string line = trimmed(lines[i]);
        if (line.find("n_prompt") != line.npos && line.find("n_gen") != line.npos) {
            names = csv_cells(place, line);  // again in files that were put together
        } else if (!line.empty() && !names.empty()) {
            all.push_back(fields_of(names, csv_cells(place, line), place));
        }
    }
    return all;
}

std::vector<std::string> table_cells(const std::string& line)
{
    std::vector<std::string> cells = split(line.substr(1), '|');
    if (!cells.empty() && trimmed(cells.back()).empty()) {
        cells.pop_back();
    }
    for (std::string& cell : cells) {
        cell = trimmed(cell);
    }
    return cells;
}

/// A column of the Markdown by its name in the other forms.
std::string field_of_column(const std::string& column)
{
    static const std::map<std::string, std::string> fields{
        {"model", "model_type"}, {"size", "model_size"},  {"params", "model_n_params"},
        {"backend", "backends"}, {"ngl", "n_gpu_layers"}, {"threads", "n_threads"},
        {"t/s", "avg_ts"},       {"fa", "flash_attn"},    {"nkvo", "no_kv_offload"},
        {"embd", "embeddings"}};
    const auto found = fields.find(column);
    return found == fields.end() ? column : found->second;
}

/// "3.56 GiB", "6.74 B" as a number: the Markdown rounds for people.
void spell_out(BenchFields& fields, const char* name, const std::map<std::string, double>& units)
{
    const auto found = fields.values.find(name);
    if (found == fields.values.end() || found->second.empty()) {
        return;
    }
    const std::vector<std::string> words = split(found->second, ' ');
    double number = 0;
    const auto unit = units.find(words.back());
    if (words.size() != 2 || unit == units.end() || !parse_number(words[0], number)) {
        throw InputError(fields.place,
                         "'" + printable(found->second) + "' under '" + (units.contains("MiB") ? "size" : "params") +
                             "' is not what llama-bench prints",
                         "take its table as it is");
    }
    found->second = Json(number * unit->second).dump();
}

/// "pp512", "tg 128", "pp512+tg128", "tg128 @ d2048".
void spell_out_test(BenchFields& fields)
{
    const std::string test = fields.text("test");
    std::string rest;
    std::ranges::remove_copy(test, std::back_inserter(rest), ' ');
    const auto take = [&](std::string_view mark, const char* name) {
        if (!rest.starts_with(mark)) {
            return;
        }
        rest.erase(0, mark.size());
        const std::size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
        fields.values[name] = rest.substr(0, end);
        rest.erase(0, end);
    };
    fields.values["n_prompt"] = fields.values["n_gen"] = fields.values["n_depth"] = "0";
    take("pp", "n_prompt");
    take("+", "unused");
    take("tg", "n_gen");
    take("@d", "n_depth");
    if (!rest.empty() || test.empty()) {
        throw InputError(fields.place, "'" + printable(test) + "' is no test of llama-bench",
                         "it writes pp512, tg128 or tg128 @ d2048");
    }
}

void spell_out_row(BenchFields& fields)
{
    spell_out(fields, "model_size", {{"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}});
    spell_out(fields, "model_n_params", {{"K", 1e3}, {"M", 1e6}, {"B", 1e9}, {"T", 1e12}});
    spell_out_test(fields);
    std::string& speed = fields.values["avg_ts"];
    speed = trimmed(speed.substr(0, speed.find("±")));
}

bool is_rule(const std::vector<std::string>& cells)
{
    return std::ranges::all_of(cells,
                               [](const std::string& cell) { return cell.find_first_not_of("-: ") == cell.npos; });
}

std::vector<BenchFields> from_markdown(const std::string& name, const std::vector<std::string>& lines)
{
    constexpr std::string_view build = "build: ";
    std::vector<BenchFields> all;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string line = trimmed(lines[i]);
        if (line.starts_with(build)) {  // stands behind its table
            for (auto row = all.rbegin(); row != all.rend() && row->text("build_commit").empty(); ++row) {
                row->values["build_commit"] = line.substr(build.size());
            }
        }
        if (line.empty() || line.front() != '|') {
            names.clear();
            continue;
        }
        const std::vector<std::string> cells = table_cells(line);
        if (std::ranges::find(cells, "test") != cells.end() && std::ranges::find(cells, "t/s") != cells.end()) {
            names.clear();
            std::ranges::transform(cells, std::back_inserter(names), field_of_column);
        } else if (!names.empty() && !is_rule(cells)) {
            all.push_back(fields_of(names, cells, place_of(name, i + 1)));
            spell_out_row(all.back());
        }
    }
    return all;
}

std::vector<BenchFields> from_any(const std::string& name, const std::string& text)
{
    const std::vector<std::string> lines = split(text, '\n');
    const auto starts = [&](char c) {
        return std::ranges::any_of(lines, [&](const std::string& line) {
            const std::size_t first = line.find_first_not_of(blanks);
            return first != line.npos && line[first] == c;
        });
    };
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first != text.npos && text[first] == '[') {
        return from_json(name, text);
    }
    if (starts('{')) {
        return from_json_lines(name, lines);
    }
    return starts('|') ? from_markdown(name, lines) : from_csv(name, lines);
}

}  // namespace

const std::string& BenchFields::text(std::string_view name) const
{
    static const std::string none;
    const auto found = values.find(name);
    return found == values.end() ? none : found->second;
}

double BenchFields::number(std::string_view name, double fallback, double least, double most) const
{
    const std::string& word = text(name);
    double value = fallback;
    if (!word.empty() && (!parse_number(word, value) || !(value >= least && value <= most))) {
        throw InputError(place, "'" + std::string(name) + "' is '" + printable(word) + "'",
                         "llama-bench writes a number from " + significant(least) + " to " + significant(most));
    }
    return value;
}

std::vector<BenchFields> read_bench_fields(const std::string& name, const std::string& text)
{
    std::vector<BenchFields> all = from_any(name, text);
    if (all.empty()) {
        throw InputError(name, "holds no result of llama-bench",
                         "give what 'llama-bench -o json', 'jsonl', 'csv' or 'md' printed");
    }
    if (all.size() > most_results) {
        throw InputError(name, "holds more than " + std::to_string(most_results) + " results", "give fewer");
    }
    return all;
}

}  // namespace slimline
