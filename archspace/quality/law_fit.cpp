#include "archspace/quality/law_fit.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/format.h>
#include <Eigen/Dense>

#include "archspace/quality/loss.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr double hopeless = 1e6;  // a residual for coefficients that give no loss at all

/// Logarithms of the coefficients that the fit may move.
struct FreeCoefficients {
    std::vector<std::size_t> indices;
    Eigen::VectorXd logs;
};

FreeCoefficients free_coefficients(const Law& form, const LawFitOptions& options)
{
    std::vector<std::string> names;
    for (const LawCoefficient& each : form.coefficients) {
        names.push_back(each.name);
    }
    for (const std::string& fixed : options.fixed) {
        if (std::find(names.begin(), names.end(), fixed) == names.end()) {
            throw InputError(form.id, "there is no coefficient '" + printable(fixed) + "' to keep",
                             did_you_mean(fixed, names));
        }
    }
    FreeCoefficients free;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool fixed = std::find(options.fixed.begin(), options.fixed.end(), names[i]) != options.fixed.end();
        if (!fixed && form.coefficients[i].value != 0) {
            free.indices.push_back(i);
        }
    }
    free.logs.resize(Eigen::Index(free.indices.size()));
    for (std::size_t i = 0; i < free.indices.size(); ++i) {
        free.logs[Eigen::Index(i)] = std::log(std::abs(form.coefficients[free.indices[i]].value));
    }
    return free;
}

Law with_logs(Law law, const std::vector<std::size_t>& indices, const Eigen::VectorXd& logs)
{
    for (std::size_t i = 0; i < indices.size(); ++i) {
        double& value = law.coefficients[indices[i]].value;
        value = std::copysign(std::exp(logs[Eigen::Index(i)]), value);
    }
    return law;
}

/// One least-squares problem: residuals in ln(loss), or in the loss where it is negative (less a unigram model's).
class Problem {
 public:
    Problem(const Law& form, std::span<const LossObservation> observations, const std::vector<std::size_t>& indices)
        : form_(form), indices_(indices)
    {
        for (const LossObservation& each : observations) {
            inputs_.push_back(each.inputs);
            derive(inputs_.back(), form.basis);
            losses_.push_back(each.loss);
        }
        logarithmic_ = std::all_of(losses_.begin(), losses_.end(), [](double loss) { return loss > 0; });
    }

    Eigen::VectorXd residuals(const Eigen::VectorXd& logs) const
    {
        const Law law = with_logs(form_, indices_, logs);
        Eigen::VectorXd all(Eigen::Index(losses_.size()));
        for (std::size_t i = 0; i < losses_.size(); ++i) {
            const double predicted = loss_terms(law, inputs_[i]).sum();
            const double residual =
                logarithmic_ ? std::log(std::max(predicted, 1e-300) / losses_[i]) : predicted - losses_[i];
            all[Eigen::Index(i)] = std::isfinite(residual) ? residual : hopeless;
        }
        return all;
    }

    Eigen::MatrixXd slopes(const Eigen::VectorXd& logs) const
    {
        constexpr double step = 1e-6;
        Eigen::MatrixXd slopes(Eigen::Index(losses_.size()), logs.size());
        for (Eigen::Index j = 0; j < logs.size(); ++j) {
            Eigen::VectorXd up = logs;
            Eigen::VectorXd down = logs;
            up[j] += step;
            down[j] -= step;
            slopes.col(j) = (residuals(up) - residuals(down)) / (2 * step);
        }
        return slopes;
    }

 private:
    Law form_;
    std::vector<std::size_t> indices_;
    std::vector<LawInputs> inputs_;
    std::vector<double> losses_;
    bool logarithmic_ = true;
};

double huber_cost(const Eigen::VectorXd& residuals, double limit)
{
    double cost = 0;
    for (const double residual : residuals) {
        const double size = std::abs(residual);
        cost += size <= limit ? size * size / 2 : limit * (size - limit / 2);
    }
    return cost;
}

/// Square roots of Huber's weights: 1 for small residuals, falling with the size of large ones.
Eigen::VectorXd weights(const Eigen::VectorXd& residuals, double limit)
{
    return residuals.unaryExpr([&](double r) { return std::abs(r) <= limit ? 1.0 : std::sqrt(limit / std::abs(r)); });
}

struct Descent {
    Eigen::VectorXd logs;
    double cost = 0;
};

