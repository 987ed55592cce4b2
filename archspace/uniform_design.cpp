#include "archspace/uniform_design.h"

namespace slimline {

Architecture architecture_of(const UniformDesign& design)
{
    Attention attention;
    attention.heads = design.heads;
    attention.kv_heads = design.kv_heads;
    attention.head_dim = design.head_dim;
    Ffn ffn;
    ffn.width = design.d_ffn;
    ffn.experts = design.experts;
    ffn.active = design.active;
    Block block;
    block.mixer = attention;
    block.ffn = ffn;

    Architecture arch;
    arch.id = "design";
    arch.name = "design";
    arch.d_model = design.d_model;
    arch.vocabulary = design.vocabulary;
    arch.tied_embeddings = design.tied;
    arch.max_context = 131072;
    arch.blocks = {block};
    arch.layers.assign(std::size_t(design.layers), 0);
    return arch;
}

}  // namespace slimline
