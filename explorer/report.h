#pragma once

#include <string>

#include "base/json.h"

namespace slimline {

/// One HTML page that opens without a network: charts and tables of a search_result/1, an accuracy/1 or a sweep/1, each
/// design with its filters and brushes. Throws InputError for another kind of document, a broken one, or when this build
/// has no plotting library in it.
std::string html_report(const JsonPlace& document);

/// The same as text for a repository or a mail: the first rows of what the page shows.
std::string markdown_report(const JsonPlace& document);

}  // namespace slimline
