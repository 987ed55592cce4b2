#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/quality/law_fit.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t most_rows = 1'000'000;

struct Place {
    std::string file;
    std::size_t line = 0;

    [[noreturn]] void fail(const std::string& fact, const std::string& remedy = {}) const
    {
        throw InputError(fmt::format("{}:{}", file, line), fact, remedy);
    }
};

std::string trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos
               ? std::string()
               : std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// Fields of a line, quotes around those with commas; a doubled quote inside quotes is one.
std::vector<std::string> fields_of(std::string_view line, const Place& place)
{
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += line[i++];
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += line[i];
        }
    }
    if (quoted) {
        place.fail("a quote is not closed", "add '\"'");
    }
    for (std::string& field : fields) {
        field = trimmed(field);
    }
    return fields;
}

void check_header(const std::vector<std::string>& header, const Place& place)
{
    std::vector<std::string> known = law_input_names();
    known.insert(known.end(), {"architecture", "loss"});
    for (const std::string& column : header) {
        if (std::find(known.begin(), known.end(), column) == known.end()) {
            place.fail("unknown column '" + printable(column) + "'", did_you_mean(column, known));
        }
        if (std::count(header.begin(), header.end(), column) > 1) {
            place.fail("column '" + column + "' stands twice", "drop one");
        }
    }
    if (std::find(header.begin(), header.end(), "loss") == header.end()) {
        place.fail("there is no column 'loss'", "name the column of losses so");
    }
}

double number_of(const std::string& field, const std::string& column, const Place& place)
{
    double value = 0;
    if (!parse_number(field, value) || !std::isfinite(value)) {
        place.fail("'" + printable(field) + "' in column '" + column + "' is no number");
    }
    if (column != "loss" && !(value > 0)) {
        place.fail("column '" + column + "' must be positive, not " + printable(field));
    }
    return value;
}

/// Designs already read, so that a table with one model in many rows reads it once.
using Cache = std::map<std::string, LawInputs>;

LawInputs design_of(const std::string& text, const Place& place, Cache& cache)
{
    const auto known = cache.find(text);
    if (known != cache.end()) {
        return known->second;
    }
    try {
        WeightMix trained = mix_named("F16");
        return cache[text] = law_inputs(load_architecture(text), std::numeric_limits<double>::quiet_NaN(), trained);
    } catch (const InputError& error) {
        place.fail(error.what());
    }
}

LossObservation observation_of(const std::vector<std::string>& header, const std::vector<std::string>& fields,
                               const Place& place, Cache& cache)
{
    if (fields.size() != header.size()) {
        place.fail(fmt::format("{} fields where the header has {}", fields.size(), header.size()));
    }
    LossObservation observation;
    const auto architecture = std::find(header.begin(), header.end(), "architecture");
    if (architecture != header.end()) {
        observation.inputs = design_of(fields[std::size_t(architecture - header.begin())], place, cache);
    }
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (header[i] == "loss") {
            observation.loss = number_of(fields[i], header[i], place);
        } else if (header[i] != "architecture") {
            const auto& names = law_input_names();
            const auto input = std::find(names.begin(), names.end(), header[i]) - names.begin();
            observation.inputs[LawInput(input)] = number_of(fields[i], header[i], place);
        }
    }
    return observation;
}

}  // namespace

std::vector<LossObservation> parse_loss_observations(const std::string& text, const std::string& name)
{
    std::vector<LossObservation> observations;
    std::vector<std::string> header;
    Cache cache;
    Place place{name, 0};
    for (const std::string& line : split(text, '\n')) {
        ++place.line;
        if (trimmed(line).empty() || line.starts_with('#')) {
            continue;
        }
        const std::vector<std::string> fields = fields_of(line, place);
        if (header.empty()) {
            check_header(fields, place);
            header = fields;
        } else if (observations.size() == most_rows) {
            place.fail(fmt::format("more than {} rows", most_rows), "thin them out");
        } else {
            observations.push_back(observation_of(header, fields, place, cache));
        }
    }
    if (observations.empty()) {
        throw InputError(name, "has no rows of losses", "a header line and one line a run");
    }
    return observations;
}

std::vector<LossObservation> read_loss_observations(const std::filesystem::path& csv)
{
    return parse_loss_observations(read_file(csv), csv.string());
}

}  // namespace slimline
