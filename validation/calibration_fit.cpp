#include "validation/calibration_fit.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <Eigen/Dense>

namespace slimline {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

enum class Knob {
    weight_bandwidth,
    kv_bandwidth,
    activation_bandwidth,
    thread_bandwidth,
    mat_vec_all,
    mat_vec_format,
    mat_mat_all,
    mat_mat_format,
    attention_vec,
    attention_mat,
    recurrent,
    serial_share,
    per_operator,
    per_pass,
    per_prompt,
};

/// A number that is fitted, as the logarithm of what it is multiplied by; `spread` is its prior's standard deviation.
struct Parameter {
    Knob knob;
    Format format{};
    double spread = 0.5;
};

std::vector<Parameter> parameters_for(const std::vector<Weighted>& observations)
{
    std::set<Format> vec;
    std::set<Format> mat;
    bool decode = false;
    bool prefill = false;
    bool threads = false;
    for (const Weighted& each : observations) {
        decode |= each.observation->phase == Phase::decode;
        prefill |= each.observation->phase == Phase::prefill;
        threads |= each.observation->measurement.threads > 0;
        for (const OperatorCost& cost : each.observation->costs) {
            if (cost.format != Format::f32) {
                (cost.kernel == KernelClass::mat_mat ? mat : vec).insert(cost.format);
            }
        }
    }
    std::vector<Parameter> all{
        {Knob::weight_bandwidth, {}, 0.8}, {Knob::per_operator, {}, 0.3}, {Knob::per_pass, {}, 0.7},
        {Knob::serial_share, {}, 0.3},     {Knob::mat_vec_all, {}, 0.3},  {Knob::kv_bandwidth, {}, 0.8},
        {Knob::attention_vec, {}, 0.7},    {Knob::recurrent, {}, 1.2},    {Knob::activation_bandwidth, {}, 0.4}};
    for (const Format format : vec) {
        all.push_back({Knob::mat_vec_format, format, 0.3});
    }
    if (prefill) {
        all.push_back({Knob::mat_mat_all, {}, 2});
        all.push_back({Knob::attention_mat, {}, 0.7});
        all.push_back({Knob::per_prompt, {}, 0.8});
        for (const Format format : mat) {
            all.push_back({Knob::mat_mat_format, format, 0.3});
        }
    }
    if (threads) {
        all.push_back({Knob::thread_bandwidth, {}, 0.4});
    }
    return all;
}

void scale_all(std::array<double, format_count>& shares, double& other, double factor)
{
    for (double& share : shares) {
        share *= factor;
    }
    other *= factor;
}

void scale_one(std::array<double, format_count>& shares, double other, Format format, double factor)
{
    double& share = shares[std::size_t(format)];
    share = (share > 0 ? share : other) * factor;
}

/// A share of what memory can deliver stays below 1: its odds are scaled.
double bounded(double share, double factor)
{
    const double odds = factor * share / std::max(1e-9, 1 - share);
    return odds / (1 + odds);
}

void turn(Calibration& c, const Parameter& parameter, double factor)
{
    switch (parameter.knob) {
        case Knob::weight_bandwidth:
            c.weight_bandwidth = bounded(c.weight_bandwidth, factor);
            break;
        case Knob::kv_bandwidth:
            c.kv_bandwidth = bounded(c.kv_bandwidth, factor);
            break;
        case Knob::activation_bandwidth:
            c.activation_bandwidth = bounded(c.activation_bandwidth, factor);
            break;
        case Knob::thread_bandwidth:
            c.thread_bandwidth *= factor;
            break;
        case Knob::mat_vec_all:
            scale_all(c.mat_vec_compute, c.other_mat_vec_compute, factor);
            break;
        case Knob::mat_vec_format:
            scale_one(c.mat_vec_compute, c.other_mat_vec_compute, parameter.format, factor);
            break;
        case Knob::mat_mat_all:
            scale_all(c.mat_mat_compute, c.other_mat_mat_compute, factor);
            break;
        case Knob::mat_mat_format:
            scale_one(c.mat_mat_compute, c.other_mat_mat_compute, parameter.format, factor);
            break;
        case Knob::attention_vec:
            c.attention_vec_compute *= factor;
            break;
        case Knob::attention_mat:
            c.attention_mat_compute *= factor;
            break;
        case Knob::recurrent:
            c.recurrent_compute *= factor;
            break;
        case Knob::serial_share:
            c.serial_share = bounded(c.serial_share, factor);
            break;
        case Knob::per_operator:
            c.per_operator *= factor;
            break;
        case Knob::per_pass:
            c.per_pass *= factor;
            break;
        case Knob::per_prompt:
            c.per_prompt *= factor;
            break;
    }
}

Calibration applied(const Calibration& start, const std::vector<Parameter>& parameters, const VectorXd& x)
{
    Calibration c = start;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        turn(c, parameters[i], std::exp(x[Eigen::Index(i)]));
    }
    return c;
}

