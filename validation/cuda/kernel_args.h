#pragma once

// What the GPU's kernels are given. C++17 and plain values: also read by nvcc with an old host compiler.

#include <cstddef>
#include <cstdint>

namespace slimline::cuda {

using HalfBits = std::uint16_t;

/// Weight formats that have kernels.
enum class WeightKind : int { f32, f16, q8_0, q4_0, q4_k, q6_k };

/// What an element-wise kernel makes of its input before it is rounded.
enum class Function : int { none, relu, relu2, gelu, gelu_tanh, silu };

/// The scale of 32 activations in 8 bits, and the sums of their first and last 16.
struct ChunkScale {
    float d;
    std::int16_t sums[2];
};

/// A matrix in the GPU's memory, row by row, in chunks of 32 numbers whose parts stand in planes of their own so that
/// neighbouring threads read neighbouring 16 bytes:
///   quants  F32, F16: the numbers. Q8_0: 32 bytes a chunk. Others: 16 bytes, number j in the low nibble of byte j and
///           number 16 + j in its high one
///   high    Q6_K: 8 bytes a chunk; bits 2v, 2v+1 of byte i are the upper two of number 4v + i (i < 4), 16 + 4v + i - 4 (i > 3)
///   scales  two bytes a chunk: a half (Q4_0, Q8_0), scale and min (Q4_K), the scales of both 16 (Q6_K)
///   blocks  two halves for 256 numbers: d and dmin (Q4_K), d and nothing (Q6_K)
struct Matrix {
    WeightKind kind;
    int rows;
    int columns;
    const void* quants;
    const void* high;
    const std::uint16_t* scales;
    const HalfBits* blocks;
};

/// Rows that a block of so many threads holds in its registers, and how long they may be.
constexpr int row_threads = 256;
constexpr int most_row_columns = 8192;

/// Rows of activations in 8 bits, for one granularity of their scales; null where nobody reads them.
struct Rounded {
    std::int8_t* q;
    ChunkScale* scales;
};

/// One matrix of a product, and where its output goes in a row.
struct ProductPart {
    Matrix matrix;
    const float* bias;  // null: none
    float* out;
};

/// out[token][row] = matrix times activations plus bias, for up to three matrices of one kind that read the same.
struct Product {
    static constexpr int most_parts = 3;
    static constexpr int few_tokens = 8;         // that the kernels for few take
    static constexpr int tile_rows = 64;         // of a block of the kernels for many, but for F32
    static constexpr int tile_tokens = 64;       // likewise
    static constexpr int tile_rows_of_few = 16;  // of a block of those for few, likewise
    static constexpr int real_tile = 32;         // rows, tokens and columns of a block for many, F32
    ProductPart parts[most_parts];
    int part_count;
    int lanes;  // threads a row, for one token (F32: for few): a power of two up to 32
    int tokens;
    int out_stride;
    Rounded x;          // for block formats
    const float* real;  // for F16 and F32
    int real_stride;
    // Of products with experts, whose matrices stand one behind the other; a token here is a token's use of an expert, and
    // those of an expert are neighbours (SortSlots).
    const int* first_slot;     // of each expert, and one more
    const int* slot_experts;   // the same the other way round: the expert of each
    const int* x_rows;         // row of x that each reads; null: its own
};

/// The experts of each row: those of the largest scores, weighted by a softmax over them or over all. A warp a row.
struct ChooseExperts {
    static constexpr int most_experts = 1024;
    const float* scores;  // [row][experts]
    int rows;
    int experts;
    int active;
    int of_chosen;   // weights of a row add up to 1
    int* chosen;     // [row][active], the best first
    float* weights;  // likewise
};

/// Uses of experts in the order of the experts. One block.
struct SortSlots {
    const int* chosen;  // [row][active]
    int slots;          // rows times active
    int active;
    int experts;
    int* first_slot;    // of each expert, and one more
    int* slot_experts;  // by place
    int* slot_rows;     // by place
    int* places;        // [row][active]
};

/// to = (shared ? to : 0) + the weighted outputs of a row's experts. A block a row.
struct CombineExperts {
    const float* outputs;  // [place][columns]
    const int* places;     // [row][active]
    const float* weights;
    int active;
    int columns;
    int shared;  // 1: what the shared expert gave is there
    float* to;
};

/// Token vectors: scaled, with a position's vector added, normalised.
struct Embedding {
    Matrix table;
    Matrix position_table;  // of no rows: none
    const int* tokens;
    const int* positions;
    float scale;
    int norm;  // 0: none
    const float* norm_weight;
    const float* norm_bias;
    float epsilon;
    int subtract_mean;
    float* out;
};

/// What is to be added to the residual stream, after a norm of its own.
struct Addend {
    float* values;  // null: nothing
    int norm;
    const float* weight;
    const float* bias;
};

/// hidden += addends; out = norm(hidden), rounded too. A block a row.
struct Residual {
    float* hidden;
    int columns;
    Addend addends[2];
    float residual_scale;
    int norm;  // 0: a copy
    const float* weight;
    const float* bias;
    float epsilon;
    int subtract_mean;
    float* out;
    Rounded by32;
    Rounded by256;
};

/// x = norm(x) for pieces of rows: norms of queries and keys over their full width. A block a row.
struct RowNorm {
    float* x;
    int stride;
    int columns;
    const float* weight;
    float epsilon;
    int subtract_mean;
};

/// Norms of heads, rotation, and what goes into the cache: a warp for each query and key head of a row.
struct RotateAndStore {
    float* qkv;
    int stride;
    int key_column;  // values stand kv_heads heads behind
    int heads;
    int kv_heads;
    int head_dim;
    int head_norm;
    const float* q_norm;
    const float* k_norm;
    float epsilon;
    int subtract_mean;
    int half;  // of the rotated part; 0: none
    const float* cosine;
    const float* sine;
    const int* positions;
    const int* sequences;
    HalfBits* keys;  // [sequence][KV head][position][head_dim]
    HalfBits* values;
    int context;
    int rows;
};

/// Softmax attention of one token's heads, up to four of a KV head in a block, over a share of the positions.
struct Attend {
    static constexpr int heads_at_once = 4;
    static constexpr int most_head_dim = 256;
    static constexpr int most_splits = 32;
    /// Beside a share's weighted sum of values: the largest score, the sum of weights, and what keeps the next share's
    /// place divisible by 16 bytes.
    static constexpr int beside_partial = 4;
    const float* qkv;
    int stride;
    int heads;
    int kv_heads;
    int head_dim;
    int lanes;  // threads a position: a power of two, at least head_dim / 8
    const HalfBits* keys;
    const HalfBits* values;
    int context;
    const int* positions;
    const int* sequences;
    int window;  // 0: all
    float softcap;
    float scale;
    const float* slopes;  // null: none
    int gate_column;      // where gates of the output stand in a row of qkv; 0: none
    int splits;
    float* partials;  // [row][head][split][head_dim + beside_partial], for more than one split
    float* out;       // [row][heads * head_dim]
    int rows;
    Rounded by32;  // of the output, where shares are joined
    Rounded by256;
};

/// gate = function(gate) * up, rounded; written only where nobody reads it rounded. A warp for 256 columns.
struct Activate {
    Function function;
    float* gate;
    const float* up;  // null: nothing
    int stride;
    int columns;
    int rows;
    Rounded by32;
    Rounded by256;
};

/// x = cap tanh(scale x / cap), without a cap: scale x.
struct CapLogits {
    float* x;
    int count;
    float scale;
    float cap;
};

/// A past that nobody computed: one key and one value, turned around by a place each time.
struct FillPast {
    const float* key;
    const float* value;
    HalfBits* keys;
    HalfBits* values;
    int sequence;
    int kv_heads;
    int head_dim;
    int context;
    int positions;
};

/// to = from, 16 bytes a thread: what memory can do.
struct Copy {
    const void* from;
    void* to;
    std::size_t pieces;
};

}  // namespace slimline::cuda
