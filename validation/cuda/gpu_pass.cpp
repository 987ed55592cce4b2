#include "validation/cuda/gpu_pass.h"

#include <algorithm>
#include <cmath>

#include "validation/cuda/product_launch.h"
#include "validation/engine/position_tables.h"
#include "validation/kernels/packed_matrix.h"

namespace slimline::cuda {

namespace {

using Role = TensorRole;

Function function_of(Activation activation)
{
    switch (activation) {
        case Activation::relu:
            return Function::relu;
        case Activation::relu2:
            return Function::relu2;
        case Activation::gelu:
            return Function::gelu;
        case Activation::gelu_tanh:
            return Function::gelu_tanh;
        case Activation::silu:
            break;
    }
    return Function::silu;
}

const float* numbers(const GpuWeight* weight)
{
    return weight == nullptr ? nullptr : weight->numbers;
}

/// The widest of what a model has.
struct Widths {
    int qkv = 0;
    int attended = 0;
    int wide = 0;
    int input = 0;  // of any product
    int shared = 0;
    int experts = 0;
    int active = 0;
};

Widths widths_of(const Architecture& arch)
{
    Widths w{.input = arch.d_model};
    for (const Block& block : arch.blocks) {
        if (const auto* a = std::get_if<Attention>(&block.mixer)) {
            w.qkv = std::max(w.qkv, a->projected_query_width() + 2 * a->kv_width());
            w.attended = std::max(w.attended, a->query_width());
        }
        if (const auto& f = block.ffn) {
            const int columns = f->gated ? 2 : 1;
            const int uses = f->experts > 0 ? f->active : 1;
            w.wide = std::max(w.wide, uses * columns * f->width);
            w.input = std::max({w.input, uses * f->width, f->shared_width});
            w.shared = std::max(w.shared, columns * f->shared_width);
            w.experts = std::max(w.experts, f->experts);
            w.active = std::max(w.active, f->experts > 0 ? f->active : 0);
        }
    }
    w.input = std::max(w.input, w.attended);
    return w;
}

std::size_t cache_numbers(const Attention& a, const PassSizes& sizes)
{
    return std::size_t(sizes.sequences) * std::size_t(a.kv_width()) * std::size_t(sizes.context);
}

/// Query heads that share a KV head go in turns of a few at a time.
int turns_of(const Attention& a)
{
    return blocks_for(a.heads / a.kv_heads, Attend::heads_at_once);
}

/// Into how many shares the positions go, so that few tokens and heads still keep all processors busy.
int splits_for(const Device& device, const Attention& a, int context, int rows)
{
    constexpr int fewest_positions = 64;  // that are worth a share of their own
    constexpr int blocks_of_processor = 4;
    const int blocks = a.kv_heads * turns_of(a) * rows;
    const int wanted = std::min(blocks_for(blocks_of_processor * device.processors(), blocks), Attend::most_splits);
    return std::clamp(blocks_for(context, fewest_positions), 1, wanted);
}

/// Floats that shares of attention need until they are joined, for any number of rows.
std::size_t partial_floats(const Device& device, const Architecture& arch, const PassSizes& sizes)
{
    std::size_t most = 0;
    for (const Block& block : arch.blocks) {
        const auto* a = std::get_if<Attention>(&block.mixer);
        for (int rows = 1; a != nullptr && rows <= sizes.rows; ++rows) {
            const int splits = splits_for(device, *a, sizes.context, rows);
            if (splits == 1) {
                break;  // as for any more rows
            }
            most = std::max(most, std::size_t(rows) * std::size_t(splits) * std::size_t(a->heads) *
                                      std::size_t(a->head_dim + Attend::beside_partial));
        }
    }
    return most;
}

/// Whole numbers about the experts' uses, one after the other in a buffer.
struct Chosen {
    int* chosen;
    int* places;
    int* slot_experts;
    int* slot_rows;
    int* first_slot;
};
std::size_t slot_numbers(const Widths& w, int rows)
{
    return w.experts == 0 ? 0 : 4 * std::size_t(rows) * std::size_t(w.active) + std::size_t(w.experts) + 1;
}
Chosen chosen_in(const Buffer& buffer, int slots)
{
    int* at = buffer.as<int>();
    return {at, at + slots, at + 2 * slots, at + 3 * slots, at + 4 * slots};
}

/// Floats of the experts' buffers a row: scores, weights, outputs, and the shared ones' gate and up.
std::size_t expert_floats(const Architecture& arch, const Widths& w)
{
    return std::size_t(w.experts) + std::size_t(w.active) * std::size_t(1 + arch.d_model) + std::size_t(w.shared);
}

}  // namespace

PassBytes GpuPass::bytes(const Device& device, const Architecture& arch, const PassSizes& sizes)
{
    const Widths w = widths_of(arch);
    const auto rows = std::size_t(sizes.rows);
    PassBytes sum;
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        const Block& block = arch.block_of(layer);
        if (const auto* a = std::get_if<Attention>(&block.mixer)) {
            sum.cache += std::size_t(block.runs) * 2 * sizeof(HalfBits) * cache_numbers(*a, sizes);
        }
    }
    const std::size_t floats =
        rows * (std::size_t(4 * arch.d_model + w.qkv + w.attended + w.wide) + expert_floats(arch, w)) +
        std::size_t(std::max(1, sizes.sequences)) * std::size_t(arch.vocabulary) + partial_floats(device, arch, sizes);
    const std::size_t rounded = rows * std::size_t(w.input);
    sum.compute = sizeof(float) * floats + 2 * (rounded + rounded / 32 * sizeof(ChunkScale)) +
                  (3 * rows + slot_numbers(w, sizes.rows)) * sizeof(int);
    return sum;
}

