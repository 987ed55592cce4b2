#include "validation/robust_fit.h"

#include <cmath>

namespace slimline {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double degrees = 4;

VectorXd student_weights(const VectorXd& miss, const VectorXd& noise)
{
    const Eigen::ArrayXd r = miss.array() / noise.array();
    return (degrees + 1) / (degrees + r.square()) / noise.array().square();
}

double objective(const RobustProblem& problem, const VectorXd& miss, const VectorXd& x)
{
    const Eigen::ArrayXd r = miss.array() / problem.noise.array();
    return 0.5 * (x.array() / problem.spreads.array()).square().sum() +
           0.5 * (degrees + 1) * (r.square() / degrees).log1p().sum();
}

}  // namespace

MatrixXd jacobian_of(const std::function<VectorXd(const VectorXd&)>& misses, const VectorXd& at)
{
    constexpr double h = 1e-5;
    const VectorXd here = misses(at);
    MatrixXd jacobian(here.size(), at.size());
    for (Eigen::Index i = 0; i < at.size(); ++i) {
        VectorXd moved = at;
        moved[i] += h;
        jacobian.col(i) = (misses(moved) - here) / h;
    }
    return jacobian;
}

RobustFit robust_fit(const RobustProblem& problem)
{
    constexpr double longest_step = 1.5;
    const VectorXd prior = problem.spreads.array().square().inverse();
    VectorXd x = VectorXd::Zero(problem.spreads.size());
    VectorXd miss = problem.misses(x);
    double value = objective(problem, miss, x);
    double damping = 1e-3;
    MatrixXd hessian;
    for (int step = 0; step < problem.most_steps; ++step) {
        const MatrixXd jacobian = jacobian_of(problem.misses, x);
        const VectorXd weights = student_weights(miss, problem.noise);
        hessian = jacobian.transpose() * weights.asDiagonal() * jacobian;
        hessian.diagonal() += prior;
        const VectorXd gradient = jacobian.transpose() * weights.cwiseProduct(miss) + prior.cwiseProduct(x);
        double gain = 0;
        for (int attempt = 0; attempt < 10 && gain <= 0; ++attempt) {
            MatrixXd damped = hessian;
            damped.diagonal() *= 1 + damping;
            VectorXd move = damped.ldlt().solve(-gradient);
            move *= std::min(1.0, longest_step / std::max(1e-12, move.cwiseAbs().maxCoeff()));
            const VectorXd candidate_miss = problem.misses(x + move);
            const double candidate = objective(problem, candidate_miss, x + move);
            if (candidate < value) {
                gain = value - candidate;
                value = candidate;
                x += move;
                miss = candidate_miss;
                damping = std::max(1e-9, damping / 5);
            } else {
                damping *= 5;
            }
        }
        if (gain < 1e-7 * (1 + value)) {
            break;
        }
    }
    return {x, hessian.size() == 0 ? MatrixXd() : MatrixXd(hessian.inverse())};
}

}  // namespace slimline
