#include "validation/run_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "validation/robust_fit.h"

namespace slimline {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// How exact a minimum of several runs is, and how exact a model of sums can be.
constexpr double noise_of_whole = 0.015;
constexpr double noise_of_stage = 0.01;  // as a share of the whole run

/// A number that is learnt: what it multiplies, and how far from its start it may be expected.
struct RunKnob {
    std::string name;
    double spread = 1;
    double* (*of)(Calibration&, std::size_t) = nullptr;  // null: the step from a working set to the next
    std::size_t index = 0;
};

constexpr int plain_head = 64;  // whose cost is 1
constexpr int plain_group = 1;

struct Seen {
    std::set<Format> vec{};
    std::set<Format> mat{};
    Format main = Format::f32;  // that most weights are in
    std::set<int> heads{};
    std::set<int> groups{};
    bool prefill = false;
};

Seen seen_in(std::span<const TimedRun> runs)
{
    Seen seen;
    std::map<Format, double> bytes;
    for (const TimedRun& run : runs) {
        seen.prefill |= run.work.phase == Phase::prefill;
        for (const OperatorCost& cost : run.work.costs) {
            if (cost.kernel == KernelClass::mat_vec) {
                seen.vec.insert(cost.format);
                bytes[cost.format] += cost.count * cost.weight_bytes;
            } else if (cost.kernel == KernelClass::mat_mat) {
                seen.mat.insert(cost.format);
            }
            if (cost.head_size > 0) {
                seen.heads.insert(int(cost.head_size));
                seen.groups.insert(int(cost.head_group));
            }
        }
    }
    for (const auto& [format, sum] : bytes) {
        seen.main = seen.main == Format::f32 || sum > bytes[seen.main] ? format : seen.main;
    }
    return seen;
}

std::vector<RunKnob> knobs_for(const Calibration& start, std::span<const TimedRun> runs)
{
    const Seen seen = seen_in(runs);
    std::vector<RunKnob> knobs;
    const auto add = [&](std::string name, double spread, double* (*of)(Calibration&, std::size_t), std::size_t index = 0) {
        knobs.push_back({std::move(name), spread, of, index});
    };
    add("weight_bandwidth", 1, [](Calibration& c, std::size_t) { return &c.weight_bandwidth; });
    add("kv_bandwidth", 1, [](Calibration& c, std::size_t) { return &c.kv_bandwidth; });
    add("activation_bandwidth", 0.5, [](Calibration& c, std::size_t) { return &c.activation_bandwidth; });
    add("attention_vec", 1.5, [](Calibration& c, std::size_t) { return &c.attention_vec_compute; });
    add("per_attention_row", 1, [](Calibration& c, std::size_t) { return &c.per_attention_row.value; });
    add("per_attention_score", 1, [](Calibration& c, std::size_t) { return &c.per_attention_score.value; });
    add("per_operator", 1, [](Calibration& c, std::size_t) { return &c.per_operator.value; });
    add("per_pass", 1, [](Calibration& c, std::size_t) { return &c.per_pass.value; });
    for (const Format format : seen.vec) {
        const std::string name(info(format).name);
        const double spread = format == Format::f32 ? 0.3 : 1;
        add("mat_vec " + name, spread, [](Calibration& c, std::size_t i) { return &c.mat_vec_compute[i]; }, std::size_t(format));
        if (format != Format::f32 && format != seen.main) {
            add("cache use " + name, 0.7, [](Calibration& c, std::size_t i) { return &c.weight_cache_use[i]; },
                std::size_t(format));
            add("stream " + name, 0.3, [](Calibration& c, std::size_t i) { return &c.weight_stream_cost[i]; },
                std::size_t(format));
        }
    }
    for (std::size_t i = 0; i + 1 < start.working_set_cost.size(); ++i) {
        add("working sets, step at " + std::to_string(int(start.working_set_cost[i].bytes / MiB)) + " MiB", 1, nullptr, i);
    }
    for (std::size_t i = 0; i < start.head_dim_cost.size(); ++i) {
        const int size = start.head_dim_cost[i].first;
        if (size != plain_head && seen.heads.contains(size)) {
            add("head size " + std::to_string(size), 1, [](Calibration& c, std::size_t at) { return &c.head_dim_cost[at].second; }, i);
        }
    }
    for (std::size_t i = 0; i < start.kv_row_seconds.size(); ++i) {
        if (const int size = start.kv_row_seconds[i].first; seen.heads.contains(size)) {
            add("rows of keys, head size " + std::to_string(size), 2,
                [](Calibration& c, std::size_t at) { return &c.kv_row_seconds[at].second; }, i);
        }
    }
    for (std::size_t i = 0; i < start.head_group_cost.size(); ++i) {
        const int group = start.head_group_cost[i].first;
        if (group != plain_group && seen.groups.contains(group)) {
            add("heads a KV head " + std::to_string(group), 0.5,
                [](Calibration& c, std::size_t at) { return &c.head_group_cost[at].second; }, i);
        }
    }
    for (std::size_t i = 0; i < activation_kernel_count; ++i) {
        if (ActivationKernel(i) != ActivationKernel::other) {
            add(std::string(word(ActivationKernel(i))), 0.7,
                [](Calibration& c, std::size_t at) { return &c.activation_kernel_cost[at]; }, i);
        }
    }
    if (seen.prefill) {
        for (std::size_t i = 0; i < start.head_dim_mat_cost.size(); ++i) {
            if (const int size = start.head_dim_mat_cost[i].first; size != plain_head && seen.heads.contains(size)) {
                add("head size " + std::to_string(size) + " of prompts", 0.5,
                    [](Calibration& c, std::size_t at) { return &c.head_dim_mat_cost[at].second; }, i);
            }
        }
        add("attention_mat", 1.5, [](Calibration& c, std::size_t) { return &c.attention_mat_compute; });
        add("per_prompt", 1, [](Calibration& c, std::size_t) { return &c.per_prompt.value; });
        for (const Format format : seen.mat) {
            add("mat_mat " + std::string(info(format).name), 1.5,
                [](Calibration& c, std::size_t i) { return &c.mat_mat_compute[i]; }, std::size_t(format));
        }
    }
    return knobs;
}

/// Every number that a knob turns must be there to be turned.
Calibration with_places(Calibration c, std::span<const TimedRun> runs)
{
    const auto fill = [](std::array<double, format_count>& shares, Format format, double other) {
        double& share = shares[std::size_t(format)];
        share = share > 0 ? share : other;
    };
    const Seen seen = seen_in(runs);
    for (const Format format : seen.vec) {
        fill(c.mat_vec_compute, format, c.other_mat_vec_compute);
        fill(c.weight_stream_cost, format, 1);
        fill(c.weight_cache_use, format, 1);
    }
    for (const Format format : seen.mat) {
        fill(c.mat_mat_compute, format, c.other_mat_mat_compute);
    }
    return c;
}

/// How much a byte costs less, in logarithms, than in the next larger working set. A larger one never costs less: that is what
/// is learnt of caches, so that noise does not draw a curve of its own.
constexpr double least_step = 0.02;    // where the start says that there is none
constexpr double least_learnt = 1e-6;  // below, there is none

std::vector<double> steps_of(const std::vector<WorkingSetCost>& costs)
{
    std::vector<double> steps;
    for (std::size_t i = 0; i + 1 < costs.size(); ++i) {
        const double step = std::log(costs[i + 1].times / costs[i].times);
        steps.push_back(step > least_learnt ? step : least_step);
    }
    return steps;
}

void put_steps(std::vector<WorkingSetCost>& costs, const std::vector<double>& steps)
{
    for (std::size_t i = steps.size(); i-- > 0;) {
        costs[i].times = costs[i + 1].times * std::exp(-steps[i]);
    }
}

Calibration turned(Calibration c, const std::vector<RunKnob>& knobs, const VectorXd& x)
{
    std::vector<double> steps = steps_of(c.working_set_cost);
    for (std::size_t i = 0; i < knobs.size(); ++i) {
        const RunKnob& knob = knobs[i];
        double& number = knob.of == nullptr ? steps[knob.index] : *knob.of(c, knob.index);
        number *= std::exp(x[Eigen::Index(i)]);
    }
    put_steps(c.working_set_cost, steps);
    return c;
}

struct StageSeconds {
    double whole = 0;
    std::map<std::string_view, double> stages{};
};

StageSeconds stage_seconds(const Observation& o, const Roofs& roofs)
{
    StageSeconds s;
    const double factor = working_set_factor(o, roofs);
    s.whole = o.passes * roofs.seconds_per_pass + o.prompts * roofs.seconds_per_prompt;
    for (const OperatorCost& cost : o.costs) {
        const double seconds = cost.count * time_on(seconds_of(cost, roofs, factor), roofs);
        s.stages[stage_of(cost.kind)] += seconds;
        s.whole += seconds;
    }
    return s;
}

Roofs roofs_of(const Calibration& c, const Bed& bed, int threads)
{
    return slimline::roofs_of(bed.device, *find_backend(bed.device, bed.backend), c, threads);
}

std::size_t miss_count(std::span<const TimedRun> runs)
{
    std::size_t count = 0;
    for (const TimedRun& run : runs) {
        count += 1 + run.stages.size();
    }
    return count;
}

VectorXd misses_of(const Calibration& c, std::span<const TimedRun> runs, const Bed& bed)
{
    VectorXd misses(Eigen::Index(miss_count(runs)));
    Eigen::Index at = 0;
    const Roofs roofs = runs.empty() ? Roofs{} : roofs_of(c, bed, runs.front().work.measurement.threads);
    for (const TimedRun& run : runs) {
        const StageSeconds predicted = stage_seconds(run.work, roofs);
        misses[at++] = std::log(predicted.whole / run.work.seconds);
        for (const TimedOperator& stage : run.stages) {
            const auto found = predicted.stages.find(stage.name);
            const double seconds = found == predicted.stages.end() ? 0 : found->second;
            misses[at++] = (seconds - stage.seconds) / run.work.seconds;
        }
    }
    return misses;
}

VectorXd noise_of(std::span<const TimedRun> runs)
{
    VectorXd noise(Eigen::Index(miss_count(runs)));
    Eigen::Index at = 0;
    for (const TimedRun& run : runs) {
        noise[at++] = noise_of_whole;
        for (std::size_t i = 0; i < run.stages.size(); ++i) {
            noise[at++] = noise_of_stage;
        }
    }
    return noise;
}

VectorXd spreads_of(const std::vector<RunKnob>& knobs)
{
    VectorXd spreads(Eigen::Index(knobs.size()));
    for (std::size_t i = 0; i < knobs.size(); ++i) {
        spreads[Eigen::Index(i)] = knobs[i].spread;
    }
    return spreads;
}

std::vector<WorkingSetCost> working_set_start(const Bed& bed, int threads)
{
    const Backend& backend = *find_backend(bed.device, bed.backend);
    const Roofs roofs = slimline::roofs_of(bed.device, backend, datasheet_calibration(bed.backend), threads);
    std::vector<WorkingSetCost> costs;
    for (const double mib : {16.0, 32.0, 48.0, 64.0, 80.0, 96.0, 112.0, 128.0, 192.0, 256.0, 512.0, 1024.0}) {
        costs.push_back({mib * MiB, cache_factor(roofs, mib * MiB)});
    }
    return costs;
}

}  // namespace