GpuPass::GpuPass(Device& device, const Architecture& arch, const engine::ModelConstants& constants,
                 const GpuWeights& weights, const PassSizes& sizes)
    : device_(device), arch_(arch), constants_(constants), weights_(weights), sizes_(sizes), caches_(arch.layers.size())
{
    const Widths w = widths_of(arch);
    const auto floats = [&](std::size_t count) { return Buffer(device, sizeof(float) * count); };
    const auto rows = std::size_t(sizes.rows);
    const auto d = std::size_t(arch.d_model);
    hidden_ = floats(rows * d);
    input_ = floats(rows * d);
    mixer_ = floats(rows * d);
    ffn_ = floats(rows * d);
    qkv_ = floats(rows * std::size_t(w.qkv));
    attended_ = floats(rows * std::size_t(w.attended));
    wide_ = floats(rows * std::size_t(w.wide));
    shared_ = floats(rows * std::size_t(w.shared));
    scores_ = floats(rows * std::size_t(w.experts));
    expert_shares_ = floats(rows * std::size_t(w.active));
    expert_outputs_ = floats(rows * std::size_t(w.active) * d);
    slots_ = Buffer(device, slot_numbers(w, sizes.rows) * sizeof(int));
    logits_ = floats(std::size_t(std::max(1, sizes.sequences)) * std::size_t(arch.vocabulary));
    places_ = Buffer(device, 3 * rows * sizeof(int));
    const std::size_t rounded = rows * std::size_t(w.input);
    rounded32_ = Buffer(device, rounded);
    scales32_ = Buffer(device, rounded / 32 * sizeof(ChunkScale));
    rounded256_ = Buffer(device, rounded);
    scales256_ = Buffer(device, rounded / 32 * sizeof(ChunkScale));
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        const Block& block = arch.block_of(layer);
        const auto* a = std::get_if<Attention>(&block.mixer);
        for (int turn = 0; a != nullptr && turn < block.runs; ++turn) {
            const std::size_t bytes = sizeof(HalfBits) * cache_numbers(*a, sizes);
            caches_[layer].push_back({Buffer(device, bytes), Buffer(device, bytes)});
        }
    }
    partials_ = floats(partial_floats(device, arch, sizes));
    make_position_tables();
}

