#pragma once

#include <functional>

#include <Eigen/Dense>

namespace slimline {

/// What a robust least-squares fit starts from and is held by.
struct RobustProblem {
    std::function<Eigen::VectorXd(const Eigen::VectorXd&)> misses;  // of parameters, 0 at the start
    Eigen::VectorXd noise;    // standard deviation of each miss
    Eigen::VectorXd spreads;  // of the normal prior around 0, one a parameter
    int most_steps = 40;
};

struct RobustFit {
    Eigen::VectorXd parameters;
    Eigen::MatrixXd covariance;  // of the parameters, prior included
};

/// Levenberg-Marquardt with Student's weights (four degrees of freedom: far misses count less) and a normal prior.
/// Deterministic.
RobustFit robust_fit(const RobustProblem& problem);

/// d misses / d parameters by forward differences.
Eigen::MatrixXd jacobian_of(const std::function<Eigen::VectorXd(const Eigen::VectorXd&)>& misses, const Eigen::VectorXd& at);

}  // namespace slimline
