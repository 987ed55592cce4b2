#include "validation/engine/forward_pass.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace slimline::engine {

namespace {

using kernels::PackedMatrix;
using kernels::Share;
using kernels::share_of;
using Role = TensorRole;

constexpr int piece = 256;  // columns that one thread rounds at a time

/// out = matrix times some rows of an input, plus a bias.
struct Product {
    const PackedMatrix* matrix = nullptr;
    const float* bias = nullptr;
    const Activations* input = nullptr;
    int first_row = 0;
    int rows = 0;
    float* out = nullptr;
    std::size_t out_stride = 0;
};

/// One FFN of a pass: the dense one, the shared one, or one expert.
struct FfnPart {
    const PackedMatrix* gate = nullptr;
    const PackedMatrix* up = nullptr;
    const PackedMatrix* down = nullptr;
    const float* gate_bias = nullptr;
    const float* up_bias = nullptr;
    const float* down_bias = nullptr;
    const Activations* input = nullptr;
    int first_row = 0;  // in the input
    int rows = 0;
    int out_row = 0;  // in `wide` and `ffn`
    int width = 0;
};

/// One thread's way through a pass. All threads run the same code on shares of the work and meet after each stage.
class Worker {
 public:
    Worker(PassState& pass, int index) : p_(pass), index_(index), rows_(int(pass.rows.size())), last_(now()) {}

    void run()
    {
        embed();
        for (std::size_t layer = 0; layer < p_.arch.layers.size(); ++layer) {
            const Block& block = p_.arch.block_of(layer);
            for (int turn = 0; turn < block.runs; ++turn) {
                const bool last = layer + 1 == p_.arch.layers.size() && turn + 1 == block.runs;
                run_layer(layer, block, turn, last);
            }
        }
        run_head();
    }

 private:
    static double now()
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }

    void end_of(Stage stage)
    {
        p_.team.barrier();
        if (index_ == 0) {
            const double t = now();
            p_.times.seconds[std::size_t(stage)] += t - last_;
            p_.times.runs[std::size_t(stage)] += 1;
            last_ = t;
        }
    }

    /// This thread's share of things that do not depend on each other.
    template <class Work>
    void for_share(int count, Work&& work)
    {
        const Share share = share_of(count, index_, p_.team.size());
        for (int i = share.begin; i < share.end; ++i) {
            work(i);
        }
    }

    // ---- Products

    static InputKinds kinds_of(std::initializer_list<const PackedMatrix*> readers)
    {
        InputKinds kinds;
        for (const PackedMatrix* reader : readers) {
            if (reader != nullptr) {
                kinds.add(kernels::input_of(reader->format));
            }
        }
        return kinds;
    }

    void multiply(const Product& product, int first_group, int last_group)
    {
        const PackedMatrix& m = *product.matrix;
        kernels::ProductJob job;
        job.groups = m.group(first_group);
        job.group_bytes = m.group_bytes();
        job.group_count = last_group - first_group;
        job.columns = m.columns;
        product.input->set_input(job, m.format, product.first_row, m.columns);
        job.tokens = product.rows;
        job.out = product.out + 8 * first_group;
        job.out_stride = product.out_stride;
        p_.table.product[std::size_t(m.format)](job);
        if (product.bias != nullptr) {
            const int rows = std::min(m.rows, 8 * last_group) - 8 * first_group;
            for (int t = 0; t < product.rows; ++t) {
                p_.table.add(job.out + std::size_t(t) * job.out_stride, product.bias + 8 * first_group, rows);
            }
        }
    }

    /// Shares the row groups of all products out at once.
    void multiply_all(std::span<const Product> products)
    {
        int total = 0;
        for (const Product& each : products) {
            total += each.matrix->groups();
        }
        const Share share = share_of(total, index_, p_.team.size());
        int before = 0;
        for (const Product& each : products) {
            const int groups = each.matrix->groups();
            const int first = std::clamp(share.begin - before, 0, groups);
            const int last = std::clamp(share.end - before, 0, groups);
            if (first < last) {
                multiply(each, first, last);
            }
            before += groups;
        }
    }