/// As the CPU's engine has them.
void GpuPass::make_position_tables()
{
    const auto uploaded = [&](const std::vector<float>& from) {
        Buffer to(device_, from.size() * sizeof(float));
        device_.copy_in(to.as<void>(), from.data(), to.bytes());
        device_.wait();
        return to;
    };
    for (const Block& block : arch_.blocks) {
        const auto* a = std::get_if<Attention>(&block.mixer);
        const std::pair key{a != nullptr ? engine::rotated_part(arch_, *a) : 0, a != nullptr && a->window > 0};
        if (key.first > 0 && !ropes_.contains(key)) {
            const engine::RopeTable table = engine::rope_table(key.first, sizes_.context, constants_, key.second);
            ropes_[key] = {table.half, uploaded(table.cosine), uploaded(table.sine)};
        }
        if (const std::vector<float> slopes = engine::alibi_slopes(arch_, block); !slopes.empty()) {
            slopes_[&block] = uploaded(slopes);
        }
    }
}

void GpuPass::set_rows(std::span<const int> tokens, std::span<const int> sequences, std::span<const int> positions)
{
    const auto rows = std::size_t(sizes_.rows);
    std::vector<int> all(3 * rows, 0);
    std::copy(tokens.begin(), tokens.end(), all.begin());
    std::copy(sequences.begin(), sequences.end(), all.begin() + std::ptrdiff_t(rows));
    std::copy(positions.begin(), positions.end(), all.begin() + std::ptrdiff_t(2 * rows));
    device_.copy_in(places_.as<void>(), all.data(), places_.bytes());
}

void GpuPass::run(int rows, int outputs)
{
    pending_.clear();
    embed(rows);
    for (std::size_t layer = 0; layer < arch_.layers.size(); ++layer) {
        const Block& block = arch_.block_of(layer);
        for (int turn = 0; turn < block.runs; ++turn) {
            run_layer(layer, block, turn, rows);
        }
    }
    if (outputs > 0) {
        run_head(rows, outputs);
    }
}

void GpuPass::read_logits(std::span<float> to)
{
    device_.copy_out(to.data(), logits_.as<void>(), to.size_bytes());
}

/// The numbers of the CPU's made-up past.
void GpuPass::fill_past(int sequence, int positions, std::uint64_t seed)
{
    if (positions == 0) {
        return;
    }
    for (std::size_t layer = 0; layer < caches_.size(); ++layer) {
        for (const GpuCache& cache : caches_[layer]) {
            const auto& a = std::get<Attention>(arch_.block_of(layer).mixer);
            const kernels::PackedMatrix random = kernels::random_matrix(Format::f32, 2, a.head_dim, seed + layer, 1);
            std::vector<float> rows(2 * std::size_t(a.head_dim));
            kernels::read_row(random, 0, rows.data());
            kernels::read_row(random, 1, rows.data() + a.head_dim);
            auto* place = qkv_.as<float>();  // nobody uses it between passes
            device_.copy_in(place, rows.data(), rows.size() * sizeof(float));
            launch(Kernel::fill_past, {a.kv_heads},
                   FillPast{place, place + a.head_dim, cache.keys.as<HalfBits>(), cache.values.as<HalfBits>(), sequence,
                            a.kv_heads, a.head_dim, sizes_.context, positions});
            device_.wait();
        }
    }
}

// ---- Products

GpuPass::Roundings GpuPass::roundings_for(std::initializer_list<const GpuWeight*> readers) const
{
    Roundings to;
    for (const GpuWeight* reader : readers) {
        if (reader == nullptr) {
            continue;
        }
        switch (reader->matrix.kind) {
            case WeightKind::q4_0:
            case WeightKind::q8_0:
                to.by32 = {rounded32_.as<std::int8_t>(), scales32_.as<ChunkScale>()};
                break;
            case WeightKind::q4_k:
            case WeightKind::q6_k:
                to.by256 = {rounded256_.as<std::int8_t>(), scales256_.as<ChunkScale>()};
                break;
            default:
                break;
        }
    }
    return to;
}

