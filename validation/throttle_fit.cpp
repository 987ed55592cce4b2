#include "validation/throttle_fit.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <Eigen/Dense>

#include "base/errors.h"
#include "base/numbers.h"
#include "validation/statistics.h"

namespace slimline {

namespace {

using Eigen::ArrayXd;
using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double degrees_of_freedom = 4;        // of Student's distribution
constexpr double deviation_of_median = 1.4826;  // standard deviations in a median absolute deviation
constexpr double least_share = 0.05;
constexpr double errors_of_a_fall = 4;  // that a fall must exceed: its time constant was chosen among many
constexpr double quantile_90 = 1.645;   // both ends of a normal 90 % interval
constexpr double settled_after = 3;     // time constants
constexpr double least_noise = 1e-4;    // of a speed: what a clock's resolution leaves at the best
constexpr double least_fall = 5e-3;     // of the first speed: steps of processors' clocks are larger

struct Curve {
    double tau = 0;
    double sustained = 0;
    double fall = 0;  // first - sustained, at least 0
    double loss = 0;
};

/// Noise is relative: a sample that is slowed down by something is slowed down by a share.
class Data {
 public:
    explicit Data(std::span<const SpeedSample> samples) : t_(samples.size()), y_(samples.size())
    {
        for (std::size_t i = 0; i < samples.size(); ++i) {
            t_[Eigen::Index(i)] = samples[i].time_s - samples.front().time_s;
            y_[Eigen::Index(i)] = samples[i].speed;
        }
        std::vector<double> steps;
        for (Eigen::Index i = 1; i < y_.size(); ++i) {
            steps.push_back(std::abs(std::log(y_[i] / y_[i - 1])));
        }
        // Of neighbours, so that a slow fall is no noise.
        scale_ = std::max(deviation_of_median * median(steps) / std::sqrt(2.0), least_noise);
    }

    double span() const { return t_[t_.size() - 1]; }
    double least_tau() const { return 2 * span() / double(t_.size() - 1); }

    /// The best curve of this time constant, within the bounds.
    Curve curve(double tau) const
    {
        const ArrayXd e = decay(tau);
        Curve best{.tau = tau, .sustained = median(values(y_))};
        constexpr int most_steps = 40;
        for (int step = 0; step < most_steps; ++step) {
            const Curve last = best;
            const ArrayXd w = weights(misses(best)) / of(best).square();
            const double sw = w.sum();
            const double me = (w * e).sum() / sw;
            const double my = (w * y_).sum() / sw;
            const double see = (w * (e - me).square()).sum();
            best.fall = see > 0 ? std::max(0.0, (w * (e - me) * (y_ - my)).sum() / see) : 0;
            best.sustained = my - best.fall * me;
            if (best.sustained < least_share * (best.sustained + best.fall)) {  // held at the bound: one number is left
                const ArrayXd shape = least_share + (1 - least_share) * e;
                const double first = (w * shape * y_).sum() / (w * shape.square()).sum();
                best.sustained = least_share * first;
                best.fall = first - best.sustained;
            }
            if (std::abs(best.fall - last.fall) + std::abs(best.sustained - last.sustained) < 1e-9 * my) {
                break;
            }
        }
        best.loss = (misses(best).square() / degrees_of_freedom).log1p().sum();
        return best;
    }

    /// Of a sample, relative; of the samples that nothing else disturbs.
    double noise(const Curve& curve) const
    {
        return deviation_of_median * scale_ * median(values(misses(curve).abs()));
    }

    /// Of sustained, fall and log tau: that of an M-estimator, the spread of its pulls over how firmly they hold.
    Matrix3d covariance(const Curve& c) const
    {
        const ArrayXd e = decay(c.tau) / of(c);
        Eigen::MatrixXd j(t_.size(), 3);
        j.col(0) = (1 / of(c)).matrix();
        j.col(1) = e.matrix();
        j.col(2) = (c.fall * e * t_ / c.tau).matrix();
        const Matrix3d information = j.transpose() * j;
        return square_error(c) * information.completeOrthogonalDecomposition().pseudoInverse();
    }

    /// The standard error of a fall over the whole span, relative, where its time constant is given.
    double error_of_fall(const Curve& c) const
    {
        const ArrayXd e = decay(c.tau);
        return std::sqrt(square_error(c) / (e - e.mean()).square().sum()) * (1 - std::exp(-span() / c.tau));
    }

 private:
    static std::vector<double> values(const ArrayXd& array) { return {array.begin(), array.end()}; }
    ArrayXd decay(double tau) const { return (-t_ / tau).exp(); }
    ArrayXd of(const Curve& c) const { return c.sustained + c.fall * decay(c.tau); }
    /// In standard deviations.
    ArrayXd misses(const Curve& c) const { return (y_ / of(c) - 1) / scale_; }
    static ArrayXd weights(const ArrayXd& r) { return (degrees_of_freedom + 1) / (degrees_of_freedom + r.square()); }