    /// Rounds whole rows, split into pieces so that one token keeps several threads busy; `prepare` makes a piece first.
    template <class Prepare>
    void round_pieces(Activations& a, InputKinds kinds, int rows, int columns, Prepare&& prepare)
    {
        const int pieces = (columns + piece - 1) / piece;
        for_share(rows * pieces, [&](int i) {
            const int begin = i % pieces * piece;
            const int count = std::min(piece, columns - begin);
            prepare(i / pieces, begin, count);
            a.round(p_.table, kinds, i / pieces, columns, begin, count);
        });
    }

    // ---- Vectors

    void normalise(const LayerWeights& weights, Role weight, Role bias, const float* x, int n, float* out)
    {
        normalise(weights.numbers(weight), weights.numbers(bias), x, n, out);
    }

    /// Kernels add 1e-5 to the mean square; another epsilon is that of numbers scaled so that it becomes 1e-5.
    void normalise(const float* weight, const float* bias, const float* x, int n, float* out)
    {
        constexpr double of_kernels = 1e-5;
        if (p_.constants.norm_epsilon != of_kernels) {
            const auto scale = float(std::sqrt(of_kernels / p_.constants.norm_epsilon));
            std::transform(x, x + n, out, [&](float value) { return scale * value; });
            x = out;
        }
        p_.table.norm(x, weight, bias, n, p_.arch.norm != NormKind::rms, out);
    }

    static void scale(float* x, int n, double factor)
    {
        if (factor != 1) {
            std::for_each(x, x + n, [&](float& value) { value *= float(factor); });
        }
    }

    /// Adds to the residual stream what mixer or FFN made.
    void add_scaled(float* x, float* y)
    {
        scale(y, p_.arch.d_model, p_.constants.residual_scale);
        add(x, y);
    }

    void add(float* x, const float* y) { p_.table.add(x, y, p_.arch.d_model); }

    // ---- Embedding and head

    void embed()
    {
        const LayerWeights& g = p_.weights.globals;
        const bool projected = g[Role::project_in] != nullptr;
        const InputKinds kinds = kinds_of({projected ? &g.matrix(Role::project_in) : nullptr});
        const int width = p_.arch.head_input_width();
        Activations& to = projected ? p_.input : p_.hidden;
        for_share(rows_, [&](int row) {
            kernels::read_row(g.matrix(Role::token_embedding), p_.rows[std::size_t(row)].token, to.row(row));
            to.round(p_.table, kinds, row, width, 0, width);
        });
        if (projected) {
            p_.team.barrier();
            const Product in{&g.matrix(Role::project_in), nullptr, &p_.input, 0, rows_, p_.hidden.row(0), p_.hidden.stride()};
            multiply_all({&in, 1});
            p_.team.barrier();
        }
        for_share(rows_, [&](int row) { finish_embedding(g, row); });
        end_of(Stage::embedding);
    }

    void finish_embedding(const LayerWeights& g, int row)
    {
        scale(p_.hidden.row(row), p_.arch.d_model, p_.constants.embedding_scale);
        if (g[Role::position_embedding] != nullptr) {
            const PackedMatrix& positions = g.matrix(Role::position_embedding);
            float* vector = p_.input.row(row);
            kernels::read_row(positions, std::min(p_.rows[std::size_t(row)].position, positions.rows - 1), vector);
            add(p_.hidden.row(row), vector);
        }
        if (p_.arch.embedding_norm) {
            float* h = p_.hidden.row(row);
            normalise(g, Role::embedding_norm, Role::embedding_norm_bias, h, p_.arch.d_model, h);
        }
    }

