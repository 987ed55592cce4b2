#include "reference_model.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "validation/engine/engine_weights.h"
#include "validation/kernels/half.h"

namespace slimline::engine {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Role = TensorRole;

Matrix matrix_of(const kernels::PackedMatrix& packed)
{
    Matrix m(packed.rows, packed.columns);
    std::vector<float> row(std::size_t(packed.columns));
    for (int r = 0; r < packed.rows; ++r) {
        kernels::read_row(packed, r, row.data());
        for (int c = 0; c < packed.columns; ++c) {
            m(r, c) = row[std::size_t(c)];
        }
    }
    return m;
}

double half(double x)
{
    return kernels::to_float(kernels::to_half(float(x)));
}

double activated(Activation kind, double x)
{
    switch (kind) {
        case Activation::relu: return std::max(x, 0.0);
        case Activation::relu2: return std::pow(std::max(x, 0.0), 2);
        case Activation::gelu: return x * 0.5 * std::erfc(-x / std::numbers::sqrt2);
        case Activation::gelu_tanh: return x / (1 + std::exp(-2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
        case Activation::silu: return x / (1 + std::exp(-x));
    }
    return x;
}

/// The tokens of a prompt are columns.
class Reference {
 public:
    Reference(const Architecture& arch, const EngineWeights& weights) : arch_(arch), weights_(weights) {}

    Matrix logits(const std::vector<int>& tokens)
    {
        const LayerWeights& g = weights_.globals;
        Matrix h = embedded(g, tokens);
        for (std::size_t layer = 0; layer < arch_.layers.size(); ++layer) {
            const Block& block = arch_.block_of(layer);
            for (int run = 0; run < block.runs; ++run) {
                h = through(block, weights_.layers[layer], h);
            }
        }
        if (arch_.final_norm) {
            h = norm(h, g, Role::output_norm, Role::output_norm_bias);
        }
        if (g[Role::project_out] != nullptr) {
            h = matrix_of(g.matrix(Role::project_out)) * h;
        }
        Matrix out = matrix_of(g.matrix(g[Role::output] != nullptr ? Role::output : Role::token_embedding)) * h;
        add_bias(out, g.numbers(Role::output_bias));
        return arch_.final_softcap > 0 ? capped(out, arch_.final_softcap) : out;
    }

 private:
    static Matrix capped(const Matrix& x, double cap)
    {
        return cap * (x / cap).array().tanh().matrix();
    }

    static void add_bias(Matrix& x, const float* bias)
    {
        for (Eigen::Index i = 0; bias != nullptr && i < x.rows(); ++i) {
            x.row(i).array() += double(bias[i]);
        }
    }

    Matrix embedded(const LayerWeights& g, const std::vector<int>& tokens)
    {
        const Matrix table = matrix_of(g.matrix(Role::token_embedding));
        Matrix h(table.cols(), Eigen::Index(tokens.size()));
        for (Eigen::Index t = 0; t < h.cols(); ++t) {
            h.col(t) = table.row(tokens[std::size_t(t)]).transpose();
        }
        if (g[Role::project_in] != nullptr) {
            h = matrix_of(g.matrix(Role::project_in)) * h;
        }
        if (g[Role::position_embedding] != nullptr) {
            h += matrix_of(g.matrix(Role::position_embedding)).topRows(h.cols()).transpose();
        }
        return arch_.embedding_norm ? norm(h, g, Role::embedding_norm, Role::embedding_norm_bias) : h;
    }

    Vector norm(Vector x, const float* weight, const float* bias) const
    {
        if (arch_.norm != NormKind::rms) {
            x.array() -= x.mean();
        }
        x /= std::sqrt(x.squaredNorm() / double(x.size()) + 1e-5);
        for (Eigen::Index i = 0; i < x.size(); ++i) {
            x(i) = x(i) * (weight == nullptr ? 1 : weight[i]) + (bias == nullptr ? 0 : bias[i]);
        }
        return x;
    }

    Matrix norm(const Matrix& x, const LayerWeights& w, Role weight, Role bias) const
    {
        Matrix out = x;
        for (Eigen::Index t = 0; t < x.cols(); ++t) {
            out.col(t) = norm(x.col(t), w.numbers(weight), w.numbers(bias));
        }
        return out;
    }

    Matrix through(const Block& block, const LayerWeights& w, const Matrix& h)
    {
        const Matrix in = block.norms.before_mixer ? norm(h, w, Role::attn_norm, Role::attn_norm_bias) : h;
        Matrix mixed = Matrix::Zero(h.rows(), h.cols());
        if (const auto* a = std::get_if<Attention>(&block.mixer)) {
            mixed = attention(*a, w, in);
            if (block.norms.after_mixer) {
                mixed = norm(mixed, w, Role::post_attn_norm, Role::post_attn_norm_bias);
            }
        }
        if (!block.ffn) {
            return h + mixed;
        }
        const Matrix stream = block.parallel ? h : Matrix(h + mixed);
        const Matrix ffn_in = block.norms.before_ffn ? norm(stream, w, Role::ffn_norm, Role::ffn_norm_bias)
                              : block.parallel       ? in
                                                     : stream;
        Matrix added = ffn(*block.ffn, w, ffn_in);
        if (block.norms.after_ffn) {
            added = norm(added, w, Role::post_ffn_norm, Role::post_ffn_norm_bias);
        }
        return h + mixed + added;
    }

    Matrix attention(const Attention& a, const LayerWeights& w, const Matrix& in)
    {
        const int q_rows = a.query_width() * (a.output_gate ? 2 : 1);
        Matrix all(q_rows + 2 * a.kv_width(), in.cols());
        if (a.fused_qkv) {
            all = matrix_of(w.matrix(Role::attn_qkv)) * in;
            add_bias(all, w.numbers(Role::attn_qkv_bias));
        } else {
            Matrix q = matrix_of(w.matrix(Role::attn_q)) * in;
            Matrix k = matrix_of(w.matrix(Role::attn_k)) * in;
            Matrix v = matrix_of(w.matrix(Role::attn_v)) * in;
            add_bias(q, w.numbers(Role::attn_q_bias));
            add_bias(k, w.numbers(Role::attn_k_bias));
            add_bias(v, w.numbers(Role::attn_v_bias));
            all << q, k, v;
        }
        Matrix q = all.topRows(a.query_width());
        Matrix k = all.middleRows(q_rows, a.kv_width());
        const Matrix v = all.bottomRows(a.kv_width()).unaryExpr(&half);
        normalise_heads(a, w, Role::attn_q_norm, q);
        normalise_heads(a, w, Role::attn_k_norm, k);
        rotate(a, q);
        rotate(a, k);
        k = k.unaryExpr(&half);
        Matrix out(a.query_width(), in.cols());
        for (int head = 0; head < a.heads; ++head) {
            const int kv = head / (a.heads / a.kv_heads) * a.head_dim;
            out.middleRows(head * a.head_dim, a.head_dim) =
                attend(a, head, q.middleRows(head * a.head_dim, a.head_dim), k.middleRows(kv, a.head_dim),
                       v.middleRows(kv, a.head_dim));
        }
        if (a.output_gate) {
            const Matrix gate = all.middleRows(a.query_width(), a.query_width());
            out = out.cwiseProduct(gate.unaryExpr([](double x) { return 1 / (1 + std::exp(-x)); }));
        }
        Matrix mixed = matrix_of(w.matrix(Role::attn_output)) * out;
        add_bias(mixed, w.numbers(Role::attn_output_bias));
        return mixed;
    }

    void normalise_heads(const Attention& a, const LayerWeights& w, Role role, Matrix& x) const
    {
        if (a.qk_norm == QkNorm::none) {
            return;
        }
        const Eigen::Index width = a.qk_norm == QkNorm::full_width ? x.rows() : a.head_dim;
        for (Eigen::Index t = 0; t < x.cols(); ++t) {
            for (Eigen::Index at = 0; at < x.rows(); at += width) {
                x.col(t).segment(at, width) = norm(x.col(t).segment(at, width), w.numbers(role), nullptr);
            }
        }
    }

    void rotate(const Attention& a, Matrix& x) const
    {
        const int rotated = arch_.positions == Positions::rope ? int(a.head_dim * a.rope_fraction) / 2 * 2 : 0;
        for (Eigen::Index t = 0; t < x.cols(); ++t) {
            for (Eigen::Index head = 0; head < x.rows(); head += a.head_dim) {
                for (int i = 0; i < rotated / 2; ++i) {
                    const double angle = double(t) * std::pow(10000.0, -2.0 * i / rotated);
                    double& first = x(head + i, t);
                    double& second = x(head + rotated / 2 + i, t);
                    const double turned = first * std::cos(angle) - second * std::sin(angle);
                    second = first * std::sin(angle) + second * std::cos(angle);
                    first = turned;
                }
            }
        }
    }

    Matrix attend(const Attention& a, int head, const Matrix& q, const Matrix& k, const Matrix& v) const
    {
        Matrix scores = k.transpose() * q / std::sqrt(double(a.head_dim));  // [key][query]
        if (a.softcap > 0) {
            scores = capped(scores, a.softcap);
        }
        for (Eigen::Index t = 0; t < scores.cols(); ++t) {
            for (Eigen::Index s = 0; s < scores.rows(); ++s) {
                const bool seen = s <= t && (a.window == 0 || t - s < a.window);
                const double slope = arch_.positions == Positions::alibi ? std::exp2(-8.0 * (head + 1) / a.heads) : 0;
                scores(s, t) = seen ? std::exp(scores(s, t) + slope * double(s - t)) : 0;
            }
            scores.col(t) /= scores.col(t).sum();
        }
        return v * scores;
    }

    Matrix one_ffn(const Ffn& ffn, const LayerWeights& w, Role gate_role, Role up_role, Role down_role, int expert,
                   const Matrix& in) const
    {
        Matrix up = matrix_of(w.matrix(up_role, expert)) * in;
        Matrix gate = up;
        const bool biased = ffn.bias && up_role == Role::ffn_up;
        if (biased) {
            add_bias(up, w.numbers(Role::ffn_up_bias) + expert * ffn.width);
        }
        if (ffn.gated && ffn.fused_gate_up && up_role == Role::ffn_up) {
            gate = up.topRows(ffn.width).eval();
            up = up.bottomRows(ffn.width).eval();
        } else if (ffn.gated) {
            gate = matrix_of(w.matrix(gate_role, expert)) * in;
            if (biased) {
                add_bias(gate, w.numbers(Role::ffn_gate_bias) + expert * ffn.width);
            }
        } else {
            gate = up;
            up.setOnes();
        }
        const Matrix hidden = gate.unaryExpr([&](double x) { return activated(ffn.activation, x); }).cwiseProduct(up);
        Matrix out = matrix_of(w.matrix(down_role, expert)) * hidden;
        if (biased) {
            add_bias(out, w.numbers(Role::ffn_down_bias) + expert * arch_.d_model);
        }
        return out;
    }

    Matrix ffn(const Ffn& ffn, const LayerWeights& w, const Matrix& in) const
    {
        Matrix out = Matrix::Zero(in.rows(), in.cols());
        if (ffn.experts == 0) {
            out = one_ffn(ffn, w, Role::ffn_gate, Role::ffn_up, Role::ffn_down, 0, in);
        } else {
            const Matrix scores = matrix_of(w.matrix(Role::router)) * in;
            for (Eigen::Index t = 0; t < in.cols(); ++t) {
                out.col(t) = chosen_experts(ffn, w, scores.col(t), in.col(t));
            }
        }
        if (ffn.shared_width > 0) {
            out += one_ffn(ffn, w, Role::shared_gate, Role::shared_up, Role::shared_down, 0, in);
        }
        return out;
    }

    Vector chosen_experts(const Ffn& ffn, const LayerWeights& w, const Vector& scores, const Vector& in) const
    {
        std::vector<int> order(std::size_t(ffn.experts));
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](int a, int b) { return scores(a) > scores(b); });
        order.resize(std::size_t(ffn.active));
        double total = 0;
        for (const int expert : order) {
            total += std::exp(scores(expert));
        }
        Vector sum = Vector::Zero(in.size());
        for (const int expert : order) {
            sum += std::exp(scores(expert)) / total *
                   one_ffn(ffn, w, Role::ffn_gate, Role::ffn_up, Role::ffn_down, expert, in);
        }
        return sum;
    }

    const Architecture& arch_;
    const EngineWeights& weights_;
};

}  // namespace

std::vector<std::vector<double>> reference_logits(const Architecture& arch, const WeightMix& mix, std::uint64_t seed,
                                                  const std::vector<int>& tokens)
{
    kernels::ThreadTeam team(1, false);
    const EngineWeights weights = random_weights(arch, mix, seed, team);
    const Matrix logits = Reference(arch, weights).logits(tokens);
    std::vector<std::vector<double>> rows;
    for (Eigen::Index t = 0; t < logits.cols(); ++t) {
        rows.emplace_back(logits.col(t).begin(), logits.col(t).end());
    }
    return rows;
}

}  // namespace slimline::engine
