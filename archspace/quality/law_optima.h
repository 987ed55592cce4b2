#pragma once

#include <functional>

#include "archspace/quality/law.h"
#include "base/units.h"

namespace slimline {

/// A size of model and of its training, with what it costs and the loss it reaches.
struct ModelAndTokens {
    double parameters = 0;
    double tokens = 0;
    double cost = 0;
    double loss = 0;
};

/// The best split of 6 N D training FLOPs under a law of kind chinchilla (Hoffmann 2022, equation 4).
ModelAndTokens training_optimum(const Law& law, double training_flops);

/// The same for a given model: how many tokens it is the best model for.
double optimal_tokens(const Law& law, double parameters);

/// Tokens that bring a model of this size to a loss; infinite when no number does.
double tokens_for_loss(const Law& law, double parameters, double loss);

/// What a design costs before and in its life. In any one unit: FLOPs, seconds on a device, money, joules.
struct LifeCost {
    std::function<double(double parameters, double tokens)> training;
    std::function<double(double parameters)> use;

    /// 6 N D to train and 2 N for each token of use (Sardana 2024).
    static LifeCost flops(double tokens_of_use);

    /// Device seconds of the tokens of use, `bytes_a_parameter` read at `bandwidth` for each; training in seconds of
    /// the training machine at `training_rate`, a second of it weighing `training_weight` seconds of the device.
    static LifeCost device_seconds(double tokens_of_use, double bytes_a_parameter, BytesPerSecond bandwidth,
                                   FlopsPerSecond training_rate, double training_weight);
};

/// The cheapest model and training of a given loss over its whole life (Sardana 2024, arXiv 2401.00448): smaller and
/// longer trained than the training optimum the more it is used.
ModelAndTokens deployment_optimum(const Law& law, double loss, const LifeCost& cost);

/// PLAS: the activation rate K/E that is best for a memory budget, of a law of kind plas.
double memory_bound_activation_rate(const Law& law, double width);

/// Levine 2020: parameters of a model of this depth at the width up to which depth is worth it, 12 L w^2.
double depth_efficient_parameters(const Law& law, double depth);

/// Kumar 2024: beyond this many tokens more training makes the model worse once its weights are quantised to
/// `post_bits`, under a law of kind precision.
double critical_tokens(const Law& law, double parameters, double post_bits);

}  // namespace slimline