    void run_head()
    {
        if (rows_ == 0) {
            return;
        }
        const LayerWeights& g = p_.weights.globals;
        const bool projected = g[Role::project_out] != nullptr;
        const PackedMatrix& head = g.matrix(g[Role::output] != nullptr ? Role::output : Role::token_embedding);
        Activations& normed = projected ? p_.input : p_.head_input;
        const InputKinds kinds = kinds_of({projected ? &g.matrix(Role::project_out) : &head});
        for_share(rows_, [&](int row) {
            finish_layer(row);
            if (p_.arch.final_norm) {
                normalise(g, Role::output_norm, Role::output_norm_bias, p_.hidden.row(row), p_.arch.d_model, normed.row(row));
            } else {
                std::copy_n(p_.hidden.row(row), p_.arch.d_model, normed.row(row));
            }
            normed.round(p_.table, kinds, row, p_.arch.d_model, 0, p_.arch.d_model);
        });
        end_of(Stage::output_norm);
        if (projected) {
            const Product out{&g.matrix(Role::project_out), nullptr, &p_.input, 0, rows_, p_.head_input.row(0),
                              p_.head_input.stride()};
            multiply_all({&out, 1});
            p_.team.barrier();
            round_pieces(p_.head_input, kinds_of({&head}), rows_, head.columns, [](int, int, int) {});
            p_.team.barrier();
        }
        const Product out{&head, g.numbers(Role::output_bias), &p_.head_input, 0, rows_, p_.logits.row(0), p_.logits.stride()};
        multiply_all({&out, 1});
        end_of(Stage::head);
        cap_logits();
    }

    void cap_logits()
    {
        if (p_.constants.logit_scale != 1) {
            for_share(rows_, [&](int row) { scale(p_.logits.row(row), p_.arch.vocabulary, p_.constants.logit_scale); });
            end_of(Stage::head);
        }
        if (p_.arch.final_softcap > 0) {
            for_share(rows_, [&](int row) {
                p_.table.softcap(p_.logits.row(row), p_.arch.vocabulary, float(p_.arch.final_softcap));
            });
            end_of(Stage::head);
        }
    }

    // ---- Layers

    /// What the layer before left to be added to the stream: done by whoever reads a row next.
    struct Pending {
        const Block* block = nullptr;
        const LayerWeights* weights = nullptr;
        bool mixer_too = false;  // parallel blocks
    };

    void finish_layer(int row)
    {
        if (pending_.block == nullptr) {
            return;
        }
        float* h = p_.hidden.row(row);
        if (pending_.mixer_too) {
            add_scaled(h, p_.mixer.row(row));
        }
        const Ffn& ffn = *pending_.block->ffn;
        float* m = p_.ffn.row(row);
        if (ffn.experts > 0) {
            combine_experts(ffn, row);
            m = p_.input.row(row);
        }
        if (pending_.block->norms.after_ffn) {
            normalise(*pending_.weights, Role::post_ffn_norm, Role::post_ffn_norm_bias, m, p_.arch.d_model, m);
        }
        add_scaled(h, m);
    }

    void run_layer(std::size_t layer, const Block& block, int turn, bool last)
    {
        const LayerWeights& w = p_.weights.layers[layer];
        bool parallel = false;
        if (const auto* attention = std::get_if<Attention>(&block.mixer)) {
            run_attention(layer, block, *attention, w, turn, last);
            parallel = block.parallel && rows_ > 0;
        } else {
            finish_rows();
            keep_outputs(nullptr, last);
        }
        if (rows_ == 0) {
            return;
        }
        const bool mixed = block.mixer.index() != 0;
        if (block.ffn) {
            run_ffn(block, *block.ffn, w, mixed, parallel);
            pending_ = {&block, &w, parallel};
        } else if (mixed) {
            for_share(rows_, [&](int row) { add_mixer(block, w, row); });
            end_of(Stage::ffn_norm);
        }
    }

    /// Adds what is pending where no norm stage does it.
    void finish_rows()
    {
        if (pending_.block != nullptr) {
            for_share(rows_, [&](int row) { finish_layer(row); });
            pending_ = {};
            end_of(Stage::attn_norm);
        }
    }

    /// The mixer's output of a row, after its norm.
    void finish_mixer(const Block& block, const LayerWeights& w, float* m)
    {
        if (block.norms.after_mixer) {
            normalise(w, Role::post_attn_norm, Role::post_attn_norm_bias, m, p_.arch.d_model, m);
        }
    }