void GpuPass::multiply(std::span<const Part> parts, const float* real, int real_stride, int rows, int out_stride,
                       const Slots* slots)
{
    while (!parts.empty()) {  // one launch for neighbours of a kind
        const auto other = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
            return part.weight->matrix.kind != parts.front().weight->matrix.kind;
        });
        const auto same = std::size_t(other - parts.begin());
        const std::size_t taken = std::min(same, std::size_t(Product::most_parts));
        const Roundings rounded = roundings_for({parts.front().weight});
        Product p{};
        p.tokens = rows;
        p.out_stride = out_stride;
        p.x = rounded.by32.q != nullptr ? rounded.by32 : rounded.by256;
        p.real = real;
        p.real_stride = real_stride;
        for (const Part& part : parts.first(taken)) {
            p.parts[p.part_count++] = {part.weight->matrix, numbers(part.bias), part.out};
        }
        if (slots != nullptr) {
            const Chosen c = chosen_in(slots_, rows * slots->ffn->active);
            p.first_slot = c.first_slot;
            p.slot_experts = c.slot_experts;
            p.x_rows = slots->x_rows;
            launch_expert_product(device_, p, rows, slots->ffn->experts, slots->ffn->active);
        } else {
            launch_product(device_, p);
        }
        parts = parts.subspan(taken);
    }
}

// ---- A pass

void GpuPass::embed(int rows)
{
    const auto& g = weights_.globals();
    const auto at = [&](Role role) { return g[std::size_t(role)]; };
    Embedding e{};
    e.table = at(Role::token_embedding)->matrix;
    if (at(Role::position_embedding) != nullptr) {
        e.position_table = at(Role::position_embedding)->matrix;
    }
    e.tokens = places_.as<int>();
    e.positions = places_.as<int>() + 2 * sizes_.rows;
    e.scale = float(constants_.embedding_scale);
    e.norm = arch_.embedding_norm ? 1 : 0;
    e.norm_weight = numbers(at(Role::embedding_norm));
    e.norm_bias = numbers(at(Role::embedding_norm_bias));
    e.epsilon = float(constants_.norm_epsilon);
    e.subtract_mean = arch_.norm != NormKind::rms ? 1 : 0;
    e.out = hidden_.as<float>();
    launch(Kernel::embedding, {rows}, e);
}

void GpuPass::normalise(const GpuWeight* weight, const GpuWeight* bias, bool norm, const Roundings& to, int first,
                        int rows)
{
    const std::ptrdiff_t offset = std::ptrdiff_t(first) * arch_.d_model;
    Residual r{};
    r.hidden = hidden_.as<float>() + offset;
    r.columns = arch_.d_model;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        r.addends[i] = pending_[i];
        r.addends[i].values += offset;
    }
    pending_.clear();
    r.residual_scale = float(constants_.residual_scale);
    r.norm = norm ? 1 : 0;
    r.weight = numbers(weight);
    r.bias = numbers(bias);
    r.epsilon = float(constants_.norm_epsilon);
    r.subtract_mean = arch_.norm != NormKind::rms ? 1 : 0;
    r.out = input_.as<float>();
    r.by32 = to.by32;
    r.by256 = to.by256;
    launch(Kernel::residual, {rows}, r);
}

void GpuPass::run_layer(std::size_t layer, const Block& block, int turn, int rows)
{
    const auto& w = weights_.layer(layer);
    const auto at = [&](Role role) { return w[std::size_t(role)]; };
    const auto* a = std::get_if<Attention>(&block.mixer);
    const bool parallel = a != nullptr && block.parallel;
    const Addend mixed{mixer_.as<float>(), block.norms.after_mixer ? 1 : 0, numbers(at(Role::post_attn_norm)),
                       numbers(at(Role::post_attn_norm_bias))};
    if (a != nullptr) {
        run_attention(block, *a, w, caches_[layer][std::size_t(turn)], rows);
        if (!parallel) {
            pending_.push_back(mixed);
        }
    }
    if (block.ffn) {
        run_ffn(block, w, parallel, rows);
        if (parallel) {
            pending_.push_back(mixed);
        }
        pending_.push_back({ffn_.as<float>(), block.norms.after_ffn ? 1 : 0, numbers(at(Role::post_ffn_norm)),
                            numbers(at(Role::post_ffn_norm_bias))});
    }
}

