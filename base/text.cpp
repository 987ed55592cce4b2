#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace slimline {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string letters_and_digits(std::string_view text)
{
    std::string kept;
    std::ranges::copy_if(text, std::back_inserter(kept), [](unsigned char c) { return std::isalnum(c) != 0; });
    return kept;
}

std::vector<std::string> containing(std::string_view word, std::span<const std::string> candidates)
{
    std::vector<std::string> found;
    for (const std::string& candidate : candidates) {
        if (word.size() >= 2 && lower_case(candidate).find(lower_case(word)) != std::string::npos) {
            found.push_back(candidate);
        }
    }
    return found;
}

std::string with_unit(double value, std::span<const std::pair<double, const char*>> scale)
{
    for (const auto& [size, unit] : scale) {
        if (std::abs(value) >= size) {
            return significant(value / size) + " " + unit;
        }
    }
    const auto& [size, unit] = scale.back();
    return significant(value / size) + " " + unit;
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates)
{
    if (word.size() > 200) {
        return {};
    }
    // Among equally near words the one that differs in letters least: "q4km" is Q4_K_M, not Q4_0.
    const std::string wanted = lower_case(word);
    const std::string wanted_letters = letters_and_digits(wanted);
    std::string best;
    std::pair best_distance{std::max<std::size_t>(2, word.size() / 3) + 1, std::size_t{0}};
    for (const std::string& candidate : candidates) {
        const std::string name = lower_case(candidate);
        const std::pair distance{edit_distance(wanted, name), edit_distance(wanted_letters, letters_and_digits(name))};
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates)
{
    const std::string best = nearest(word, candidates);
    if (!best.empty()) {
        return "did you mean '" + best + "'?";
    }
    if (std::vector<std::string> longer = containing(word, candidates); !longer.empty()) {
        const bool cut = longer.size() > 8;
        longer.resize(std::min<std::size_t>(longer.size(), 8));
        return "did you mean one of " + joined(longer, ", ") + (cut ? ", ..." : "") + "?";
    }
    return candidates.empty() || candidates.size() > 40 ? std::string{} : "known: " + joined(candidates, ", ");
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return lower;
}

std::string joined(std::span<const std::string> words, std::string_view separator)
{
    return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (true) {
        const std::size_t end = text.find(separator, start);
        parts.emplace_back(text.substr(start, end - start));
        if (end == std::string_view::npos) {
            return parts;
        }
        start = end + 1;
    }
}

std::string printable(std::string_view text, std::size_t most)
{
    std::string shown;
    for (const char c : text.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        shown += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    }
    return text.size() > most ? shown + "..." : shown;
}

bool parse_number(std::string_view text, double& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool parse_integer(std::string_view text, long long& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

std::string significant(double value, int digits)
{
    if (value == 0 || !std::isfinite(value)) {
        return fmt::format("{:g}", value);
    }
    const int before_point = int(std::floor(std::log10(std::abs(value)))) + 1;
    return fmt::format("{:.{}f}", value, std::clamp(digits - before_point, 0, 12));
}

std::string display(Seconds time)
{
    static constexpr std::array<std::pair<double, const char*>, 4> scale{
        {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
    return with_unit(time.value, scale);
}

std::string display(Bytes size)
{
    static constexpr std::array<std::pair<double, const char*>, 4> scale{
        {{GiB, "GiB"}, {MiB, "MiB"}, {KiB, "KiB"}, {1, "B"}}};
    return with_unit(size.value, scale);
}

std::string display(Joules energy)
{
    static constexpr std::array<std::pair<double, const char*>, 4> scale{
        {{1e3, "kJ"}, {1, "J"}, {1e-3, "mJ"}, {1e-6, "uJ"}}};
    return with_unit(energy.value, scale);
}

std::string display_count(double count)
{
    static constexpr std::array<std::pair<double, const char*>, 5> scale{
        {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}}};
    std::string shown = with_unit(count, scale);
    if (shown.back() == ' ') {
        shown.pop_back();
    }
    return shown;
}

std::string csv_field(const std::string& text)
{
    if (text.find_first_of(",\"\n\r") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c;
        if (c == '"') {
            quoted += c;
        }
    }
    return quoted + "\"";
}

}  // namespace slimline