std::string_view stage_of(OperatorKind kind)
{
    switch (kind) {
        case OperatorKind::position_embedding:
        case OperatorKind::embedding_norm:
        case OperatorKind::project_in: return "embedding";
        case OperatorKind::attn_q:
        case OperatorKind::attn_k:
        case OperatorKind::attn_v: return "attn_qkv";
        case OperatorKind::qk_norm:
        case OperatorKind::kv_write: return "rope";
        case OperatorKind::attn_gate: return "attention";
        case OperatorKind::ffn_residual:
        case OperatorKind::post_ffn_norm: return "attn_norm";
        case OperatorKind::attn_residual:
        case OperatorKind::post_attn_norm: return "ffn_norm";
        case OperatorKind::ffn_gate:
        case OperatorKind::shared_gate:
        case OperatorKind::shared_up: return "ffn_up";
        case OperatorKind::shared_down: return "ffn_down";
        case OperatorKind::project_out: return "head";
        default: return name(kind);
    }
}

Calibration run_fit_start(const Bed& bed, int threads)
{
    Calibration c;
    c.device = bed.device.id;
    c.backend = bed.backend;
    c.engine = bed.engine_name;
    c.threads = threads;
    c.weight_bandwidth = 0.7;
    c.kv_bandwidth = 0.5;
    c.activation_bandwidth = 0.7;
    c.other_mat_vec_compute = 0.2;
    c.other_mat_mat_compute = 0.3;
    c.attention_vec_compute = 0.1;
    c.attention_mat_compute = 0.2;
    c.recurrent_compute = 0.1;
    c.serial_share = 1;
    c.per_operator = {0.3e-6};
    c.per_pass = {5e-6};
    c.per_prompt = {20e-6};
    c.per_attention_row = {50e-9};
    c.per_attention_score = {0.5e-9};
    c.kv_shares_caches = true;
    c.working_set_cost = working_set_start(bed, threads);
    c.head_group_cost = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {7, 1}, {8, 1}};
    c.head_dim_cost = {{32, 1}, {64, 1}, {80, 1}, {96, 1}, {128, 1}, {256, 1}};
    if (bed.engine == Engine::llama_cpp) {
        // Its fused attention goes through tiles of 64 tokens, and through fewer token by token; keys of a position's heads
        // lie side by side in its cache.
        c.attention_vec_most_rows = 63;
        c.head_dim_mat_cost = c.head_dim_cost;
        for (const auto& [size, times] : c.head_dim_cost) {
            c.kv_row_seconds.emplace_back(size, 10e-9);
        }
    }
    return c;
}

