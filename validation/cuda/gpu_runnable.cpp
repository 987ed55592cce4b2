#include <string>

#include "base/errors.h"
#include "validation/cuda/gpu_engine.h"
#include "validation/cuda/gpu_weights.h"

namespace slimline::cuda {

namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& what)
{
    throw InputError(place, "the GPU's engine cannot run " + what + " yet", "measure it on the CPU, or with llama.cpp");
}

void require_block(const Architecture& arch, const Block& block)
{
    const std::string place = arch.id + "/" + block.name;
    if (block.ffn && block.ffn->experts > ChooseExperts::most_experts) {
        refuse(place, "more than " + std::to_string(ChooseExperts::most_experts) + " experts");
    }
    if (block.ffn && block.ffn->shared_width > 0 && block.ffn->experts == 0) {
        refuse(place, "a shared expert without others");
    }
    if (const auto* a = std::get_if<Attention>(&block.mixer); a != nullptr && a->head_dim > Attend::most_head_dim) {
        refuse(place, "heads of more than " + std::to_string(Attend::most_head_dim) + " numbers");
    } else if (a != nullptr && a->head_dim % 8 != 0) {
        refuse(place, "heads of " + std::to_string(a->head_dim) + " numbers, which is no multiple of 8");
    } else if (a != nullptr && a->qk_norm == QkNorm::full_width && a->query_width() > most_row_columns) {
        refuse(place, "norms of more than " + std::to_string(most_row_columns) + " numbers");
    }
}

}  // namespace

void require_runnable_on_gpu(const Architecture& arch, const std::vector<StoredTensor>& tensors, Format kv_cache)
{
    engine::require_runnable(arch, kv_cache);
    if (kv_cache != Format::f16) {
        refuse(arch.id, "a cache of " + std::string(info(kv_cache).name) + " (F16 only)");
    }
    if (arch.head_input_width() != arch.d_model) {
        refuse(arch.id, "an embedding of another width than the layers");
    }
    if (arch.d_model > most_row_columns) {
        refuse(arch.id, "layers wider than " + std::to_string(most_row_columns));
    }
    for (const Block& block : arch.blocks) {
        require_block(arch, block);
    }
    for (const StoredTensor& stored : tensors) {
        if (stored.tensor.rows == 1 && !info(stored.tensor.role).quantised) {
            continue;
        }
        const auto kind = kind_of(stored.format);
        if (!kind) {
            refuse(arch.id, std::string(info(stored.format).name) + " weights (" + stored.tensor.name +
                                "; F32, F16, Q8_0, Q4_0, Q4_K and Q6_K only)");
        }
        if (int(stored.tensor.columns) % 8 != 0) {
            refuse(arch.id, "rows that are no multiple of 8 (" + stored.tensor.name + ")");
        }
    }
}

}  // namespace slimline::cuda
