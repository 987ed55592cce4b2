#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace slimline {

/// The candidate nearest to `word` by edit distance (case ignored), or "" when none is near enough to be meant.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "did you mean 'x'?", or the candidates that contain the word, or all when they are few, or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

std::string lower_case(std::string_view text);
std::string joined(std::span<const std::string> words, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);

/// `text` with control characters and broken UTF-8 made visible, cut to `most` characters: safe to print in a message.
std::string printable(std::string_view text, std::size_t most = 60);

/// One field as CSV writes it, quoted where it must be.
std::string csv_field(const std::string& text);

/// Reads a whole non-negative or negative decimal number; no other characters may stand around it.
bool parse_number(std::string_view text, double& value);
bool parse_integer(std::string_view text, long long& value);

/// Numbers as a person reads them: three or four significant digits and a unit ("12.3 ms", "4.56 GiB", "1.24 G").
std::string display(Seconds time);
std::string display(Bytes size);
std::string display(Joules energy);
std::string display_count(double count);
std::string significant(double value, int digits = 3);

}  // namespace slimline