    void add_mixer(const Block& block, const LayerWeights& w, int row)
    {
        finish_mixer(block, w, p_.mixer.row(row));
        add_scaled(p_.hidden.row(row), p_.mixer.row(row));
    }

    // ---- Attention

    void run_attention(std::size_t layer, const Block& block, const Attention& a, const LayerWeights& w, int turn, bool last)
    {
        KvCache& cache = p_.caches[layer][std::size_t(turn)];
        normalise_inputs(block, a, w);
        project_qkv(a, w);
        turn_and_store(layer, a, w, cache);
        if (last && p_.output_rows.empty()) {
            rows_ = 0;
            return;
        }
        attend_all(layer, a, cache);
        keep_outputs(&a, last);
        const PackedMatrix& output = w.matrix(Role::attn_output);
        round_pieces(p_.attended, kinds_of({&output}), rows_, a.query_width(), [](int, int, int) {});
        p_.team.barrier();
        const Product product{&output, w.numbers(Role::attn_output_bias), &p_.attended, 0, rows_, p_.mixer.row(0),
                              p_.mixer.stride()};
        multiply_all({&product, 1});
        end_of(Stage::attn_output);
    }

    static const PackedMatrix* optional_matrix(const LayerWeights& w, Role role)
    {
        return w[role] == nullptr ? nullptr : &w[role]->matrices[0];
    }

    void normalise_inputs(const Block& block, const Attention& a, const LayerWeights& w)
    {
        const InputKinds kinds =
            a.fused_qkv ? kinds_of({optional_matrix(w, Role::attn_qkv)})
                        : kinds_of({optional_matrix(w, Role::attn_q), optional_matrix(w, Role::attn_k),
                                    optional_matrix(w, Role::attn_v)});
        const int d = p_.arch.d_model;
        for_share(rows_, [&](int row) {
            finish_layer(row);
            if (block.norms.before_mixer) {
                normalise(w, Role::attn_norm, Role::attn_norm_bias, p_.hidden.row(row), d, p_.input.row(row));
            } else {
                std::copy_n(p_.hidden.row(row), d, p_.input.row(row));
            }
            p_.input.round(p_.table, kinds, row, d, 0, d);
        });
        pending_ = {};
        end_of(Stage::attn_norm);
    }

    void project_qkv(const Attention& a, const LayerWeights& w)
    {
        const auto product = [&](Role role, Role bias, int column) {
            return Product{&w.matrix(role), a.q_bias ? w.numbers(bias) : nullptr, &p_.input, 0, rows_,
                           p_.qkv.row(0) + column, p_.qkv.stride()};
        };
        if (a.fused_qkv) {
            const Product one = product(Role::attn_qkv, Role::attn_qkv_bias, 0);
            multiply_all({&one, 1});
        } else {
            const int q = a.projected_query_width();
            const Product three[] = {product(Role::attn_q, Role::attn_q_bias, 0), product(Role::attn_k, Role::attn_k_bias, q),
                                     product(Role::attn_v, Role::attn_v_bias, q + a.kv_width())};
            multiply_all(three);
        }
        end_of(Stage::attn_qkv);
    }

    void normalise_heads(const Attention& a, const LayerWeights& w, Role role, float* x, int heads)
    {
        const bool whole = a.qk_norm == QkNorm::full_width;
        const int width = whole ? heads * a.head_dim : a.head_dim;
        for (int i = 0; i < (whole ? 1 : heads); ++i) {
            normalise(w.numbers(role), nullptr, x + i * width, width, x + i * width);
        }
    }

