#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "validation/engine/activations.h"
#include "validation/engine/attention.h"
#include "validation/engine/engine_weights.h"
#include "validation/engine/expert_choice.h"
#include "validation/engine/int4_engine.h"
#include "validation/engine/model_constants.h"
#include "validation/engine/position_tables.h"
#include "validation/engine/stage.h"

namespace slimline::engine {

/// Up to four consecutive tokens of one sequence.
struct TokenTile {
    int row = 0;
    int tokens = 0;
    int sequence = 0;
    int position = 0;
};

struct alignas(64) CacheLine {
    std::byte bytes[64];
};

/// What all threads of a pass share.
struct PassState {
    const Architecture& arch;
    const EngineWeights& weights;
    const kernels::KernelTable& table;
    kernels::ThreadTeam& team;
    std::vector<std::deque<KvCache>>& caches;  // [layer][run]
    const ModelConstants& constants;
    std::vector<const RopeTable*> rope{};      // by block; null without rotation
    std::vector<std::vector<float>> slopes{};  // by block; ALiBi's, empty without

    std::span<const PassRow> rows{};
    std::vector<int> output_rows{};
    std::vector<TokenTile> tiles{};

    // The residual stream and what is read of it stay through a pass; the others lie over each other, phase by phase:
    // only one of attention, FFN and head runs at a time.
    Activations hidden{};  // the residual stream
    Activations input{};   // what mixer or FFN reads, normalised
    Activations head_input{};
    Activations mixer{};   // what the mixer adds to the stream; where FFN and mixer are parallel it stays through the FFN
    Activations qkv{};     // queries, keys and values side by side
    Activations attended{};
    Activations ffn{};  // what the FFN adds to the stream, a row a token or a slot
    Activations router{};
    Activations gathered{};    // FFN inputs by slot
    Activations wide{};        // the FFN's hidden layer: gate, then up
    Activations logits{};
    std::vector<CacheLine> memory{};
    ExpertChoice choice{};
    std::vector<AttentionScratch> scratch{};  // by thread
    StageTimes times{};

    double bytes() const { return double(memory.size() * sizeof(CacheLine)); }
};

/// Makes room for passes of that many rows, of which so many have their logits wanted.
void reserve(PassState& pass, int rows, int outputs);

/// Runs the rows through all layers; logits of the rows that want them, in order, end in pass.logits.
void run_pass(PassState& pass, std::span<const PassRow> rows);

}  // namespace slimline::engine