Descent levenberg_marquardt(const Problem& problem, Eigen::VectorXd logs, double limit)
{
    Eigen::VectorXd residuals = problem.residuals(logs);
    double cost = huber_cost(residuals, limit);
    double damping = 1e-3;
    for (int step = 0; step < 300 && damping < 1e12; ++step) {
        const Eigen::VectorXd weight = weights(residuals, limit);
        const Eigen::MatrixXd slopes = weight.asDiagonal() * problem.slopes(logs);
        const Eigen::VectorXd gradient = slopes.transpose() * weight.cwiseProduct(residuals);
        Eigen::MatrixXd curvature = slopes.transpose() * slopes;
        const double before = cost;
        while (damping < 1e12) {
            Eigen::MatrixXd damped = curvature;
            damped.diagonal() += damping * (curvature.diagonal().array() + 1e-12).matrix();
            const Eigen::VectorXd change = damped.ldlt().solve(-gradient).cwiseMax(-2.0).cwiseMin(2.0);
            const Eigen::VectorXd there = problem.residuals(logs + change);
            const double reached = huber_cost(there, limit);
            if (std::isfinite(reached) && reached < cost) {
                logs += change;
                residuals = there;
                cost = reached;
                damping = std::max(damping / 5, 1e-14);
                break;
            }
            damping *= 4;
        }
        if (before - cost <= 1e-13 * before) {
            break;
        }
    }
    return {std::move(logs), cost};
}

/// The law's own coefficients first, then changed ones; the same for every call.
std::vector<Eigen::VectorXd> start_points(const Eigen::VectorXd& own, int count)
{
    std::mt19937 random(20250601);
    std::vector<Eigen::VectorXd> starts{own};
    const auto share = [&] { return double(random()) / double(std::mt19937::max()) * 2 - 1; };
    while (int(starts.size()) < count) {
        starts.push_back(own.unaryExpr([&](double each) { return each + 0.7 * share(); }));
    }
    return starts;
}

Descent best_descent(const Problem& problem, const Eigen::VectorXd& own, const LawFitOptions& options)
{
    Descent best;
    bool first = true;
    for (const Eigen::VectorXd& start : start_points(own, std::max(1, options.starts))) {
        Descent descent = levenberg_marquardt(problem, start, options.huber);
        if (first || descent.cost < best.cost) {
            best = std::move(descent);
            first = false;
        }
    }
    return best;
}

std::vector<FittedRange> range_of(const Law& form, std::span<const LossObservation> observations)
{
    std::vector<FittedRange> ranges;
    std::vector<LawInput> reads = info(form.kind).reads;
    for (const int name : form.formula.reads()) {
        if (std::size_t(name) < law_input_count) {
            reads.push_back(LawInput(name));
        }
    }
    for (const LawInput input : reads) {
        FittedRange range{input, std::numeric_limits<double>::infinity(), 0};
        for (const LossObservation& each : observations) {
            LawInputs inputs = each.inputs;
            derive(inputs, form.basis);
            range.least = std::min(range.least, inputs[input]);
            range.most = std::max(range.most, inputs[input]);
        }
        if (std::isfinite(range.least) && std::isfinite(range.most)) {
            ranges.push_back(range);
        }
    }
    return ranges;
}

void check_observations(const Law& form, std::span<const LossObservation> observations, std::size_t free)
{
    if (free == 0) {
        throw InputError(form.id, "no coefficient is free", "keep fewer");
    }
    if (observations.size() < free + 1) {
        throw InputError(form.id, fmt::format("{} observations cannot tell {} coefficients", observations.size(), free),
                         "give more runs or keep some coefficients");
    }
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const Loss loss = evaluate(form, observations[i].inputs);
        for (const OutOfRange& each : loss.outside) {
            if (std::isnan(each.value)) {
                throw InputError(form.id, fmt::format("observation {} has no '{}'", i + 1, each.quantity),
                                 "add a column for it");
            }
        }
        if (!std::isfinite(observations[i].loss)) {
            throw InputError(form.id, fmt::format("observation {} has no finite loss", i + 1), "leave it out");
        }
    }
}

void add_statistics(LawFit& fit, std::span<const LossObservation> observations)
{
    double mean = 0;
    for (const LossObservation& each : observations) {
        mean += each.loss / double(observations.size());
    }
    double left = 0;
    double all = 0;
    for (const LossObservation& each : observations) {
        const double error = law_value(fit.law, each.inputs) - each.loss;
        fit.mean_absolute_error += std::abs(error) / double(observations.size());
        fit.largest_error = std::max(fit.largest_error, std::abs(error));
        left += error * error;
        all += (each.loss - mean) * (each.loss - mean);
    }
    fit.r_squared = all > 0 ? 1 - left / all : 0;
}

}  // namespace

LawFit fit_law(const Law& form, std::span<const LossObservation> observations, const LawFitOptions& options)
{
    const FreeCoefficients free = free_coefficients(form, options);
    check_observations(form, observations, free.indices.size());
    const Problem problem(form, observations, free.indices);
    const Descent best = best_descent(problem, free.logs, options);

    LawFit fit{.law = with_logs(form, free.indices, best.logs), .observations = observations.size()};
    fit.law.range = range_of(form, observations);
    fit.law.tests.clear();
    add_statistics(fit, observations);
    return fit;
}

}  // namespace slimline
