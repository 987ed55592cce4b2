#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace slimline {

enum class NormKind : std::uint8_t { rms, layer, layer_no_bias, layer_no_parameters };
enum class Activation : std::uint8_t { relu, relu2, gelu, gelu_tanh, silu };
enum class QkNorm : std::uint8_t { none, per_head, full_width, no_parameters };
enum class Positions : std::uint8_t { rope, none, alibi, learned };

/// Softmax attention of `heads` query heads over `kv_heads` shared keys and values (MHA, GQA, MQA).
struct Attention {
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
    int window = 0;            // positions a token may look back; 0: all
    double rope_fraction = 1;  // share of head_dim that is rotated; 0: no rotary positions in this block
    QkNorm qk_norm = QkNorm::none;
    bool q_bias = false;  // biases on Q, K and V
    bool out_bias = false;
    bool output_gate = false;  // Q is projected twice as wide; the second half gates the output (Qwen3.5)
    bool fused_qkv = false;    // stored as one matrix in GGUF (GPT-2, GPT-NeoX, BLOOM, Phi, OpenELM)
    double softcap = 0;        // tanh cap of the scores; 0: none
    int input_width = 0;  // width of what Q, K, V read; 0: d_model (Zamba2 reads hidden and embedding side by side)

    int query_width() const { return heads * head_dim; }
    /// Numbers a token that the query projection makes: queries, and their gates where there are some.
    int projected_query_width() const { return query_width() * (output_gate ? 2 : 1); }
    int kv_width() const { return kv_heads * head_dim; }
    bool operator==(const Attention&) const = default;
};

/// Multi-head latent attention (DeepSeek-V2): keys and values are kept as one compressed vector.
struct LatentAttention {
    int heads = 0;
    int q_rank = 0;  // 0: queries are not compressed
    int kv_rank = 0;
    int nope_dim = 0;  // a head's part without rotary positions
    int rope_dim = 0;  // the part with them, shared by the keys of all heads
    int v_dim = 0;
    bool operator==(const LatentAttention&) const = default;
};

/// Mamba-2 state-space mixer (SSD).
struct Mamba2 {
    int heads = 0;
    int head_dim = 0;
    int state = 0;
    int groups = 1;
    int conv_kernel = 4;
    bool conv_bias = true;

    int inner_width() const { return heads * head_dim; }
    int conv_width() const { return inner_width() + 2 * groups * state; }
    bool operator==(const Mamba2&) const = default;
};

/// Griffin's recurrent block: two branches, a short convolution and a real-gated linear recurrence.
struct RgLru {
    int width = 0;
    int conv_kernel = 4;
    int gate_blocks = 1;  // the two gates are block-diagonal with this many blocks
    bool bias = true;
    bool operator==(const RgLru&) const = default;
};

/// LFM2's gated short convolution: in-projection to three gates, depthwise convolution, out-projection.
struct ShortConv {
    int kernel = 3;
    bool operator==(const ShortConv&) const = default;
};

/// Gated DeltaNet (Qwen3-Next, Qwen3.5): linear attention with a delta rule and a state matrix a head.
struct GatedDeltaNet {
    int key_heads = 0;
    int value_heads = 0;
    int key_dim = 0;
    int value_dim = 0;
    int conv_kernel = 4;

    int key_width() const { return key_heads * key_dim; }
    int value_width() const { return value_heads * value_dim; }
    bool operator==(const GatedDeltaNet&) const = default;
};

/// What mixes tokens in a block; monostate: nothing does.
using Mixer = std::variant<std::monostate, Attention, LatentAttention, Mamba2, RgLru, ShortConv, GatedDeltaNet>;

/// Feed-forward network, dense (experts = 0) or a mixture of experts of which `active` run for a token.
struct Ffn {
    int width = 0;      // of the hidden layer; of one expert when there are experts
    bool gated = true;  // three matrices instead of two
    Activation activation = Activation::silu;
    bool bias = false;
    bool fused_gate_up = false;  // stored as one matrix in GGUF (Phi-3)
    int experts = 0;
    int active = 0;
    int shared_width = 0;  // of an expert that runs for every token, 0: none

    bool operator==(const Ffn&) const = default;
};

/// Where a block normalises. A parallel block (attention and FFN side by side) has one or two norms before.
struct NormPlaces {
    bool before_mixer = true;
    bool after_mixer = false;
    bool before_ffn = true;
    bool after_ffn = false;
    bool operator==(const NormPlaces&) const = default;
};

/// Which weights all layers made of a block have in common.
enum class Sharing : std::uint8_t { none, ffn, block };

/// What each use of a shared block adds of its own (Zamba2): LoRA on the FFN and one linear map.
struct Adapter {
    int lora_rank = 0;
    bool linear = false;
    bool operator==(const Adapter&) const = default;
};

/// One kind of layer.
struct Block {
    std::string name = "layer";
    Mixer mixer{};
    std::optional<Ffn> ffn{};
    NormPlaces norms{};
    bool parallel = false;  // attention and FFN read the same input and are added together
    Sharing sharing = Sharing::none;
    int runs = 1;  // times each layer is run in a row: compute and KV cache again, weights once (MobileLLM-LS)
    Adapter adapter{};

    bool operator==(const Block&) const = default;
};

struct Source {
    std::string origin;  // config, model card, paper, datasheet, measurement, unverified
    std::string title;
    std::string reference;
    bool operator==(const Source&) const = default;
};

/// A model before training: everything that decides its speed, its memory and its parameter count.
struct Architecture {
    std::string id;
    std::string name;
    std::string family;
    std::string released;  // year-month

    int d_model = 0;
    int vocabulary = 0;       // rows of the embedding table, padding included
    int embedding_width = 0;  // 0: d_model; OPT-350M keeps 512 and projects in and out
    bool tied_embeddings = true;
    bool head_bias = false;
    NormKind norm = NormKind::rms;
    bool embedding_norm = false;
    bool final_norm = true;
    Positions positions = Positions::rope;
    int learned_positions = 0;  // rows of the position table
    double final_softcap = 0;
    int max_context = 2048;
    bool untied_in_gguf = false;  // deployed files hold the tied table a second time as the head (GGUF of 2024)

    std::vector<Block> blocks;
    std::vector<int> layers;  // index into blocks, one a layer

    double published_parameters = 0;  // 0: nobody says
    std::string published_basis;
    std::vector<std::string> unverified;  // fields that no document confirms
    std::vector<Source> sources;
    std::string note;

    const Block& block_of(std::size_t layer) const { return blocks[std::size_t(layers[layer])]; }
    int head_input_width() const { return embedding_width == 0 ? d_model : embedding_width; }
    bool operator==(const Architecture&) const = default;
};

struct ParameterCount {
    double total = 0;
    double active = 0;     // that one token uses: of the experts only those that run
    double embedding = 0;  // token and position tables, and an untied head
};

/// From the tensor list; each shared tensor once.
ParameterCount parameter_count(const Architecture& arch);

}  // namespace slimline