void GpuPass::run_attention(const Block& block, const Attention& a, const GpuWeights::ByRole& w, const GpuCache& cache,
                            int rows)
{
    const auto at = [&](Role role) { return w[std::size_t(role)]; };
    const auto bias = [&](Role role) { return a.q_bias ? at(role) : nullptr; };
    const int key_column = a.projected_query_width();
    const int stride = key_column + 2 * a.kv_width();
    const bool subtract_mean = arch_.norm != NormKind::rms;
    auto* qkv = qkv_.as<float>();
    const int* sequences = places_.as<int>() + sizes_.rows;
    const int* positions = places_.as<int>() + 2 * sizes_.rows;

    const Roundings read = roundings_for({at(Role::attn_qkv), at(Role::attn_q), at(Role::attn_k), at(Role::attn_v)});
    normalise(at(Role::attn_norm), at(Role::attn_norm_bias), block.norms.before_mixer, read, 0, rows);
    if (a.fused_qkv) {
        const Part one{at(Role::attn_qkv), bias(Role::attn_qkv_bias), qkv};
        multiply({&one, 1}, input_.as<float>(), arch_.d_model, rows, stride);
    } else {
        const Part three[] = {{at(Role::attn_q), bias(Role::attn_q_bias), qkv},
                              {at(Role::attn_k), bias(Role::attn_k_bias), qkv + key_column},
                              {at(Role::attn_v), bias(Role::attn_v_bias), qkv + key_column + a.kv_width()}};
        multiply(three, input_.as<float>(), arch_.d_model, rows, stride);
    }
    if (a.qk_norm == QkNorm::full_width) {
        const auto norm = [&](float* x, int columns, Role role) {
            launch(
                Kernel::row_norm, {rows},
                RowNorm{x, stride, columns, numbers(at(role)), float(constants_.norm_epsilon), subtract_mean ? 1 : 0});
        };
        norm(qkv, a.query_width(), Role::attn_q_norm);
        norm(qkv + key_column, a.kv_width(), Role::attn_k_norm);
    }

    RotateAndStore r{};
    r.qkv = qkv;
    r.stride = stride;
    r.key_column = key_column;
    r.heads = a.heads;
    r.kv_heads = a.kv_heads;
    r.head_dim = a.head_dim;
    r.head_norm = a.qk_norm == QkNorm::per_head || a.qk_norm == QkNorm::no_parameters ? 1 : 0;
    r.q_norm = numbers(at(Role::attn_q_norm));
    r.k_norm = numbers(at(Role::attn_k_norm));
    r.epsilon = float(constants_.norm_epsilon);
    r.subtract_mean = subtract_mean ? 1 : 0;
    if (const int rotated = engine::rotated_part(arch_, a); rotated > 0) {
        const Rope& rope = ropes_.at({rotated, a.window > 0});
        r.half = rope.half;
        r.cosine = rope.cosine.as<float>();
        r.sine = rope.sine.as<float>();
    }
    r.positions = positions;
    r.sequences = sequences;
    r.keys = cache.keys.as<HalfBits>();
    r.values = cache.values.as<HalfBits>();
    r.context = sizes_.context;
    r.rows = rows;
    launch(Kernel::rotate_and_store, {blocks_for(rows * (a.heads + a.kv_heads), 4)}, r);

    Attend t{};
    t.qkv = qkv;
    t.stride = stride;
    t.heads = a.heads;
    t.kv_heads = a.kv_heads;
    t.head_dim = a.head_dim;
    t.lanes = 1;
    while (8 * t.lanes < a.head_dim) {
        t.lanes *= 2;
    }
    t.keys = r.keys;
    t.values = r.values;
    t.context = sizes_.context;
    t.positions = positions;
    t.sequences = sequences;
    t.window = a.window;
    t.softcap = float(a.softcap);
    t.scale = constants_.attention_scale > 0 ? float(constants_.attention_scale) : 1 / std::sqrt(float(a.head_dim));
    t.slopes = slopes_.contains(&block) ? slopes_.at(&block).as<float>() : nullptr;
    t.gate_column = a.output_gate ? a.query_width() : 0;
    t.splits = splits_for(device_, a, sizes_.context, rows);
    t.partials = partials_.as<float>();
    t.out = attended_.as<float>();
    t.rows = rows;
    const int width = a.query_width();
    const Roundings to = roundings_for({at(Role::attn_output)});
    t.by32 = to.by32;
    t.by256 = to.by256;
    launch(Kernel::attend, {a.kv_heads * turns_of(a), rows, t.splits}, t);
    const int pieces = blocks_for(width, 256);
    if (t.splits > 1) {
        launch(Kernel::join_splits, {pieces, rows}, t);
    } else if (to.by32.q != nullptr || to.by256.q != nullptr) {
        launch(Kernel::activate, {blocks_for(rows * pieces, 4)},
               Activate{Function::none, attended_.as<float>(), nullptr, width, width, rows, to.by32, to.by256});
    }

    const Part out{at(Role::attn_output), at(Role::attn_output_bias), mixer_.as<float>()};
    multiply({&out, 1}, attended_.as<float>(), width, rows, arch_.d_model);
}

