#pragma once

#include "cli/console.h"
#include "explorer/layer_search.h"

namespace slimline {

void write_layers_json(Console& console, const LayerQuestion& question, const LayerSearchResult& result);
void write_layers_csv(Console& console, const LayerQuestion& question, const LayerSearchResult& result);
void write_layers_ndjson(Console& console, const LayerQuestion& question, const LayerSearchResult& result);
/// A table of so many rows, spread over the front (0: all), and in words how it was found.
void write_layers_text(Console& console, const LayerQuestion& question, const LayerSearchResult& result, int rows);

}  // namespace slimline
