#pragma once

#include "archspace/architecture.h"

namespace slimline {

/// What a person turns on a whole model, whatever its kinds of layers: the largest of each kind's, 0 where it has none.
struct StackSizes {
    int heads = 0;  // of softmax attention, plain or latent
    int kv_heads = 0;
    int head_dim = 0;
    int d_ffn = 0;
    int experts = 0;
    int active = 0;
};

StackSizes stack_sizes(const Architecture& arch);

/// Layers are put into or taken out of the stack evenly, so that a pattern of kinds keeps its proportions.
Architecture with_layers(Architecture arch, int layers);

/// Query heads of every attention block; blocks that differ keep their proportions. KV heads stay where they divide the
/// new number, else become the largest smaller number that does; a block without sharing keeps having none.
Architecture with_heads(Architecture arch, int heads);

/// KV heads; those that do not divide a block's query heads become the nearest smaller number that does.
Architecture with_kv_heads(Architecture arch, int kv_heads);
Architecture with_head_dim(Architecture arch, int head_dim);

/// FFN widths; blocks that differ keep their proportions.
Architecture with_ffn_width(Architecture arch, int width);

/// Experts of every FFN (0: dense), of which at most `active` run for a token.
Architecture with_experts(Architecture arch, int experts, int active);

}  // namespace slimline