void GpuPass::run_ffn(const Block& block, const GpuWeights::ByRole& w, bool parallel, int rows)
{
    const auto at = [&](Role role) { return w[std::size_t(role)]; };
    const Ffn& ffn = *block.ffn;
    const auto bias = [&](Role role) { return ffn.bias ? at(role) : nullptr; };
    const GpuWeight* gate = at(Role::ffn_gate);
    const GpuWeight* up = at(Role::ffn_up);
    const GpuWeight* down = at(Role::ffn_down);
    const Roundings read = roundings_for({gate, up, at(Role::shared_gate), at(Role::shared_up), at(Role::router)});
    // A parallel block with one norm: what attention read is still there, as floats.
    if (parallel && !block.norms.before_ffn) {
        launch(Kernel::activate, {blocks_for(rows * blocks_for(arch_.d_model, 256), 4)},
               Activate{Function::none, input_.as<float>(), nullptr, arch_.d_model, arch_.d_model, rows, read.by32,
                        read.by256});
    } else {
        normalise(at(Role::ffn_norm), at(Role::ffn_norm_bias), block.norms.before_ffn, read, 0, rows);
    }
    if (ffn.experts > 0) {
        run_experts(ffn, w, rows);
        return;
    }
    auto* wide = wide_.as<float>();
    multiply_gate_and_up({gate, bias(Role::ffn_gate_bias), wide}, {up, bias(Role::ffn_up_bias), wide}, ffn.gated,
                         ffn.width, rows);
    activate(ffn, wide, ffn.width, rows, roundings_for({down}));
    const Part out{down, bias(Role::ffn_down_bias), ffn_.as<float>()};
    multiply({&out, 1}, wide, (ffn.gated ? 2 : 1) * ffn.width, rows, arch_.d_model);
}

void GpuPass::multiply_gate_and_up(const Part& gate, Part up, bool gated, int width, int rows, const Slots* slots)
{
    up.out += gate.weight != nullptr ? width : 0;
    const Part both[] = {gate, up};
    multiply(std::span(both).subspan(gate.weight != nullptr ? 0 : 1), input_.as<float>(), arch_.d_model, rows,
             (gated ? 2 : 1) * width, slots);
}

void GpuPass::activate(const Ffn& ffn, float* wide, int width, int rows, const Roundings& to)
{
    launch(Kernel::activate, {blocks_for(rows * blocks_for(width, 256), 4)},
           Activate{function_of(ffn.activation), wide, ffn.gated ? wide + width : nullptr, (ffn.gated ? 2 : 1) * width,
                    width, rows, to.by32, to.by256});
}