    void turn_and_store(std::size_t layer, const Attention& a, const LayerWeights& w, KvCache& cache)
    {
        if (a.qk_norm == QkNorm::full_width) {
            for_share(rows_, [&](int row) {
                float* q = p_.qkv.row(row);
                normalise_heads(a, w, Role::attn_q_norm, q, a.heads);
                normalise_heads(a, w, Role::attn_k_norm, q + a.projected_query_width(), a.kv_heads);
            });
            p_.team.barrier();
        }
        const int heads = a.heads + a.kv_heads;
        const RopeTable* rope = p_.rope[std::size_t(p_.arch.layers[layer])];
        for_share(rows_ * heads, [&](int i) {
            const PassRow& place = p_.rows[std::size_t(i / heads)];
            const int head = i % heads;
            const bool key = head >= a.heads;
            const int column = key ? a.projected_query_width() + (head - a.heads) * a.head_dim : head * a.head_dim;
            float* x = p_.qkv.row(i / heads) + column;
            if (a.qk_norm == QkNorm::per_head || a.qk_norm == QkNorm::no_parameters) {
                normalise_heads(a, w, key ? Role::attn_k_norm : Role::attn_q_norm, x, 1);
            }
            if (rope != nullptr) {
                const std::ptrdiff_t at = std::ptrdiff_t(place.position) * rope->half;
                p_.table.rope(x, rope->half, rope->cosine.data() + at, rope->sine.data() + at);
            }
            if (key) {
                cache.store(p_.table, place.sequence, head - a.heads, place.position, x, x + a.kv_width());
            }
        });
        end_of(Stage::rope);
    }

    /// Into how many parts the query heads of a KV head go, so that no thread is left without work.
    int head_parts(const Attention& a) const
    {
        const int group = a.heads / a.kv_heads;
        const int items = int(p_.tiles.size()) * a.kv_heads;
        return items >= 4 * p_.team.size() || items % p_.team.size() == 0 ? 1 : std::min(group, p_.team.size());
    }

    void attend_all(std::size_t layer, const Attention& a, const KvCache& cache)
    {
        const int group = a.heads / a.kv_heads;
        const int parts = head_parts(a);
        const int items = int(p_.tiles.size()) * a.kv_heads * parts;
        const std::vector<float>& slopes = p_.slopes[std::size_t(p_.arch.layers[layer])];
        // Later tiles see more: every n-th item, so that all threads get early and late ones.
        for (int i = index_; i < items; i += p_.team.size()) {
            const TokenTile& tokens = p_.tiles[std::size_t(i / (a.kv_heads * parts))];
            const int kv_head = i / parts % a.kv_heads;
            const Share heads = share_of(group, i % parts, parts);
            const int head = kv_head * group + heads.begin;
            AttentionTile tile{&cache, tokens.sequence, kv_head, tokens.position, tokens.tokens, heads.end - heads.begin};
            tile.queries = p_.qkv.row(tokens.row) + head * a.head_dim;
            tile.query_stride = p_.qkv.stride();
            tile.out = p_.attended.row(tokens.row) + head * a.head_dim;
            tile.out_stride = p_.attended.stride();
            tile.window = a.window;
            tile.softcap = a.softcap;
            tile.scale = p_.constants.attention_scale;
            tile.slopes = slopes.empty() ? nullptr : slopes.data() + head;
            attend(p_.table, tile, p_.scratch[std::size_t(index_)]);
            if (a.output_gate) {
                gate_outputs(a, tokens, head, heads.end - heads.begin);
            }
        }
        end_of(Stage::attention);
    }

    /// out *= sigmoid(gate); the gates stand behind the queries.
    void gate_outputs(const Attention& a, const TokenTile& tokens, int head, int heads)
    {
        for (int t = 0; t < tokens.tokens; ++t) {
            float* out = p_.attended.row(tokens.row + t) + head * a.head_dim;
            const float* gate = p_.qkv.row(tokens.row + t) + a.query_width() + head * a.head_dim;
            for (int i = 0; i < heads * a.head_dim; ++i) {
                out[i] /= 1 + std::exp(-gate[i]);
            }
        }
    }

    /// After the last attention only rows whose logits are wanted go on.
    void keep_outputs(const Attention* a, bool last)
    {
        const int kept = int(p_.output_rows.size());
        if (!last || kept == rows_) {
            return;
        }
        if (index_ == 0) {
            for (int to = 0; to < kept; ++to) {
                const int from = p_.output_rows[std::size_t(to)];
                std::copy_n(p_.hidden.row(from), p_.arch.d_model, p_.hidden.row(to));
                std::copy_n(p_.input.row(from), p_.arch.d_model, p_.input.row(to));
                if (a != nullptr) {
                    std::copy_n(p_.attended.row(from), a->query_width(), p_.attended.row(to));
                }
            }
        }
        rows_ = kept;
        p_.team.barrier();
    }

