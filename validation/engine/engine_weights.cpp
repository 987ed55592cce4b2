#include "validation/engine/engine_weights.h"

#include <cmath>
#include <map>
#include <string>

#include "base/errors.h"
#include "base/random.h"

namespace slimline::engine {

namespace {

using kernels::PackedMatrix;

bool is_vector(const StoredTensor& stored)
{
    return stored.tensor.rows == 1 && !info(stored.tensor.role).quantised && stored.tensor.role != TensorRole::router;
}

bool is_norm(TensorRole role)
{
    const std::string_view suffix = info(role).suffix;
    return suffix.find("norm") != suffix.npos && suffix.find(".bias") == suffix.npos;
}

/// Norms around 1, biases around 0, both a tenth off.
std::vector<float> random_vector(const Tensor& tensor, std::uint64_t seed)
{
    const int count = int(tensor.elements());
    const PackedMatrix numbers = kernels::random_matrix(Format::f32, 1, count, seed, 0.1);
    std::vector<float> vector(std::size_t(count), 0.f);
    kernels::read_row(numbers, 0, vector.data());
    for (float& x : vector) {
        x += is_norm(tensor.role) ? 1.f : 0.f;
    }
    return vector;
}

/// Of deviation 1/sqrt(columns): activations keep their size from layer to layer.
PackedMatrix random_packed(const StoredTensor& stored, std::uint64_t seed, kernels::ThreadTeam& team)
{
    PackedMatrix matrix =
        kernels::empty_matrix(stored.format, int(stored.tensor.rows), int(stored.tensor.columns));
    const double deviation = 1 / std::sqrt(stored.tensor.columns);
    team.run([&](int index) {
        const kernels::Share share = kernels::share_of(matrix.groups(), index, team.size());
        kernels::fill_random(matrix, seed, deviation, share.begin, share.end);
    });
    return matrix;
}

Weight random_weight(const StoredTensor& stored, std::uint64_t seed, kernels::ThreadTeam& team)
{
    Weight weight;
    const std::uint64_t own = seed_of(seed, stored.tensor.name);
    if (is_vector(stored)) {
        weight.numbers = random_vector(stored.tensor, own);
        return weight;
    }
    for (int i = 0; i < int(stored.tensor.count); ++i) {
        weight.matrices.push_back(random_packed(stored, own + std::uint64_t(i), team));
    }
    return weight;
}

void require_packable(const Architecture& arch, const WeightMix& mix, const StoredTensor& stored)
{
    if (!kernels::packable(stored.format)) {
        throw InputError(arch.id,
                         "the int4 engine has no kernels for " + std::string(info(stored.format).name) + " (" +
                             stored.tensor.name + " under " + mix.name + ")",
                         "take F16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K_S, Q4_K_M, Q5_K_M or Q6_K");
    }
}

/// Layers made of a block whose weights are shared take what they lack from the block's first layer.
void fill_shared(const Architecture& arch, std::vector<LayerWeights>& layers)
{
    std::map<int, std::size_t> first;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::size_t from = first.try_emplace(arch.layers[i], i).first->second;
        for (std::size_t role = 0; role < tensor_role_count; ++role) {
            if (layers[i].by_role[role] == nullptr) {
                layers[i].by_role[role] = layers[from].by_role[role];
            }
        }
    }
}

}  // namespace

EngineWeights random_weights(const Architecture& arch, const WeightMix& mix, std::uint64_t seed,
                             kernels::ThreadTeam& team)
{
    const std::vector<StoredTensor> all = stored_tensors(arch, mix);
    for (const StoredTensor& stored : all) {
        require_packable(arch, mix, stored);
    }
    EngineWeights weights;
    weights.layers.resize(arch.layers.size());
    for (const StoredTensor& stored : all) {
        weights.bytes += stored.bytes();
        weights.store.push_back(random_weight(stored, seed, team));
        LayerWeights& owner =
            stored.tensor.layer < 0 ? weights.globals : weights.layers[std::size_t(stored.tensor.layer)];
        owner.by_role[std::size_t(stored.tensor.role)] = &weights.store.back();
    }
    fill_shared(arch, weights.layers);
    return weights;
}

}  // namespace slimline::engine
