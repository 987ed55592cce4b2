#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explorer/search.h"

namespace slimline {

/// Where a search stands between two rounds: with the question, all that it needs to go on. Measures are not in it, they
/// follow from the designs.
struct SearchState {
    std::uint64_t question = 0;  // SearchQuestion::identity
    std::size_t tasks_done = 0;
    double evaluated = 0;
    double blocks_done = 0;
    std::vector<Candidate> front{};
};

/// As `search_checkpoint/1`.
std::string text_of(const SearchState& state, const std::string& name);

/// Throws InputError, which names `place`, when the text is no checkpoint, or one of another question.
SearchState read_state(const std::string& place, std::string text, const SearchQuestion& question);

}  // namespace slimline