void GpuPass::choose_experts(const Ffn& ffn, const GpuWeight* router, int rows)
{
    const Chosen c = chosen_in(slots_, rows * ffn.active);
    const Part scores{router, nullptr, scores_.as<float>()};
    multiply({&scores, 1}, input_.as<float>(), arch_.d_model, rows, ffn.experts);
    constexpr int rows_of_block = 4;
    launch(Kernel::choose_experts, {blocks_for(rows, rows_of_block)},
           ChooseExperts{scores_.as<float>(), rows, ffn.experts, ffn.active, constants_.softmax_of_chosen ? 1 : 0,
                         c.chosen, expert_shares_.as<float>()});
    launch(Kernel::sort_slots, {1},
           SortSlots{c.chosen, rows * ffn.active, ffn.active, ffn.experts, c.first_slot, c.slot_experts, c.slot_rows,
                     c.places});
}

/// What all read is rounded once; what comes of each activation is rounded where the next product reads it, so all that read
/// the input go first.
void GpuPass::run_experts(const Ffn& ffn, const GpuWeights::ByRole& w, int rows)
{
    const auto at = [&](Role role) { return w[std::size_t(role)]; };
    const auto bias = [&](Role role) { return ffn.bias ? at(role) : nullptr; };
    const int d = arch_.d_model;
    const int slots = rows * ffn.active;
    const Chosen c = chosen_in(slots_, slots);
    const Slots of_input{&ffn, c.slot_rows};
    const Slots of_own{&ffn};
    choose_experts(ffn, at(Role::router), rows);

    auto* wide = wide_.as<float>();
    multiply_gate_and_up({at(Role::ffn_gate), bias(Role::ffn_gate_bias), wide},
                         {at(Role::ffn_up), bias(Role::ffn_up_bias), wide}, ffn.gated, ffn.width, rows, &of_input);
    auto* shared = shared_.as<float>();
    if (ffn.shared_width > 0) {
        multiply_gate_and_up({at(Role::shared_gate), nullptr, shared}, {at(Role::shared_up), nullptr, shared},
                             ffn.gated, ffn.shared_width, rows);
    }

    activate(ffn, wide, ffn.width, slots, roundings_for({at(Role::ffn_down)}));
    const Part out{at(Role::ffn_down), bias(Role::ffn_down_bias), expert_outputs_.as<float>()};
    const int columns = ffn.gated ? 2 : 1;
    multiply({&out, 1}, wide, columns * ffn.width, rows, d, &of_own);
    if (ffn.shared_width > 0) {
        activate(ffn, shared, ffn.shared_width, rows, roundings_for({at(Role::shared_down)}));
        const Part down{at(Role::shared_down), nullptr, ffn_.as<float>()};
        multiply({&down, 1}, shared, columns * ffn.shared_width, rows, d);
    }
    launch(Kernel::combine_experts, {rows},
           CombineExperts{expert_outputs_.as<float>(), c.places, expert_shares_.as<float>(), ffn.active, d,
                          ffn.shared_width > 0 ? 1 : 0, ffn_.as<float>()});
}

void GpuPass::run_head(int rows, int outputs)
{
    const auto& g = weights_.globals();
    const auto at = [&](Role role) { return g[std::size_t(role)]; };
    const GpuWeight* head = at(Role::output) != nullptr ? at(Role::output) : at(Role::token_embedding);
    normalise(at(Role::output_norm), at(Role::output_norm_bias), arch_.final_norm, roundings_for({head}),
              rows - outputs, outputs);
    const Part out{head, at(Role::output_bias), logits_.as<float>()};
    multiply({&out, 1}, input_.as<float>(), arch_.d_model, outputs, arch_.vocabulary);
    if (constants_.logit_scale != 1 || arch_.final_softcap > 0) {
        const int count = outputs * arch_.vocabulary;
        launch(Kernel::cap_logits, {blocks_for(count, threads_of(Kernel::cap_logits))},
               CapLogits{logits_.as<float>(), count, float(constants_.logit_scale), float(arch_.final_softcap)});
    }
}

}  // namespace slimline::cuda
