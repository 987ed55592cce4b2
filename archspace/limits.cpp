#include "archspace/limits.h"

#include <fmt/format.h>

#include "base/errors.h"

namespace slimline {

namespace {

/// Checks one block and says where in it something is wrong.
class BlockCheck {
 public:
    BlockCheck(const Block& block, const std::string& place) : block_(block), place_(place) {}

    void run() const
    {
        std::visit([this](const auto& mixer) { check(mixer); }, block_.mixer);
        if (block_.ffn) {
            check(*block_.ffn);
        }
        if (std::holds_alternative<std::monostate>(block_.mixer) && !block_.ffn) {
            fail("has neither a mixer nor an FFN", "give it one");
        }
        if (block_.parallel && (!block_.ffn || std::holds_alternative<std::monostate>(block_.mixer))) {
            fail("is parallel but has only one branch", "give it a mixer and an FFN");
        }
        if (block_.sharing == Sharing::ffn && !block_.ffn) {
            fail("shares an FFN that it does not have");
        }
    }

 private:
    [[noreturn]] void fail(const std::string& fact, const std::string& remedy = {}) const
    {
        throw InputError(place_, "block '" + block_.name + "' " + fact, remedy);
    }

    void check(const std::monostate&) const {}

    void check(const Attention& a) const
    {
        if (a.head_dim < 1 || a.head_dim > limits::head_dim) {
            fail(fmt::format("has heads of {}", a.head_dim),
                 fmt::format("between 1 and {} are taken", limits::head_dim));
        }
        if (a.kv_heads > a.heads || a.heads % a.kv_heads != 0) {
            fail(fmt::format("has {} query heads for {} KV heads", a.heads, a.kv_heads),
                 "the second must divide the first");
        }
    }

    void check(const LatentAttention&) const {}

    void check(const Mamba2& m) const
    {
        if (m.groups > m.heads || m.heads % m.groups != 0) {
            fail(fmt::format("has {} Mamba-2 heads for {} groups", m.heads, m.groups),
                 "the second must divide the first");
        }
    }

    void check(const RgLru& r) const
    {
        if (r.width % r.gate_blocks != 0) {
            fail(fmt::format("has {} gate blocks for a width of {}", r.gate_blocks, r.width),
                 "the first must divide the second");
        }
    }

    void check(const ShortConv&) const {}

    void check(const GatedDeltaNet& g) const
    {
        if (g.key_heads > g.value_heads || g.value_heads % g.key_heads != 0) {
            fail(fmt::format("has {} value heads for {} key heads", g.value_heads, g.key_heads),
                 "the second must divide the first");
        }
    }

    void check(const Ffn& f) const
    {
        if (f.experts == 0 && f.active != 0) {
            fail("has active experts but no experts");
        }
        if (f.experts > 0 && (f.active < 1 || f.active > f.experts)) {
            fail(fmt::format("has {} active experts of {}", f.active, f.experts),
                 "a token needs one at least and all at most");
        }
        if (f.fused_gate_up && !f.gated) {
            fail("fuses a gate that it does not have");
        }
    }

    const Block& block_;
    const std::string& place_;
};

}  // namespace

void check_architecture(const Architecture& arch, const std::string& place)
{
    if (arch.layers.empty()) {
        throw InputError(place, "has no layers", "give one at least");
    }
    if (arch.layers.size() > std::size_t(limits::layers)) {
        throw InputError(place, fmt::format("has {} layers", arch.layers.size()),
                         fmt::format("at most {} are taken", limits::layers));
    }
    for (const Block& block : arch.blocks) {
        BlockCheck(block, place).run();
    }
    if (arch.positions == Positions::learned && arch.learned_positions == 0) {
        throw InputError(place, "positions are learned but the table has no rows", "give 'learned_positions'");
    }
}

}  // namespace slimline
