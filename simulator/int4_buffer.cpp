#include "simulator/int4_buffer.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

constexpr double real_bytes = 4;

/// A row takes whole vectors of eight.
double padded(double columns)
{
    return std::ceil(columns / 8) * 8;
}

/// The most that any block asks of each buffer, in numbers a token: what blocks leave free in one another, nobody uses.
struct Widths {
    double qkv = 0;
    double attended = 0;
    double slots = 0;  // rows of FFN inputs a token
    double chosen = 0;
    double wide = 0;
    double activated = 0;
    double experts = 0;

    void add(const Attention& a)
    {
        qkv = std::max(qkv, padded(a.projected_query_width() + 2.0 * a.kv_width()));
        attended = std::max(attended, padded(a.query_width()));
    }

    void add(const Ffn& ffn)
    {
        const double width = std::max(ffn.width, ffn.shared_width);
        const double routed = ffn.experts > 0 ? ffn.active : 0;
        slots = std::max(slots, (ffn.experts > 0 ? routed : 1) + (ffn.shared_width > 0 ? 1 : 0));
        chosen = std::max(chosen, routed);
        wide = std::max(wide, padded(ffn.gated ? 2 * padded(width) : width));
        activated = std::max(activated, width);
        experts = std::max(experts, padded(ffn.experts));
    }
};

}  // namespace

double rounded_bytes(Format base)
{
    return base == Format::f32 || base == Format::f16 || base == Format::bf16 ? 0 : (4 + 4 + 32) / 32.0;
}

std::optional<double> int4_buffer_bytes(const Architecture& arch, const WeightMix& mix, const Workload& workload)
{
    Widths w;
    for (const Block& block : arch.blocks) {
        if (const auto* a = std::get_if<Attention>(&block.mixer)) {
            w.add(*a);
        } else if (!std::holds_alternative<std::monostate>(block.mixer)) {
            return std::nullopt;
        }
        if (block.ffn) {
            w.add(*block.ffn);
        }
    }
    const double rounded = rounded_bytes(mix.base);
    const double read = real_bytes + rounded;
    const double d = padded(arch.d_model);
    const double e = padded(arch.head_input_width());
    const double rows = std::max(workload.ubatch, workload.batch);
    const double outputs = workload.batch;
    const double mixer = w.qkv > 0 ? real_bytes * d : 0;
    const double attention = rows * (mixer + real_bytes * w.qkv + read * w.attended);
    const bool parallel = std::ranges::any_of(arch.blocks, &Block::parallel);
    const double ffn = rows * ((parallel ? mixer : 0) + w.slots * (real_bytes * (d + w.wide) + rounded * w.activated) +
                               real_bytes * w.experts + w.chosen * read * d);
    const double logits = outputs * real_bytes * padded(arch.vocabulary);
    return rows * (real_bytes * d + read * std::max(d, e)) + outputs * read * e + std::max({attention, ffn, logits});
}

}  // namespace slimline
