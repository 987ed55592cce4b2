#pragma once

#include <string>
#include <vector>

#include "explorer/search.h"
#include "gui/viewmodel/search_form.h"

namespace slimline::gui {

/// What `slimline search --json` wrote: what was asked, and the designs that were found.
struct FoundDesigns {
    std::string text{};         // the question, a search/1 document
    AskedHere asked{};          // of that text
    std::vector<Candidate> designs{};
    bool front = true;          // else every design within the limits
    bool complete = true;       // else the search was stopped
    bool says_question = true;  // else its space is what the designs have
    std::size_t differing = 0;  // designs that have other measures here: the file is of other data
    double difference = 0;      // the largest share of a measure

    /// All that a person should know of it.
    std::string note(const std::string& file) const;
};

/// Reads a search_result/1; every mistake is an InputError with file, line, what is wrong and what to do.
FoundDesigns read_found_designs(const JsonPlace& place);

}  // namespace slimline::gui
