#pragma once

#include <cstdint>

#include "archspace/weight_format.h"
#include "validation/kernels/kernel_table.h"
#include "validation/kernels/packed_matrix.h"

namespace slimline::engine {

/// Keys and values of one attention layer for all sequences, F16 or Q8_0, each KV head by itself. Keys of eight positions
/// stand side by side as the rows of a packed matrix do, so that scores are products; values stand row by row.
class KvCache {
 public:
    KvCache(Format format, int kv_heads, int head_dim, int sequences, int positions);

    Format format() const { return format_; }
    int head_dim() const { return head_dim_; }
    std::size_t bytes() const;

    void store(const kernels::KernelTable& table, int sequence, int head, int position, const float* key,
               const float* value);
    /// Random keys and values in the first `positions` places: a past that nobody computed.
    void fill_random(int sequence, int positions, std::uint64_t seed);

    std::size_t key_group_bytes() const { return 8 * row_bytes_; }
    const std::byte* keys(int sequence, int head) const { return keys_.get() + plane(sequence, head) * plane_bytes(); }
    /// The numbers of values: halves, or bytes whose scales are in value_scales ([block of 32][position]).
    const std::byte* values(int sequence, int head) const { return values_.get() + plane(sequence, head) * plane_bytes(); }
    const kernels::Half* value_scales(int sequence, int head) const;
    int positions() const { return positions_; }

 private:
    std::size_t plane(int sequence, int head) const { return std::size_t(sequence * kv_heads_ + head); }
    std::size_t plane_bytes() const { return row_bytes_ * std::size_t(positions_); }

    Format format_;
    int kv_heads_;
    int head_dim_;
    int sequences_;
    int positions_;
    std::size_t row_bytes_;
    kernels::Pages keys_{nullptr, nullptr};
    kernels::Pages values_{nullptr, nullptr};
};

}  // namespace slimline::engine
