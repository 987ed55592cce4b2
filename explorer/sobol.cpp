#include "explorer/sobol.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <boost/random/sobol.hpp>
#include <boost/random/uniform_01.hpp>

namespace slimline {

namespace {

/// A point of the sequence and its twin, both answered, with each input of the twin put into the point by itself.
struct Evaluated {
    double a = 0;
    double b = 0;
    std::vector<double> mixed;
    bool usable = false;
};

Evaluated evaluate(const std::function<double(std::span<const double>)>& f, std::span<const double> a,
                   std::span<const double> b)
{
    Evaluated e;
    e.a = f(a);
    e.b = f(b);
    e.usable = std::isfinite(e.a) && std::isfinite(e.b);
    for (std::size_t i = 0; e.usable && i < a.size(); ++i) {
        std::vector<double> point(a.begin(), a.end());
        point[i] = b[i];
        e.mixed.push_back(f(point));
        e.usable = std::isfinite(e.mixed.back());
    }
    return e;
}

double mean_of(const std::vector<Evaluated>& all)
{
    double sum = 0;
    for (const Evaluated& e : all) {
        sum += e.a + e.b;
    }
    return sum / (2 * double(all.size()));
}

double variance_of(const std::vector<Evaluated>& all, double mean)
{
    double sum = 0;
    for (const Evaluated& e : all) {
        sum += (e.a - mean) * (e.a - mean) + (e.b - mean) * (e.b - mean);
    }
    return sum / (2 * double(all.size()) - 1);
}

}  // namespace

SobolResult sobol_indices(const std::function<double(std::span<const double>)>& f,
                          const std::vector<std::string>& inputs, std::size_t samples)
{
    const std::size_t n = inputs.size();
    SobolResult result;
    boost::random::sobol sequence(2 * n);
    boost::random::uniform_01<double> uniform;
    std::vector<Evaluated> all;
    std::vector<double> point(2 * n);
    for (std::size_t s = 0; s < samples; ++s) {
        std::ranges::generate(point, [&] { return uniform(sequence); });
        Evaluated e = evaluate(f, std::span(point).first(n), std::span(point).last(n));
        if (e.usable) {
            all.push_back(std::move(e));
        } else {
            ++result.impossible;
        }
    }
    result.samples = all.size();
    if (all.size() < 2) {
        return result;
    }
    result.mean = mean_of(all);
    result.variance = variance_of(all, result.mean);
    for (std::size_t i = 0; i < n; ++i) {
        double first = 0;
        double total = 0;
        for (const Evaluated& e : all) {
            first += (e.b - result.mean) * (e.mixed[i] - e.a);
            total += (e.a - e.mixed[i]) * (e.a - e.mixed[i]) / 2;
        }
        const double of = double(all.size()) * result.variance;
        result.inputs.push_back({inputs[i], of > 0 ? first / of : 0, of > 0 ? total / of : 0});
    }
    return result;
}

SobolResult sobol_indices(const Scenario& scenario, const std::vector<Axis>& axes, Figure wanted, std::size_t samples,
                          const QualityBasis* quality)
{
    std::vector<std::string> names;
    for (const Axis& axis : axes) {
        names.emplace_back(axis.lever->name);
    }
    const auto f = [&](std::span<const double> point) {
        std::optional<Scenario> at = scenario;
        for (std::size_t i = 0; at && i < axes.size(); ++i) {
            const auto [low, high] = std::ranges::minmax(axes[i].values);
            const bool whole = axes[i].lever->whole;
            const double value = low + point[i] * (high - low + (whole ? 1 : 0));
            at = axes[i].lever->with(*at, whole ? std::min(std::floor(value), high) : value);
        }
        return at ? figure(wanted, *at, predict(*at), quality) : std::numeric_limits<double>::quiet_NaN();
    };
    return sobol_indices(f, names, samples);
}

}  // namespace slimline