    double square_error(const Curve& c) const
    {
        constexpr int parameters = 3;
        const ArrayXd r = misses(c);
        const ArrayXd pull = r * weights(r);
        const ArrayXd hold =
            (degrees_of_freedom + 1) * (degrees_of_freedom - r.square()) / (degrees_of_freedom + r.square()).square();
        const double held = std::max(hold.mean(), 0.05);
        return scale_ * scale_ * pull.square().mean() / (held * held) * double(r.size()) /
               double(r.size() - parameters);
    }

    ArrayXd t_;
    ArrayXd y_;
    double scale_ = 0;
};

/// A grid, then the golden section between the best one's neighbours.
Curve best_curve(const Data& data)
{
    constexpr int points = 60;
    const double low = std::log(data.least_tau());
    const double high = std::log(std::max(data.span(), data.least_tau()));
    const double step = (high - low) / points;
    Curve best{.loss = infinite};
    for (int i = 0; i <= points; ++i) {
        if (const Curve curve = data.curve(std::exp(low + i * step)); curve.loss < best.loss) {
            best = curve;
        }
    }
    constexpr double golden = 0.6180339887498949;
    double a = std::max(low, std::log(best.tau) - step);
    double b = std::min(high, std::log(best.tau) + step);
    for (int i = 0; i < 40; ++i) {
        const Curve left = data.curve(std::exp(b - golden * (b - a)));
        const Curve right = data.curve(std::exp(a + golden * (b - a)));
        (left.loss <= right.loss ? b : a) = std::log(left.loss <= right.loss ? right.tau : left.tau);
        const Curve& better = left.loss <= right.loss ? left : right;
        if (better.loss < best.loss) {
            best = better;
        }
    }
    return best;
}

void check(std::span<const SpeedSample> samples)
{
    if (samples.size() < std::size_t(enough_speed_samples)) {
        throw InputError("long session", std::to_string(samples.size()) + " samples are too few to see throttling by",
                         "let it run longer");
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!(samples[i].speed > 0) || !std::isfinite(samples[i].speed)) {
            throw InputError("long session", "a speed is not positive");
        }
        if (i > 0 && !(samples[i].time_s > samples[i - 1].time_s)) {
            throw InputError("long session", "samples are not in the order of time");
        }
    }
}

ThrottleFit none_seen(const Data& data, ThrottleFit fit)
{
    const Curve steady = data.curve(data.span() / settled_after);
    const double whole = 1 - std::exp(-settled_after);
    const double level = steady.sustained + steady.fall * whole / settled_after;  // its mean
    const double hidden = steady.fall * whole / level + quantile_90 * data.error_of_fall(steady);
    fit.first = fit.sustained = level;
    fit.noise = data.noise(steady);
    fit.share_low = std::clamp(1 - hidden, 0.0, 1.0);
    return fit;
}

}  // namespace

ThrottleFit fit_throttling(std::span<const SpeedSample> samples)
{
    check(samples);
    const Data data(samples);
    ThrottleFit fit{.samples = int(samples.size())};
    const Curve c = best_curve(data);
    const double last = std::exp(-data.span() / c.tau);
    const double first = c.sustained + c.fall;
    const double fall = c.fall * (1 - last);  // that was seen
    const Matrix3d covariance = data.covariance(c);
    const Vector3d of_fall{0, 1 - last, -c.fall * last * data.span() / c.tau};
    const double error = std::sqrt(std::max(0.0, of_fall.dot(covariance * of_fall)));
    if (fall <= std::max({errors_of_a_fall * error, data.noise(c) * first, least_fall * first})) {
        return none_seen(data, fit);
    }
    fit.throttles = true;
    fit.tau_s = c.tau;
    fit.sustained = c.sustained;
    // Work began some time before the middle of the first sample.
    fit.first = c.sustained + c.fall * std::exp(std::clamp(samples.front().time_s / c.tau, 0.0, 1.0));
    fit.noise = data.noise(c);
    fit.settled = data.span() >= settled_after * c.tau;
    const Vector3d of_share{c.fall / (first * first), -c.sustained / (first * first), 0};
    const double share_error = std::sqrt(std::max(0.0, of_share.dot(covariance * of_share)));
    fit.share_low = std::clamp(fit.share() - quantile_90 * share_error, 0.0, 1.0);
    fit.share_high = std::clamp(fit.share() + quantile_90 * share_error, fit.share(), 1.0);
    return fit;
}

}  // namespace slimline
