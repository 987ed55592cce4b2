#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "validation/cuda/device.h"
#include "validation/engine/engine_weights.h"

namespace slimline::cuda {

/// The kind whose kernels multiply a format; nothing where there are none.
std::optional<WeightKind> kind_of(Format format);

/// Bytes that a matrix takes on the GPU.
std::size_t bytes_on_gpu(Format format, double rows, double columns);

/// The planes of a matrix (kernel_args.h), one after the other, with the numbers of the engine's packed one exactly; of
/// experts' matrices, which are of one size, each plane has theirs one after the other.
struct Repacked {
    std::vector<std::byte> bytes;
    std::size_t high = 0;  // where the planes begin
    std::size_t scales = 0;
    std::size_t blocks = 0;
};
Repacked repack(std::span<const kernels::PackedMatrix> matrices);

/// The matrix that a repacked one (of several, the first) is when it lies at `memory`.
Matrix placed(const kernels::PackedMatrix& matrix, const Repacked& repacked, const void* memory);

/// A tensor on the GPU: a matrix, or a vector of numbers.
struct GpuWeight {
    Matrix matrix{};
    const float* numbers = nullptr;
};

/// An engine's weights on a GPU, by role as engine::LayerWeights has them.
class GpuWeights {
 public:
    using ByRole = std::array<const GpuWeight*, tensor_role_count>;

    GpuWeights(Device& device, const engine::EngineWeights& weights);

    const ByRole& globals() const { return globals_; }
    const ByRole& layer(std::size_t index) const { return layers_[index]; }
    double bytes() const { return bytes_; }

 private:
    const GpuWeight* uploaded(const engine::Weight* weight);

    Device& device_;
    std::deque<Buffer> buffers_;
    std::deque<GpuWeight> store_;
    std::map<const engine::Weight*, const GpuWeight*> known_;
    ByRole globals_{};
    std::vector<ByRole> layers_;
    double bytes_ = 0;
};

}  // namespace slimline::cuda
