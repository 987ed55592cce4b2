#pragma once

#include <vector>

#include "archspace/quality/law.h"

namespace slimline {

/// The groups of dimensions that are told apart: each may alone decide some terms of a law.
enum class SizeGroup : std::uint8_t { attention, ffn, vocabulary };
inline constexpr std::size_t size_group_count = 3;

/// Terms of a law that read, of what differs between designs of one width and depth, one group's sizes only.
struct GroupTerms {
    Law law;
    SizeGroup group{};
};

/// A law taken apart for designs of one width and depth: terms of one group each, and what reads several. A sum over groups
/// is then known part by part, and only the rest needs bounds.
struct LawParts {
    Law joint;
    std::vector<GroupTerms> apart;
    bool by_count = false;  // the joint terms read the counted parameters alone, and fall when these grow
    LawInput counted = LawInput::all_parameters;
};
LawParts take_apart(const Law& law);

}  // namespace slimline
