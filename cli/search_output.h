#pragma once

#include <string>

#include "base/json.h"
#include "cli/console.h"
#include "explorer/front_bounds.h"
#include "explorer/front_ranks.h"

namespace slimline {

/// What a search found, to be written in one of the forms.
struct SearchAnswer {
    const SearchQuestion& question;
    const SearchResult& result;
    FrontRanks ranks;
    std::vector<DesignBounds> bounds;  // of designs spread over it
    bool all = false;  // every design within the limits, not only the front
    Json asked = Json::object();  // the search/1 document
};

/// With its unit, as people read it.
std::string shown(DesignMetric metric, double value);

void write_search_json(Console& console, const SearchAnswer& answer);
/// A line a design, with a header.
void write_search_csv(Console& console, const SearchAnswer& answer);
/// A JSON object a line.
void write_search_ndjson(Console& console, const SearchAnswer& answer);
/// A table of at most `rows` designs, spread over the front; 0: all.
void write_search_text(Console& console, const SearchAnswer& answer, int rows);

}  // namespace slimline