    // ---- FFN

    void run_ffn(const Block& block, const Ffn& ffn, const LayerWeights& w, bool mixed, bool parallel)
    {
        const int d = p_.arch.d_model;
        const InputKinds kinds = ffn_kinds(w);
        for_share(rows_, [&](int row) {
            if (parallel) {
                finish_mixer(block, w, p_.mixer.row(row));
            } else if (mixed) {
                add_mixer(block, w, row);
            }
            if (block.norms.before_ffn) {
                normalise(w, Role::ffn_norm, Role::ffn_norm_bias, p_.hidden.row(row), d, p_.input.row(row));
            } else if (!parallel) {
                std::copy_n(p_.hidden.row(row), d, p_.input.row(row));
            }
            p_.input.round(p_.table, kinds, row, d, 0, d);
        });
        end_of(Stage::ffn_norm);
        if (ffn.experts > 0) {
            route(ffn, w, kinds);
        }
        run_parts(ffn, ffn_parts(ffn, w));
    }

    static InputKinds ffn_kinds(const LayerWeights& w)
    {
        return kinds_of({optional_matrix(w, Role::ffn_gate), optional_matrix(w, Role::ffn_up),
                         optional_matrix(w, Role::shared_gate), optional_matrix(w, Role::shared_up), optional_matrix(w, Role::router)});
    }

    void route(const Ffn& ffn, const LayerWeights& w, InputKinds kinds)
    {
        const Product scores{&w.matrix(Role::router), nullptr, &p_.input, 0, rows_, p_.router.row(0), p_.router.stride()};
        multiply_all({&scores, 1});
        p_.team.barrier();
        if (index_ == 0) {
            choose_experts(p_.router.row(0), p_.router.stride(), rows_, ffn.experts, ffn.active, p_.choice,
                           p_.constants.softmax_of_chosen);
        }
        p_.team.barrier();
        for_share(rows_ * ffn.active, [&](int slot) {
            p_.gathered.copy_row(p_.input, kinds, p_.choice.slots[std::size_t(slot)].row, slot, p_.arch.d_model);
        });
        end_of(Stage::router);
    }

    FfnPart part_of(const LayerWeights& w, Role gate, Role up, Role down, int expert, int width) const
    {
        const auto matrix = [&](Role role) {
            return w[role] == nullptr ? nullptr : &w[role]->matrices[std::size_t(expert)];
        };
        return {.gate = matrix(gate), .up = matrix(up), .down = matrix(down), .width = width};
    }

    const std::vector<FfnPart>& ffn_parts(const Ffn& ffn, const LayerWeights& w)
    {
        parts_.clear();
        for (int expert = 0; expert < std::max(1, ffn.experts); ++expert) {
            FfnPart part = part_of(w, Role::ffn_gate, Role::ffn_up, Role::ffn_down, expert, ffn.width);
            part.input = ffn.experts > 0 ? &p_.gathered : &p_.input;
            part.first_row = ffn.experts > 0 ? p_.choice.first_slot[std::size_t(expert)] : 0;
            part.rows = ffn.experts > 0 ? p_.choice.first_slot[std::size_t(expert + 1)] - part.first_row : rows_;
            part.out_row = part.first_row;
            if (ffn.bias) {
                part.gate_bias = ffn.gated ? w.numbers(Role::ffn_gate_bias) + expert * ffn.width : nullptr;
                part.up_bias = w.numbers(Role::ffn_up_bias) + expert * ffn.width;
                part.down_bias = w.numbers(Role::ffn_down_bias) + expert * p_.arch.d_model;
            }
            if (part.rows > 0) {
                parts_.push_back(part);
            }
        }
        if (ffn.shared_width > 0) {
            FfnPart part = part_of(w, Role::shared_gate, Role::shared_up, Role::shared_down, 0, ffn.shared_width);
            part.input = &p_.input;
            part.rows = rows_;
            part.out_row = ffn.experts > 0 ? rows_ * ffn.active : rows_;
            parts_.push_back(part);
        }
        return parts_;
    }

