#include "explorer/law_parts.h"

#include <algorithm>
#include <optional>

#include "archspace/quality/loss_bound.h"
#include "archspace/quality/loss_formulas.h"

namespace slimline {

namespace {

using enum LawInput;

/// What a law reads itself, parameters by its own convention.
std::vector<LawInput> own_reads(const Law& law)
{
    std::vector<LawInput> reads = info(law.kind).reads;
    for (const int name : law.formula.reads()) {
        if (std::size_t(name) < law_input_count) {
            reads.push_back(LawInput(name));
        }
    }
    std::ranges::replace(reads, parameters, formulas::counted(law));
    return reads;
}

/// Equal for all designs of one width, depth and format; what reads the depth alone is one number too.
bool is_common(LawInput input)
{
    switch (input) {
        case tokens:
        case width:
        case depth:
        case aspect_ratio:
        case weight_bits:
        case activation_bits:
        case kv_bits:
        case group:
            return true;
        default:
            return false;
    }
}

std::optional<SizeGroup> owner_of(LawInput input)
{
    switch (input) {
        case query_width:
        case kv_width:
        case gqa:
            return SizeGroup::attention;
        case ffn_ratio:
        case experts:
        case activation_rate:
            return SizeGroup::ffn;
        case vocabulary:
        case vocabulary_parameters:
            return SizeGroup::vocabulary;
        default:
            return std::nullopt;
    }
}

/// The one group whose sizes the law reads. What reads the depth too would differ from block to block.
std::optional<SizeGroup> only_group(const Law& law)
{
    std::optional<SizeGroup> only;
    for (const LawInput input : own_reads(law)) {
        if (is_common(input) && input != depth && input != aspect_ratio) {
            continue;
        }
        const std::optional<SizeGroup> owner = owner_of(input);
        if (!owner || (only && only != owner)) {
            return std::nullopt;
        }
        only = owner;
    }
    return only;
}

bool reads_but(const Law& law, LawInput counted)
{
    return std::ranges::any_of(own_reads(law), [&](LawInput i) { return !is_common(i) && i != counted; });
}

}  // namespace

LawParts take_apart(const Law& law)
{
    LawParts parts{.joint = law, .apart = {}, .by_count = false, .counted = formulas::counted(law)};
    parts.joint.adds.clear();
    for (const Law& added : law.adds) {
        const std::optional<SizeGroup> group = only_group(added);
        if (group && added.adds.empty()) {
            parts.apart.push_back({added, *group});
        } else {
            parts.joint.adds.push_back(added);
        }
    }
    const auto reads_more = [&](const Law& each) { return reads_but(each, parts.counted); };
    const bool counts_only = !reads_more(parts.joint) && std::ranges::none_of(parts.joint.base, reads_more) &&
                             std::ranges::none_of(parts.joint.adds, reads_more);
    parts.by_count = counts_only && direction(parts.joint, parts.counted) == Direction::falls;
    return parts;
}

}  // namespace slimline
