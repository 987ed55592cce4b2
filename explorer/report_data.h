#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace slimline {

/// One figure or dimension of all designs: numbers, or texts.
struct ReportColumn {
    std::string name;
    std::string title;
    std::string unit;  // "s", "J", "B", "n" (a count to be shown in millions), or ""
    bool text = false;
    bool measure = false;
    std::vector<Json> values;
};

/// What a page about designs shows.
struct DesignReport {
    std::string title;
    std::string subtitle;
    std::string note;
    bool front = false;
    std::vector<std::string> objectives;
    std::vector<std::pair<std::string, std::string>> facts;
    std::vector<ReportColumn> columns;
    std::size_t designs = 0;
};

/// Reads a search_result/1. Every row must have the same members as the first.
DesignReport read_design_report(const JsonPlace& document);

/// Pages about validations and sweeps, as report.js reads them.
Json accuracy_page(const JsonPlace& document);
Json sweep_page(const JsonPlace& document);

}  // namespace slimline
