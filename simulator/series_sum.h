#pragma once

#include <array>

#include "simulator/block_operators.h"
#include "simulator/passes.h"
#include "simulator/roofs.h"

namespace slimline {

/// What a series of passes costs in all.
struct Totals {
    double seconds = 0;
    double flops = 0;
    double weight_bytes = 0;
    double kv_bytes = 0;
    double activation_bytes = 0;

    double bytes() const { return weight_bytes + kv_bytes + activation_bytes; }
};

/// Sum of overlapped(memory, compute) over `n` equally spaced values between two ends, both linear in between.
/// They cross at most once; each side of the crossing is an arithmetic progression.
inline double progression_sum(double memory_first, double compute_first, double memory_last, double compute_last, double n,
                              double serial_share)
{
    const double first = overlapped(memory_first, compute_first, serial_share);
    const double last = overlapped(memory_last, compute_last, serial_share);
    const double gap_first = memory_first - compute_first;
    const double gap_last = memory_last - compute_last;
    if (n <= 2 || gap_first * gap_last >= 0) {
        return n * (first + last) / 2;
    }
    const double before = std::floor(gap_first / (gap_first - gap_last) * (n - 1)) + 1;  // values up to the crossing
    const auto at = [&](double i) {
        const double way = i / (n - 1);
        return overlapped(memory_first + way * (memory_last - memory_first), compute_first + way * (compute_last - compute_first),
                          serial_share);
    };
    return before * (first + at(before - 1)) / 2 + (n - before) * (at(before) + last) / 2;
}

/// Adds up operators that cost the same in each of `passes` passes.
struct FixedSum {
    const Roofs& roofs;
    double weight_factor;
    double passes;
    Totals& totals;

    void operator()(const OperatorCost& cost)
    {
        const double times = cost.count * passes;
        totals.seconds += times * time_on(seconds_of(cost, roofs, weight_factor), roofs);
        totals.flops += times * cost.flops;
        totals.weight_bytes += times * cost.weight_bytes;
        totals.kv_bytes += times * cost.kv_bytes;
        totals.activation_bytes += times * cost.activation_bytes;
    }
};

/// Keeps the attention operators of one pass: three without fusion, one with.
struct AttentionCosts {
    std::array<OperatorCost, 3> costs;
    std::size_t count = 0;

    void operator()(const OperatorCost& cost) { costs[count++] = cost; }
};

/// One attention operator over some passes of a series: everything but the cost's own numbers is a sum over them.
struct AttentionPiece {
    const OperatorCost& cost;  // of the first of the passes
    double passes = 1;
    double seconds = 0;  // memory, arithmetic and launches
    double memory_s = 0;
    double compute_s = 0;
    double flops = 0;
    double kv_bytes = 0;
    double activation_bytes = 0;
};

/// Adds up a block's attention over a series of passes, whose cost is linear in the past but where a sliding window
/// fills: a piece before, the passes in between one by one, and a constant piece after. Each piece of each operator goes
/// to sink(AttentionPiece).
template <class Sink>
class AttentionSum {
 public:
    AttentionSum(const PassRules& rules, const Roofs& roofs, double weight_factor, double d_model, Sink& sink)
        : rules_(rules), roofs_(roofs), weight_factor_(weight_factor), d_(d_model), sink_(sink)
    {
    }

    void add(const Block& block, NormKind norm, const LayerFormats& formats, const LayerGroup& group, const PassSeries& series)
    {
        const double window = window_of(block.mixer);
        const double n = series.passes;
        const double first = series.first.past;
        const double tokens = series.first.new_tokens;
        double growing = n;   // passes whose whole context lies in the window
        double filled_at = n;  // first pass that sees a full window with its first token
        if (window > 0 && series.stride > 0) {
            growing = std::clamp(std::floor((window - tokens - first) / series.stride) + 1, 0.0, n);
            filled_at = std::clamp(std::ceil((window - first) / series.stride), growing, n);
        } else if (window > 0 && first + tokens > window) {
            growing = 0;
            filled_at = first >= window ? 0 : n;
        }
        const auto piece = [&](double from, double to) {
            if (to > from) {
                add_linear(block, norm, formats, group, series.first, first + from * series.stride,
                           first + (to - 1) * series.stride, to - from);
            }
        };
        piece(0, growing);
        for (double i = growing; i < filled_at; ++i) {
            piece(i, i + 1);
        }
        piece(filled_at, n);
    }

 private:
    static double window_of(const Mixer& mixer)
    {
        const auto* attention = std::get_if<Attention>(&mixer);
        return attention == nullptr ? 0 : attention->window;
    }

    AttentionCosts at(const Block& block, NormKind norm, const LayerFormats& formats, const LayerGroup& group, PassShape pass,
                      double past) const
    {
        pass.past = past;
        AttentionCosts costs;
        BlockOperators(rules_, pass, d_, costs).template visit<Part::attention>(block, norm, formats, group);
        return costs;
    }

    void add_linear(const Block& block, NormKind norm, const LayerFormats& formats, const LayerGroup& group,
                    const PassShape& pass, double past_first, double past_last, double n)
    {
        const AttentionCosts first = at(block, norm, formats, group, pass, past_first);
        const AttentionCosts last = n > 1 ? at(block, norm, formats, group, pass, past_last) : first;
        for (std::size_t i = 0; i < first.count; ++i) {
            const OperatorCost& a = first.costs[i];
            const OperatorCost& b = last.costs[i];
            const OperatorSeconds sa = seconds_of(a, roofs_, weight_factor_);
            const OperatorSeconds sb = seconds_of(b, roofs_, weight_factor_);
            sink_(AttentionPiece{
                .cost = a,
                .passes = n,
                .seconds = progression_sum(sa.memory, sa.compute, sb.memory, sb.compute, n, roofs_.serial_share) + n * sa.launch,
                .memory_s = n * (sa.memory + sb.memory) / 2,
                .compute_s = n * (sa.compute + sb.compute) / 2,
                .flops = n * (a.flops + b.flops) / 2,
                .kv_bytes = n * (a.kv_bytes + b.kv_bytes) / 2,
                .activation_bytes = n * (a.activation_bytes + b.activation_bytes) / 2});
        }
    }

    const PassRules& rules_;
    const Roofs& roofs_;
    double weight_factor_;
    double d_;
    Sink& sink_;
};

/// Adds attention pieces to totals.
struct AttentionTotals {
    Totals& totals;

    void operator()(const AttentionPiece& piece)
    {
        totals.seconds += piece.cost.count * piece.seconds;
        totals.flops += piece.cost.count * piece.flops;
        totals.kv_bytes += piece.cost.count * piece.kv_bytes;
        totals.activation_bytes += piece.cost.count * piece.activation_bytes;
    }
};

}  // namespace slimline
