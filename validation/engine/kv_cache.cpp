#include "validation/engine/kv_cache.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "validation/kernels/packed_blocks.h"

namespace slimline::engine {

using kernels::Activation32;
using kernels::Half;
using kernels::lanes;
using kernels::Q8_0x8;

namespace {

constexpr int most_head_dim = 1024;

/// Number i of a row among eight rows side by side.
void store_halves(const kernels::KernelTable& table, const float* numbers, int n, Half* group, int lane)
{
    std::array<Half, most_head_dim> halves;
    table.to_halves(numbers, n, halves.data());
    for (int i = 0; i < n; ++i) {
        group[i * lanes + lane] = halves[std::size_t(i)];
    }
}

void store_blocks(const kernels::KernelTable& table, const float* numbers, int n, Q8_0x8* blocks, int lane)
{
    std::array<Activation32, most_head_dim / 32> rounded;
    table.quantise32(numbers, n, rounded.data());
    for (int b = 0; b < n / 32; ++b) {
        blocks[b].d[lane] = kernels::to_half(rounded[std::size_t(b)].d);
        for (int g = 0; g < 8; ++g) {
            std::memcpy(blocks[b].q + 32 * g + 4 * lane, rounded[std::size_t(b)].q + 4 * g, 4);
        }
    }
}

}  // namespace

KvCache::KvCache(Format format, int kv_heads, int head_dim, int sequences, int positions)
    : format_(format),
      kv_heads_(kv_heads),
      head_dim_(head_dim),
      sequences_(sequences),
      positions_((positions + lanes - 1) / lanes * lanes),
      row_bytes_(std::size_t(slimline::row_bytes(format, head_dim)))
{
    keys_ = kernels::allocate_pages(bytes() / 2);
    values_ = kernels::allocate_pages(bytes() / 2);
    std::memset(keys_.get(), 0, bytes() / 2);  // what is read beyond the past is masked, but must be finite
    std::memset(values_.get(), 0, bytes() / 2);
}

std::size_t KvCache::bytes() const
{
    return 2 * plane_bytes() * std::size_t(sequences_ * kv_heads_);
}

const Half* KvCache::value_scales(int sequence, int head) const
{
    return reinterpret_cast<const Half*>(values(sequence, head) + std::size_t(positions_) * std::size_t(head_dim_));
}

void KvCache::store(const kernels::KernelTable& table, int sequence, int head, int position, const float* key,
                    const float* value)
{
    std::byte* group = keys_.get() + plane(sequence, head) * plane_bytes() + std::size_t(position / lanes) * key_group_bytes();
    std::byte* plane_values = values_.get() + plane(sequence, head) * plane_bytes();
    if (format_ == Format::f16) {
        store_halves(table, key, head_dim_, reinterpret_cast<Half*>(group), position % lanes);
        table.to_halves(value, head_dim_, reinterpret_cast<Half*>(plane_values) + std::ptrdiff_t(position) * head_dim_);
        return;
    }
    store_blocks(table, key, head_dim_, reinterpret_cast<Q8_0x8*>(group), position % lanes);
    std::array<Activation32, most_head_dim / 32> rounded;
    table.quantise32(value, head_dim_, rounded.data());
    auto* scales = reinterpret_cast<Half*>(plane_values + std::ptrdiff_t(positions_) * head_dim_);
    for (int b = 0; b < head_dim_ / 32; ++b) {
        std::memcpy(plane_values + std::ptrdiff_t(position) * head_dim_ + 32 * b, rounded[std::size_t(b)].q, 32);
        scales[b * positions_ + position] = kernels::to_half(rounded[std::size_t(b)].d);
    }
}

void KvCache::fill_random(int sequence, int positions, std::uint64_t seed)
{
    const kernels::KernelTable& table = kernels::best_kernels();
    const kernels::PackedMatrix numbers = kernels::random_matrix(Format::f32, 2, head_dim_, seed, 1);
    std::array<float, most_head_dim> key;
    std::array<float, most_head_dim> value;
    kernels::read_row(numbers, 0, key.data());
    kernels::read_row(numbers, 1, value.data());
    for (int head = 0; head < kv_heads_; ++head) {
        for (int position = 0; position < positions; ++position) {
            // One vector turned around by a place each time is random enough for a speed that does not look at numbers.
            std::rotate(key.begin(), key.begin() + 1, key.begin() + head_dim_);
            std::rotate(value.begin(), value.begin() + 1, value.begin() + head_dim_);
            store(table, sequence, head, position, key.data(), value.data());
        }
    }
}

}  // namespace slimline::engine