    void run_parts(const Ffn& ffn, const std::vector<FfnPart>& parts)
    {
        products_.clear();
        for (const FfnPart& part : parts) {
            float* out = p_.wide.row(part.out_row);
            const auto add_product = [&](const PackedMatrix* matrix, const float* bias, int column) {
                products_.push_back({matrix, bias, part.input, part.first_row, part.rows, out + column, p_.wide.stride()});
            };
            if (part.gate != nullptr) {
                add_product(part.gate, part.gate_bias, 0);
            }
            add_product(part.up, part.up_bias, part.gate != nullptr ? whole_vectors(part.width) : 0);
        }
        multiply_all(products_);
        end_of(Stage::ffn_up);
        activate_parts(ffn, parts);
        products_.clear();
        for (const FfnPart& part : parts) {
            products_.push_back({part.down, part.down_bias, &p_.wide, part.out_row, part.rows, p_.ffn.row(part.out_row),
                                 p_.ffn.stride()});
        }
        multiply_all(products_);
        end_of(Stage::ffn_down);
    }

    void activate_parts(const Ffn& ffn, const std::vector<FfnPart>& parts)
    {
        for (const FfnPart& part : parts) {
            const InputKinds kinds = kinds_of({part.down});
            // Fused matrices write gate and up without a gap.
            const int up = part.gate != nullptr ? whole_vectors(part.width) : part.width;
            const int pieces = (part.width + piece - 1) / piece;
            for_share(part.rows * pieces, [&](int i) {
                const int row = part.out_row + i / pieces;
                const int begin = i % pieces * piece;
                const int count = std::min(piece, part.width - begin);
                float* gate = p_.wide.row(row) + begin;
                p_.table.activate(ffn.activation, gate, ffn.gated ? gate + up : nullptr, count);
                p_.wide.round(p_.table, kinds, row, part.width, begin, count);
            });
        }
        end_of(Stage::ffn_activation);
    }

    /// The weighted sum of a row's experts and the shared one, in its place of `input`, which nobody reads any more.
    void combine_experts(const Ffn& ffn, int row)
    {
        const int d = p_.arch.d_model;
        float* sum = p_.input.row(row);
        std::fill_n(sum, d, 0.f);
        if (ffn.shared_width > 0) {
            add(sum, p_.ffn.row(rows_ * ffn.active + row));
        }
        for (int i = 0; i < ffn.active; ++i) {
            const int slot = p_.choice.slots_of_row[std::size_t(row * ffn.active + i)];
            const float weight = p_.choice.slots[std::size_t(slot)].weight;
            const float* m = p_.ffn.row(slot);
            std::transform(sum, sum + d, m, sum, [&](float s, float x) { return s + weight * x; });
        }
    }

    PassState& p_;
    int index_;
    int rows_;
    double last_;
    Pending pending_{};
    std::vector<Product> products_{};
    std::vector<FfnPart> parts_{};
};

std::vector<TokenTile> token_tiles(std::span<const PassRow> rows)
{
    constexpr int most = 4;
    std::vector<TokenTile> tiles;
    for (int row = 0; row < int(rows.size()); ++row) {
        const PassRow& at = rows[std::size_t(row)];
        const bool joins = !tiles.empty() && tiles.back().tokens < most && tiles.back().sequence == at.sequence &&
                           tiles.back().position + tiles.back().tokens == at.position;
        if (joins) {
            tiles.back().tokens += 1;
        } else {
            tiles.push_back({row, 1, at.sequence, at.position});
        }
    }
    return tiles;
}

}  // namespace

void run_pass(PassState& pass, std::span<const PassRow> rows)
{
    pass.rows = rows;
    pass.tiles = token_tiles(rows);
    pass.output_rows.clear();
    for (int row = 0; row < int(rows.size()); ++row) {
        if (rows[std::size_t(row)].output) {
            pass.output_rows.push_back(row);
        }
    }
    pass.team.run([&](int index) { Worker(pass, index).run(); });
}

}  // namespace slimline::engine
