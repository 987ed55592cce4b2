#include "archspace/architecture.h"
#include "archspace/tensors.h"

namespace slimline {

namespace {

bool is_embedding(TensorRole role)
{
    return role == TensorRole::token_embedding || role == TensorRole::position_embedding || role == TensorRole::output;
}

/// Share of a tensor's numbers that one token uses: of E experts' matrices, K.
double active_share(const Architecture& arch, const Tensor& tensor)
{
    if (tensor.layer < 0) {
        return 1;
    }
    const Block& block = arch.block_of(std::size_t(tensor.layer));
    const bool experts = block.ffn && block.ffn->experts > 0 && tensor.count == block.ffn->experts &&
                         tensor.role >= TensorRole::ffn_gate && tensor.role <= TensorRole::ffn_down_bias;
    return experts ? double(block.ffn->active) / block.ffn->experts : 1;
}

}  // namespace

ParameterCount parameter_count(const Architecture& arch)
{
    ParameterCount count;
    for (const Tensor& tensor : tensors(arch)) {
        const double elements = tensor.elements();
        count.total += elements;
        count.active += elements * active_share(arch, tensor);
        count.embedding += is_embedding(tensor.role) ? elements : 0;
    }
    return count;
}

}  // namespace slimline
