#pragma once

#include <deque>
#include <map>
#include <span>
#include <vector>

#include "archspace/architecture.h"
#include "validation/cuda/device.h"
#include "validation/cuda/gpu_weights.h"
#include "validation/engine/model_constants.h"

namespace slimline::cuda {

/// What passes need room for.
struct PassSizes {
    int rows = 0;       // tokens that go through the layers together
    int sequences = 0;  // that decode together
    int context = 0;
};

/// Bytes of the caches and of the room that passes need.
struct PassBytes {
    std::size_t cache = 0;
    std::size_t compute = 0;
};

/// Keys and values of one run of a layer, [sequence][KV head][position][head_dim] halves.
struct GpuCache {
    Buffer keys;
    Buffer values;
};

/// One pass of tokens through a model on a GPU: a row of kernel launches that depends on the number of tokens only; which they
/// are, their sequences and positions are read from the GPU's memory.
class GpuPass {
 public:
    GpuPass(Device& device, const Architecture& arch, const engine::ModelConstants& constants,
            const GpuWeights& weights, const PassSizes& sizes);

    static PassBytes bytes(const Device& device, const Architecture& arch, const PassSizes& sizes);

    /// Tokens, sequences and positions of the rows to come.
    void set_rows(std::span<const int> tokens, std::span<const int> sequences, std::span<const int> positions);
    /// Launches the pass; the logits of the last `outputs` rows.
    void run(int rows, int outputs);
    void read_logits(std::span<float> to);
    void fill_past(int sequence, int positions, std::uint64_t seed);

 private:
    /// How what is read next has to be rounded, and where to.
    struct Roundings {
        Rounded by32{};
        Rounded by256{};
    };
    struct Part {
        const GpuWeight* weight = nullptr;
        const GpuWeight* bias = nullptr;
        float* out = nullptr;
    };
    /// Uses of experts in a pass: the rows that they read, or their own.
    struct Slots {
        const Ffn* ffn = nullptr;
        const int* x_rows = nullptr;
    };
    struct Rope {
        int half = 0;
        Buffer cosine;
        Buffer sine;
    };

    template <class Args>
    void launch(Kernel kernel, Blocks blocks, const Args& args)
    {
        device_.launch(kernel, blocks, &args);
    }

    Roundings roundings_for(std::initializer_list<const GpuWeight*> readers) const;
    void multiply(std::span<const Part> parts, const float* real, int real_stride, int rows, int out_stride,
                  const Slots* slots = nullptr);

    void make_position_tables();
    void embed(int rows);
    void run_layer(std::size_t layer, const Block& block, int turn, int rows);
    void run_attention(const Block& block, const Attention& a, const GpuWeights::ByRole& w, const GpuCache& cache,
                       int rows);
    void run_ffn(const Block& block, const GpuWeights::ByRole& w, bool parallel, int rows);
    /// Both products that read the input. A gate stands before what it opens; a fused matrix writes both.
    void multiply_gate_and_up(const Part& gate, Part up, bool gated, int width, int rows, const Slots* slots = nullptr);
    void run_experts(const Ffn& ffn, const GpuWeights::ByRole& w, int rows);
    void choose_experts(const Ffn& ffn, const GpuWeight* router, int rows);
    void activate(const Ffn& ffn, float* wide, int width, int rows, const Roundings& to);
    void run_head(int rows, int outputs);
    /// Adds what is pending to the residual stream, then norm and rounding; of the rows from `first` on.
    void normalise(const GpuWeight* weight, const GpuWeight* bias, bool norm, const Roundings& to, int first, int rows);

    Device& device_;
    const Architecture& arch_;
    const engine::ModelConstants& constants_;
    const GpuWeights& weights_;
    PassSizes sizes_;

    std::vector<std::deque<GpuCache>> caches_;    // [layer][run]
    std::map<std::pair<int, bool>, Rope> ropes_;  // by rotated part and whether there is a window
    std::map<const Block*, Buffer> slopes_;
    std::vector<Addend> pending_;  // what the residual stream still lacks

    Buffer hidden_;
    Buffer input_;
    Buffer mixer_;
    Buffer qkv_;
    Buffer attended_;
    Buffer ffn_;
    Buffer wide_;
    Buffer shared_;         // gate and up of shared experts
    Buffer scores_;         // of experts
    Buffer expert_shares_;  // their weights
    Buffer expert_outputs_;
    Buffer slots_;  // ints, as Chosen has them
    Buffer logits_;
    Buffer partials_;
    Buffer rounded32_;
    Buffer scales32_;
    Buffer rounded256_;
    Buffer scales256_;
    Buffer places_;  // tokens, sequences, positions
};

}  // namespace slimline::cuda
