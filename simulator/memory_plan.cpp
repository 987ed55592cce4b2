#include "simulator/memory_plan.h"

#include <algorithm>
#include <cmath>

#include "simulator/int4_buffer.h"
#include "simulator/llama_buffer.h"
#include "simulator/passes.h"

namespace slimline {

namespace {

struct CacheShape {
    double per_position = 0;  // numbers a position
    double window = 0;        // positions kept at most; 0: all
    double state = 0;         // float32 numbers a sequence, whatever the length
};

CacheShape cache_shape(const Mixer& mixer, double d_model)
{
    if (const auto* a = std::get_if<Attention>(&mixer)) {
        return {2.0 * a->kv_width(), double(a->window), 0};
    }
    if (const auto* a = std::get_if<LatentAttention>(&mixer)) {
        return {double(a->kv_rank + a->rope_dim), 0, 0};
    }
    if (const auto* m = std::get_if<Mamba2>(&mixer)) {
        return {0, 0, double(m->inner_width()) * m->state + double(m->conv_kernel - 1) * m->conv_width()};
    }
    if (const auto* r = std::get_if<RgLru>(&mixer)) {
        return {0, 0, double(r->width) * r->conv_kernel};
    }
    if (const auto* c = std::get_if<ShortConv>(&mixer)) {
        return {0, 0, d_model * (c->kernel - 1)};
    }
    if (const auto* g = std::get_if<GatedDeltaNet>(&mixer)) {
        return {0, 0, double(g->value_heads) * g->key_dim * g->value_dim +
                          (g->conv_kernel - 1) * (2.0 * g->key_width() + g->value_width())};
    }
    return {};
}

/// ggml's choice of a layout (ggml_repack_get_optimal_repack_type), as far as it is one at all.
bool is_repacked(Format format, double rows, const std::vector<InstructionSet>& sets)
{
    const auto any_of = [&](std::initializer_list<InstructionSet> wanted) {
        return std::ranges::find_first_of(sets, wanted) != sets.end();
    };
    const auto whole = [&](int group) { return std::fmod(rows, group) == 0; };
    using enum InstructionSet;
    const bool avx = any_of({avx2, avx512});
    const bool arm = any_of({dotprod, i8mm});
    switch (format) {
        case Format::q4_0:
        case Format::iq4_nl:
        case Format::mxfp4:
            return (avx && whole(8)) || (arm && whole(4));
        case Format::q4_k:
            return (avx || arm) && whole(8);
        case Format::q2_k:
            return any_of({avx512}) && whole(8);
        case Format::q5_k:
        case Format::q6_k:
            return arm && whole(8);
        case Format::q8_0:
            return arm && whole(4);
        default:
            return false;
    }
}

/// Multiplied, not looked up: what has another layout cannot be looked up in.
bool is_multiplied(TensorRole role)
{
    return role != TensorRole::token_embedding && role != TensorRole::position_embedding;
}

/// Of a model's tensors, those that are held again in another layout.
Bytes repacked_bytes(const Architecture& arch, const WeightMix& mix, const Backend& backend)
{
    double bytes = 0;
    for (const StoredTensor& each : stored_tensors(arch, mix)) {
        const bool head = each.tensor.role == TensorRole::token_embedding && arch.tied_embeddings && !arch.untied_in_gguf;
        if (head || is_multiplied(each.tensor.role)) {
            bytes += is_repacked(each.format, each.tensor.rows, backend.instruction_sets) ? each.bytes() : 0;
        }
    }
    return {bytes};
}

/// What passes need beside the compute buffer, activations in 8 bits and rows of logits, and the vocabulary.
Bytes beside_buffers(const Architecture& arch, const Workload& workload)
{
    constexpr double bytes_of_8_bits = 1.0625;  // with a scale for 32 numbers
    constexpr double bytes_a_word = 70;         // measured, without merges: the word, and where to find it
    double widest = 0;
    for (const Tensor& each : tensors(arch)) {
        widest = std::max(widest, each.columns);
    }
    const double tokens = std::min(workload.ubatch, std::max(workload.prompt_tokens, workload.batch));
    return {tokens * widest * bytes_of_8_bits + arch.vocabulary * (4.0 * workload.batch + bytes_a_word)};
}

}  // namespace

double kv_cache_bytes(const Architecture& arch, Format kv_format, double sequences, double positions, bool windows_bounded)
{
    double bytes = 0;
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        const Block& block = arch.block_of(layer);
        const CacheShape shape = cache_shape(block.mixer, arch.d_model);
        const double kept = windows_bounded && shape.window > 0 ? std::min(positions, shape.window) : positions;
        bytes += block.runs * (shape.per_position * kept * bytes_per_element(kv_format) + shape.state * 4);
    }
    return sequences * bytes;
}

double kv_bytes_per_token(const Architecture& arch, Format kv_format)
{
    return kv_cache_bytes(arch, kv_format, 1, 1, false) - kv_cache_bytes(arch, kv_format, 1, 0, false);
}

MemoryPlan llama_memory_plan(const Architecture& arch, const Precision& precision, const Workload& workload,
                             const Backend& backend)
{
    const bool offloaded = backend.kind != BackendKind::cpu;
    const double context = cache_positions(workload);
    const double tokens = workload.ubatch;
    const double e = arch.head_input_width();
    const LlamaBuffer buffer = llama_buffer(arch, workload, offloaded);
    MemoryPlan plan;
    plan.weights = Bytes{weight_bytes(arch, precision.weights)};
    plan.kv_cache = Bytes{kv_cache_bytes(arch, precision.kv_cache, workload.batch, context, false)};
    plan.compute_buffer = Bytes{buffer.reserved};
    if (offloaded) {
        const bool second_table = arch.tied_embeddings && !arch.untied_in_gguf;
        const Format table = format_of(precision.weights, mix_facts(arch), {TensorRole::token_embedding, e, 0});
        plan.host = Bytes{(second_table ? e * arch.vocabulary * bytes_per_element(table) : 0) + context * tokens * 4 +
                          arch.d_model * tokens * 4 + double(arch.vocabulary) * 4};
        return plan;
    }
    plan.repacked = repacked_bytes(arch, precision.weights, backend);
    if (workload.flash_attention) {
        plan.peak_resident = plan.weights + plan.kv_cache + plan.repacked + Bytes{buffer.written} + beside_buffers(arch, workload);
    }
    return plan;
}

MemoryPlan minimal_memory_plan(const Architecture& arch, const Precision& precision, const Workload& workload,
                               Engine engine, double activation_peak_bytes)
{
    Architecture held = arch;
    held.untied_in_gguf = engine == Engine::int4 && arch.untied_in_gguf;  // ours holds what a file holds
    MemoryPlan plan;
    plan.weights = Bytes{weight_bytes(held, precision.weights)};
    plan.kv_cache =
        Bytes{kv_cache_bytes(arch, precision.kv_cache, workload.batch, cache_positions(workload), engine != Engine::int4)};
    const auto laid_out = engine == Engine::int4 ? int4_buffer_bytes(arch, precision.weights, workload) : std::nullopt;
    plan.compute_buffer = Bytes{laid_out.value_or(activation_peak_bytes)};
    return plan;
}

}  // namespace slimline