/// log(predicted / measured) of all observations; roofs are worked out once for each device and number of threads.
VectorXd misses(const Calibration& c, const std::vector<Weighted>& observations,
                const std::map<std::string, Device>& devices)
{
    std::map<std::pair<std::string_view, int>, Roofs> roofs;
    VectorXd all(Eigen::Index(observations.size()));
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const Observation& o = *observations[i].observation;
        const std::pair<std::string_view, int> key{o.measurement.device, o.measurement.threads};
        auto found = roofs.find(key);
        if (found == roofs.end()) {
            found = roofs.emplace(key, roofs_for(o, devices, c)).first;
        }
        all[Eigen::Index(i)] = std::log(predicted_seconds(o, found->second) / o.seconds) + observations[i].offset;
    }
    return all;
}

// Of Student's t: what others published has far misses (another build, heat, a slip) that say nothing of the rest.
constexpr double degrees = 2;

/// As weights of a least-squares step.
VectorXd robust_weights(const VectorXd& miss, const std::vector<Weighted>& observations, double noise)
{
    VectorXd weights(miss.size());
    for (Eigen::Index i = 0; i < miss.size(); ++i) {
        const double r = miss[i] / noise;
        weights[i] = observations[std::size_t(i)].weight * (degrees + 1) / (degrees + r * r) / (noise * noise);
    }
    return weights;
}

double objective(const VectorXd& miss, const std::vector<Weighted>& observations, double noise, const VectorXd& x,
                 const VectorXd& spreads)
{
    double sum = 0.5 * (x.array() / spreads.array()).square().sum();
    for (Eigen::Index i = 0; i < miss.size(); ++i) {
        const double r = miss[i] / noise;
        sum += observations[std::size_t(i)].weight * 0.5 * (degrees + 1) * std::log1p(r * r / degrees);
    }
    return sum;
}

}  // namespace

Calibration initial_guess(BackendKind backend)
{
    const bool cpu = backend == BackendKind::cpu;
    Calibration c;
    c.backend = backend;
    c.engine = "llama.cpp";
    c.weight_bandwidth = 0.7;
    c.kv_bandwidth = 0.5;
    c.activation_bandwidth = 0.7;
    c.thread_bandwidth = cpu ? 0.5 : 1;
    c.other_mat_vec_compute = cpu ? 0.2 : 0.3;
    c.other_mat_mat_compute = 0.3;
    c.attention_vec_compute = 0.1;
    c.attention_mat_compute = 0.2;
    c.recurrent_compute = 0.1;
    c.serial_share = 0.2;
    c.per_operator = {cpu ? 2e-6 : 4e-6};
    c.per_pass = {1e-3};
    c.per_prompt = {5e-3};
    return c;
}

Calibration fit_calibration(const Calibration& start, const std::vector<Weighted>& observations,
                            const std::map<std::string, Device>& devices, const FitOptions& options)
{
    if (observations.empty()) {
        return start;
    }
    const std::vector<Parameter> parameters = parameters_for(observations);
    const auto n = Eigen::Index(parameters.size());
    VectorXd spreads(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        spreads[i] = parameters[std::size_t(i)].spread * options.freedom;
    }
    const VectorXd prior = spreads.array().square().inverse();
    const auto misses_at = [&](const VectorXd& x) {
        return misses(applied(start, parameters, x), observations, devices);
    };

    VectorXd x = VectorXd::Zero(n);
    VectorXd miss = misses_at(x);
    double value = objective(miss, observations, options.noise, x, spreads);
    double damping = 1e-2;
    for (int step = 0; step < options.most_steps; ++step) {
        constexpr double h = 1e-4;
        MatrixXd jacobian(miss.size(), n);
        for (Eigen::Index i = 0; i < n; ++i) {
            VectorXd moved = x;
            moved[i] += h;
            jacobian.col(i) = (misses_at(moved) - miss) / h;
        }
        const VectorXd weights = robust_weights(miss, observations, options.noise);
        MatrixXd hessian = jacobian.transpose() * weights.asDiagonal() * jacobian;
        hessian.diagonal() += prior;
        const VectorXd gradient =
            jacobian.transpose() * (weights.array() * miss.array()).matrix() + (prior.array() * x.array()).matrix();
        bool improved = false;
        double gain = 0;
        for (int attempt = 0; attempt < 8 && !improved; ++attempt) {
            MatrixXd damped = hessian;
            damped.diagonal() *= 1 + damping;
            VectorXd move = damped.ldlt().solve(-gradient);
            const double longest = move.cwiseAbs().maxCoeff();
            if (longest > 1) {
                move /= longest;  // no number changes by more than a factor e in one step
            }
            const VectorXd candidate = x + move;
            const VectorXd candidate_miss = misses_at(candidate);
            const double candidate_value = objective(candidate_miss, observations, options.noise, candidate, spreads);
            if (candidate_value < value) {
                gain = value - candidate_value;
                x = candidate;
                miss = candidate_miss;
                value = candidate_value;
                damping = std::max(1e-6, damping / 5);
                improved = true;
            } else {
                damping *= 5;
            }
        }
        if (!improved || gain < 1e-6 * (1 + value)) {
            break;
        }
    }
    return applied(start, parameters, x);
}

}  // namespace slimline
