#pragma once

#include <array>
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

/// Shares of the time that each roof holds: memory, arithmetic, per-operator times, fixed times.
using RoofShares = std::array<double, 4>;
inline constexpr std::array<std::string_view, 4> roof_names{"memory", "compute", "overhead", "fixed"};

/// What holds one of the designs back.
struct ReportBounds {
    double tpot_s = 0;
    RoofShares prefill{};
    RoofShares decode{};
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
    std::vector<ReportBounds> bounds;  // ascending by the time a token; empty where the document has none
    std::size_t designs = 0;
};

/// Reads a search_result/1. Every row must have the same members as the first.
DesignReport read_design_report(const JsonPlace& document);

/// Pages about validations and sweeps, as report.js reads them.
Json accuracy_page(const JsonPlace& document);
Json sweep_page(const JsonPlace& document);

}  // namespace slimline
