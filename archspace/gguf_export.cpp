#include "archspace/gguf_export.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "archspace/gguf_writer.h"
#include "archspace/random_blocks.h"
#include "base/errors.h"

namespace slimline {

namespace {

constexpr double piece_bytes = 4 << 20;

using R = TensorRole;

bool contains(TensorRole role, std::string_view part)
{
    return info(role).suffix.find(part) != std::string_view::npos;
}

/// What random numbers a tensor gets: uniform around a centre, or of deviation 1/sqrt(columns).
struct WeightDraw {
    double centre = 0;
    double deviation = 0;
};

/// Matrices keep the size of what they multiply; norms are around 1, biases around 0, both a tenth off. The decay of
/// a state-space layer is negative: GGUF holds -exp(A_log).
WeightDraw draw_of(const Tensor& tensor)
{
    switch (tensor.role) {
        case R::ssm_a: return {-1, 0.1};
        case R::ssm_d: return {1, 0.1};
        default: break;
    }
    const bool bias = contains(tensor.role, ".bias") || contains(tensor.role, "dt");
    if (contains(tensor.role, "norm") && !bias) {
        return {1, 0.1};
    }
    return bias ? WeightDraw{0, 0.1} : WeightDraw{0, 1 / std::sqrt(tensor.columns)};
}

void shift(std::span<std::byte> numbers, double centre)
{
    auto* at = reinterpret_cast<float*>(numbers.data());
    std::for_each(at, at + numbers.size() / sizeof(float), [&](float& x) { x += float(centre); });
}

void write_tensor(const StoredTensor& stored, std::uint64_t seed, std::vector<std::byte>& piece, const ByteSink& sink)
{
    const WeightDraw draw = draw_of(stored.tensor);
    RandomBits random{seed_of(seed, stored.tensor.name)};
    const double block = info(stored.format).block_bytes;
    const double most = std::floor(piece_bytes / block) * block;
    for (double left = stored.bytes(); left > 0; left -= most) {
        const std::span bytes(piece.data(), std::size_t(std::min(left, most)));
        fill_random_blocks(stored.format, bytes, random, draw.deviation);
        if (draw.centre != 0 && stored.format == Format::f32) {
            shift(bytes, draw.centre);
        }
        sink(bytes);
    }
}

}  // namespace

std::uint64_t gguf_file_bytes(const Architecture& arch, const WeightMix& mix)
{
    const GgufHeader header = gguf_header(arch, mix);
    return header.bytes.size() + header.data_bytes;
}

void export_gguf(const Architecture& arch, const WeightMix& mix, std::uint64_t seed, const ByteSink& sink)
{
    const std::vector<StoredTensor> stored = stored_tensors(arch, mix);
    for (const StoredTensor& each : stored) {
        if (!has_random_blocks(each.format)) {
            throw InputError(mix.name, "there are no random weights of format " + std::string(info(each.format).name),
                             "choose another mix");
        }
    }
    {
        const GgufHeader header = gguf_header(arch, mix);
        sink(std::as_bytes(std::span(header.bytes)));
    }
    std::vector<std::byte> piece(static_cast<std::size_t>(piece_bytes));
    const std::vector<std::byte> padding(gguf_alignment, std::byte{0});
    for (const StoredTensor& each : stored) {
        write_tensor(each, seed, piece, sink);
        const std::uint64_t over = std::uint64_t(each.bytes()) % gguf_alignment;
        sink(std::span(padding).first(over == 0 ? 0 : gguf_alignment - over));
    }
}

}  // namespace slimline