Calibration fit_runs(const Calibration& start, std::span<const TimedRun> runs, const Bed& bed, int most_steps)
{
    if (runs.empty()) {
        return start;
    }
    const Calibration from = with_places(start, runs);
    const std::vector<RunKnob> knobs = knobs_for(from, runs);
    RobustProblem problem;
    problem.misses = [&](const VectorXd& x) { return misses_of(turned(from, knobs, x), runs, bed); };
    problem.noise = noise_of(runs);
    problem.spreads = spreads_of(knobs);
    problem.most_steps = most_steps;
    const RobustFit fit = robust_fit(problem);
    Calibration result = turned(from, knobs, fit.parameters);
    result.learnt.clear();
    const VectorXd errors = fit.covariance.diagonal().cwiseSqrt();
    for (std::size_t i = 0; i < knobs.size(); ++i) {
        const RunKnob& knob = knobs[i];
        LearntNumber number{knob.name, 0, errors[Eigen::Index(i)], {}};
        if (knob.of == nullptr) {
            const std::vector<WorkingSetCost>& costs = result.working_set_cost;
            number.value = costs[knob.index + 1].times / costs[knob.index].times;
            number.relative_error *= std::log(number.value);
        } else {
            number.value = *knob.of(result, knob.index);
        }
        for (Eigen::Index j = 0; j < errors.size(); ++j) {
            number.correlation.push_back(fit.covariance(Eigen::Index(i), j) / (errors[Eigen::Index(i)] * errors[j]));
        }
        result.learnt.push_back(std::move(number));
    }
    return result;
}

