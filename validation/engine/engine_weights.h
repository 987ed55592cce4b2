#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "validation/kernels/packed_matrix.h"
#include "validation/kernels/thread_team.h"

namespace slimline::engine {

/// A tensor in memory: one packed matrix or one an expert, or a vector of numbers (norms, biases).
struct Weight {
    std::vector<kernels::PackedMatrix> matrices;
    std::vector<float> numbers;
};

/// The tensors of one layer by role (layers that share weights point to the same ones), null where it has none.
struct LayerWeights {
    std::array<const Weight*, tensor_role_count> by_role{};

    const Weight* operator[](TensorRole role) const { return by_role[std::size_t(role)]; }
    const kernels::PackedMatrix& matrix(TensorRole role, int index = 0) const
    {
        return by_role[std::size_t(role)]->matrices[std::size_t(index)];
    }
    const float* numbers(TensorRole role) const
    {
        const Weight* weight = by_role[std::size_t(role)];
        return weight == nullptr ? nullptr : weight->numbers.data();
    }
};

struct EngineWeights {
    std::deque<Weight> store;
    LayerWeights globals;
    std::vector<LayerWeights> layers;
    double bytes = 0;  // as in a model file, each tensor once
};

/// Random weights for every tensor of the mix, the same for a seed on every machine and for any team.
EngineWeights random_weights(const Architecture& arch, const WeightMix& mix, std::uint64_t seed,
                             kernels::ThreadTeam& team);

}  // namespace slimline::engine
