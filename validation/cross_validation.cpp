#include "validation/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include <tbb/parallel_for.h>

namespace slimline {

namespace {

double log_ratio(const Observation& o, const Calibration& c, const std::map<std::string, Device>& devices)
{
    return std::log(o.seconds / predicted_seconds(o, roofs_for(o, devices, c)));
}

std::vector<std::string> models_by_size(const ObservationList& observations)
{
    std::map<std::pair<double, std::string>, int> sizes;
    for (const Observation* each : observations) {
        ++sizes[{each->weight_bytes, each->measurement.model}];
    }
    std::vector<std::string> models;
    for (const auto& [key, count] : sizes) {
        if (std::ranges::find(models, key.second) == models.end()) {
            models.push_back(key.second);
        }
    }
    return models;
}

/// Predicts the observations of `held_out` models from a fit to the others.
void judge_half(std::vector<Judged>& judged, const ObservationList& all, const std::set<std::string>& held_out,
                const Calibration& prior, const std::map<std::string, Device>& devices)
{
    ObservationList fitted;
    std::ranges::copy_if(all, std::back_inserter(fitted),
                         [&](const Observation* o) { return !held_out.contains(o->measurement.model); });
    const Calibration c = device_fit(prior, all.front()->measurement.engine, fitted, devices);
    for (const Observation* o : all) {
        if (held_out.contains(o->measurement.model)) {
            judged.push_back({o, log_ratio(*o, c, devices)});
        }
    }
}

}  // namespace

Bench bench_of(const Observation& o)
{
    return {o.measurement.device, o.measurement.backend, o.measurement.interface};
}

std::map<Bench, ObservationList> benches(const std::vector<Observation>& observations)
{
    std::map<Bench, ObservationList> all;
    for (const Observation& each : observations) {
        all[bench_of(each)].push_back(&each);
    }
    return all;
}

Priors priors_without_device(const Observations& observations)
{
    std::vector<std::pair<Bench, Calibration>> found;
    for (const auto& [bench, list] : benches(observations.used)) {
        found.emplace_back(bench, Calibration{});
    }
    tbb::parallel_for(std::size_t{0}, found.size(), [&](std::size_t i) {
        const Bench& bench = found[i].first;
        ObservationList others;
        for (const Observation& each : observations.used) {
            if (each.measurement.backend == bench.backend && each.measurement.device != bench.device &&
                of_deployed_engine(each)) {
                others.push_back(&each);
            }
        }
        found[i].second = pooled_fit(bench.backend, bench.interface, others, observations.devices);
    });
    return {found.begin(), found.end()};
}

std::vector<Judged> leave_one_device_out(const Observations& observations, const Priors& priors)
{
    std::vector<Judged> judged;
    for (const Observation& each : observations.used) {
        if (!of_deployed_engine(each)) {
            continue;
        }
        judged.push_back({&each, log_ratio(each, priors.at(bench_of(each)), observations.devices)});
    }
    return judged;
}

std::vector<Judged> leave_one_out(const Observations& observations, const Priors& priors)
{
    const std::map<Bench, ObservationList> by_bench = benches(observations.used);
    std::vector<Judged> judged(observations.used.size());
    tbb::parallel_for(std::size_t{0}, judged.size(), [&](std::size_t i) {
        const Observation& left = observations.used[i];
        const Bench bench = bench_of(left);
        ObservationList rest = by_bench.at(bench);
        std::erase(rest, &left);
        const Calibration c = device_fit(priors.at(bench), left.measurement.engine, rest, observations.devices);
        judged[i] = {&left, log_ratio(left, c, observations.devices)};
    });
    return judged;
}

std::vector<Judged> half_split(const Observations& observations, const Priors& priors, const Bench& bench, int shuffles)
{
    const std::map<Bench, ObservationList> by_bench = benches(observations.used);
    const auto found = by_bench.find(bench);
    std::vector<Judged> judged;
    if (found == by_bench.end()) {
        return judged;
    }
    std::vector<std::string> models = models_by_size(found->second);
    std::mt19937 random(1);
    for (int shuffle = 0; shuffle <= shuffles; ++shuffle) {
        std::set<std::string> even;
        std::set<std::string> odd;
        for (std::size_t i = 0; i < models.size(); ++i) {
            (i % 2 == 0 ? even : odd).insert(models[i]);
        }
        judge_half(judged, found->second, even, priors.at(bench), observations.devices);
        judge_half(judged, found->second, odd, priors.at(bench), observations.devices);
        // std::shuffle differs between standard libraries; this does not.
        for (std::size_t i = models.size(); i > 1; --i) {
            std::swap(models[i - 1], models[random() % i]);
        }
    }
    return judged;
}

std::vector<double> log_ratios(const std::vector<Judged>& judged, bool (*of_interest)(const Observation&))
{
    std::vector<double> ratios;
    for (const Judged& each : judged) {
        if (of_interest(*each.observation)) {
            ratios.push_back(each.log_ratio);
        }
    }
    return ratios;
}

}  // namespace slimline
