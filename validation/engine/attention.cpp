#include "validation/engine/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "validation/kernels/packed_blocks.h"

namespace slimline::engine {

namespace {

using kernels::lanes;

/// The groups of eight positions that any token of the tile sees.
struct Range {
    int first_group = 0;
    int groups = 0;
    int begin() const { return first_group * lanes; }
    int length() const { return groups * lanes; }
};

int first_seen(const AttentionTile& tile, int position)
{
    return tile.window > 0 ? std::max(0, position - tile.window + 1) : 0;
}

Range range_of(const AttentionTile& tile)
{
    const int first = first_seen(tile, tile.first_position) / lanes;
    return {first, (tile.first_position + tile.tokens - 1) / lanes + 1 - first};
}

/// Scaled queries (over sqrt(head_dim) if nothing is said), row after row.
void gather_queries(const AttentionTile& tile, AttentionScratch& s)
{
    const int d = tile.cache->head_dim();
    const float scale = tile.scale > 0 ? float(tile.scale) : 1 / std::sqrt(float(d));
    s.queries.resize(std::size_t(tile.tokens * tile.heads * d));
    float* to = s.queries.data();
    for (int t = 0; t < tile.tokens; ++t) {
        const float* from = tile.queries + std::size_t(t) * tile.query_stride;
        to = std::transform(from, from + tile.heads * d, to, [&](float q) { return scale * q; });
    }
}

void compute_scores(const kernels::KernelTable& table, const AttentionTile& tile, const Range& range, AttentionScratch& s)
{
    const KvCache& cache = *tile.cache;
    const int d = cache.head_dim();
    const int rows = tile.tokens * tile.heads;
    s.scores.resize(std::size_t(rows * range.length()));
    const std::byte* keys =
        cache.keys(tile.sequence, tile.kv_head) + std::size_t(range.first_group) * cache.key_group_bytes();
    if (cache.format() == Format::f16) {
        table.panels_f16({keys, std::size_t(lanes * d), lanes, range.groups, d, s.queries.data(), std::size_t(d), rows,
                          s.scores.data(), std::size_t(range.length())});
        return;
    }
    s.rounded.resize(std::size_t(rows * d / 32));
    table.quantise32(s.queries.data(), rows * d, s.rounded.data());
    table.product[std::size_t(Format::q8_0)]({keys, cache.key_group_bytes(), range.groups, d, s.rounded.data(),
                                              sizeof(kernels::Activation32) * std::size_t(d / 32), rows, s.scores.data(),
                                              std::size_t(range.length())});
}

/// Softmax over what a token sees; 0 for the rest of the range.
void normalise_row(const kernels::KernelTable& table, const AttentionTile& tile, const Range& range, int token, int head,
                   float* row)
{
    const int position = tile.first_position + token;
    const int begin = first_seen(tile, position) - range.begin();
    const int end = position + 1 - range.begin();
    if (tile.softcap > 0) {
        table.softcap(row + begin, end - begin, float(tile.softcap));
    }
    for (int i = begin; tile.slopes != nullptr && i < end; ++i) {
        row[i] += tile.slopes[head] * float(i - end + 1);
    }
    table.softmax(row + begin, end - begin);
    std::fill(row, row + begin, 0.f);
    std::fill(row + end, row + range.length(), 0.f);
}

void sum_values(const kernels::KernelTable& table, const AttentionTile& tile, const Range& range, AttentionScratch& s)
{
    const KvCache& cache = *tile.cache;
    const int d = cache.head_dim();
    const int rows = tile.tokens * tile.heads;
    const std::size_t length = std::size_t(range.length());
    s.out.resize(std::size_t(rows * d));
    const std::byte* values = cache.values(tile.sequence, tile.kv_head);
    if (cache.format() == Format::f16) {
        const auto* halves = reinterpret_cast<const kernels::Half*>(values) + std::ptrdiff_t(range.begin()) * d;
        table.panels_f16({halves, lanes, std::size_t(d), d / lanes, range.length(), s.scores.data(), length, rows,
                          s.out.data(), std::size_t(d)});
        return;
    }
    const auto* bytes = reinterpret_cast<const std::int8_t*>(values) + std::ptrdiff_t(range.begin()) * d;
    s.weighted.resize(s.scores.size());
    for (int b = 0; b < d / 32; ++b) {  // each block's scales go into the scores
        const kernels::Half* scales =
            cache.value_scales(tile.sequence, tile.kv_head) + b * cache.positions() + range.begin();
        for (int i = 0; i < range.length(); ++i) {
            const float scale = kernels::to_float(scales[i]);
            for (int row = 0; row < rows; ++row) {
                s.weighted[std::size_t(row) * length + std::size_t(i)] = s.scores[std::size_t(row) * length + std::size_t(i)] * scale;
            }
        }
        table.panels_i8({bytes + 32 * b, lanes, std::size_t(d), 4, range.length(), s.weighted.data(), length, rows,
                         s.out.data() + 32 * b, std::size_t(d)});
    }
}

}  // namespace

void attend(const kernels::KernelTable& table, const AttentionTile& tile, AttentionScratch& scratch)
{
    const Range range = range_of(tile);
    const int d = tile.cache->head_dim();
    gather_queries(tile, scratch);
    compute_scores(table, tile, range, scratch);
    for (int t = 0; t < tile.tokens; ++t) {
        for (int head = 0; head < tile.heads; ++head) {
            normalise_row(table, tile, range, t, head,
                          scratch.scores.data() + std::ptrdiff_t(t * tile.heads + head) * range.length());
        }
    }
    sum_values(table, tile, range, scratch);
    for (int t = 0; t < tile.tokens; ++t) {
        std::memcpy(tile.out + std::size_t(t) * tile.out_stride, scratch.out.data() + std::ptrdiff_t(t * tile.heads) * d,
                    sizeof(float) * std::size_t(tile.heads * d));
    }
}

}  // namespace slimline::engine
