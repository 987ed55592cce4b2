#pragma once

#include <string>
#include <vector>

#include "archspace/architecture.h"

namespace slimline {

/// Architectures from words: each an id, the short form, or a file that holds one, a JSON list of them, an object with a list
/// under "designs" or "front", or one a line (NDJSON); "-" reads standard input. Entries of lists are architectures, ids, or
/// objects with an "architecture". Two of the same id are told apart by a number behind it.
std::vector<Architecture> load_designs(const std::vector<std::string>& words);

}  // namespace slimline
