#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slimline {

/// One result of llama-bench as text by field, whatever form it was printed in, and where it stands ("runs.csv:3").
/// Fields have the names of its JSON ("n_prompt"); the columns of its Markdown are translated to them.
struct BenchFields {
    std::string place{};
    std::map<std::string, std::string, std::less<>> values{};

    /// "" when it is not said.
    const std::string& text(std::string_view name) const;
    /// `fallback` when it is not said; throws InputError for anything but a number from `least` to `most`.
    double number(std::string_view name, double fallback, double least, double most) const;
};

/// The output of llama-bench in any of the forms it prints: JSON, one JSON object a line, CSV, or Markdown with any text
/// around its tables. Throws InputError with the line of what cannot be read.
std::vector<BenchFields> read_bench_fields(const std::string& name, const std::string& text);

}  // namespace slimline