struct Informant::State {
    VectorXd prior;
    std::vector<MatrixXd> information;  // of each run
};

Informant::Informant(const Calibration& start, std::span<const TimedRun> all, const Bed& bed)
    : state_(std::make_unique<State>())
{
    const Calibration from = with_places(start, all);
    const std::vector<RunKnob> knobs = knobs_for(from, all);
    state_->prior = spreads_of(knobs).array().square().inverse();
    for (const TimedRun& run : all) {
        const std::span<const TimedRun> one(&run, 1);
        const auto misses = [&](const VectorXd& x) { return misses_of(turned(from, knobs, x), one, bed); };
        const MatrixXd jacobian =
            noise_of(one).cwiseInverse().asDiagonal() * jacobian_of(misses, VectorXd::Zero(Eigen::Index(knobs.size())));
        state_->information.push_back(jacobian.transpose() * jacobian);
    }
}

Informant::~Informant() = default;

double Informant::information(std::span<const std::size_t> runs) const
{
    MatrixXd sum = state_->prior.asDiagonal();
    for (const std::size_t run : runs) {
        sum += state_->information[run];
    }
    return 2 * Eigen::LLT<MatrixXd>(sum).matrixLLT().diagonal().array().log().sum();
}

std::vector<TimedOperator> predicted_stages(const TimedRun& run, const Calibration& calibration, const Bed& bed)
{
    std::vector<TimedOperator> stages;
    const Roofs roofs = roofs_of(calibration, bed, run.work.measurement.threads);
    for (const auto& [stage, seconds] : stage_seconds(run.work, roofs).stages) {
        stages.push_back({std::string(stage), seconds});
    }
    return stages;
}

double predicted_seconds(const TimedRun& run, const Calibration& calibration, const Bed& bed)
{
    return predicted_seconds(run.work, roofs_of(calibration, bed, run.work.measurement.threads));
}

}  // namespace slimline
