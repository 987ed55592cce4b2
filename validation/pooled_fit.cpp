#include "validation/pooled_fit.h"

#include <algorithm>
#include <cmath>

#include "validation/statistics.h"

namespace slimline {

namespace {

// Chosen once, by trying a few on all data; results change little within a factor of two of each.
constexpr double full_say = 12;         // observations after which more of one device and phase count no more
constexpr double pooled_noise = 0.1;    // in log(time)
constexpr double device_spread = 0.35;  // of whole devices against each other
constexpr double measurement_spread = 0.2;
constexpr double pooled_freedom = 1.5;
constexpr double interface_freedom = 0.7;
constexpr double device_freedom = 1.5;

using DevicePhase = std::pair<std::string_view, Phase>;

DevicePhase device_phase(const Observation& o)
{
    return {o.measurement.device, o.phase};
}

std::vector<Weighted> balanced(const ObservationList& observations)
{
    std::map<DevicePhase, int> counts;
    for (const Observation* each : observations) {
        ++counts[device_phase(*each)];
    }
    std::vector<Weighted> weighted;
    for (const Observation* each : observations) {
        weighted.push_back({each, std::min(1.0, full_say / counts[device_phase(*each)])});
    }
    return weighted;
}

std::vector<Weighted> equal(const ObservationList& observations)
{
    std::vector<Weighted> weighted;
    for (const Observation* each : observations) {
        weighted.push_back({each});
    }
    return weighted;
}

/// log(measured / predicted) of each device as a whole, drawn to 0 when few observations speak for it.
std::map<DevicePhase, double> device_offsets(const Calibration& c, const ObservationList& observations,
                                             const std::map<std::string, Device>& devices)
{
    std::map<DevicePhase, std::vector<double>> ratios;
    for (const Observation* each : observations) {
        const double predicted = predicted_seconds(*each, roofs_for(*each, devices, c));
        ratios[device_phase(*each)].push_back(std::log(each->seconds / predicted));
    }
    std::map<DevicePhase, double> offsets;
    for (const auto& [key, all] : ratios) {
        const double count = std::min(full_say, double(all.size()));
        const double between = device_spread * device_spread;
        offsets[key] = median(all) * between / (between + measurement_spread * measurement_spread / count);
    }
    return offsets;
}

constexpr double most_bandwidth = 0.98;

void slow_decode(Calibration& c, double factor)
{
    c.weight_bandwidth = std::min(most_bandwidth, c.weight_bandwidth / factor);
    c.kv_bandwidth = std::min(most_bandwidth, c.kv_bandwidth / factor);
    for (double& share : c.mat_vec_compute) {
        share /= factor;
    }
    c.other_mat_vec_compute /= factor;
    c.attention_vec_compute /= factor;
    c.recurrent_compute /= factor;
    c.per_pass *= factor;
    c.per_operator *= factor;
}

void slow_prefill(Calibration& c, double factor)
{
    for (double& share : c.mat_mat_compute) {
        share /= factor;
    }
    c.other_mat_mat_compute /= factor;
    c.attention_mat_compute /= factor;
    c.per_prompt *= factor;
}

/// The middle device's factor becomes part of the calibration, so that an unseen one is predicted without any.
void centre(Calibration& c, const std::map<DevicePhase, double>& offsets)
{
    for (const Phase phase : {Phase::decode, Phase::prefill}) {
        std::vector<double> of_phase;
        for (const auto& [key, offset] : offsets) {
            if (key.second == phase) {
                of_phase.push_back(offset);
            }
        }
        const double factor = std::exp(median(of_phase));
        phase == Phase::decode ? slow_decode(c, factor) : slow_prefill(c, factor);
    }
}

Calibration fit_with_offsets(const Calibration& start, const ObservationList& observations,
                             const std::map<std::string, Device>& devices, double freedom)
{
    constexpr int rounds = 3;
    std::vector<Weighted> weighted = balanced(observations);
    Calibration c = start;
    std::map<DevicePhase, double> offsets = device_offsets(c, observations, devices);
    for (int round = 0; round < rounds; ++round) {
        for (Weighted& each : weighted) {
            each.offset = offsets[device_phase(*each.observation)];
        }
        c = fit_calibration(start, weighted, devices, {.noise = pooled_noise, .freedom = freedom, .most_steps = 15});
        offsets = device_offsets(c, observations, devices);
    }
    centre(c, offsets);
    return c;
}

}  // namespace

Calibration pooled_fit(BackendKind backend, const std::string& interface, const ObservationList& observations,
                       const std::map<std::string, Device>& devices)
{
    constexpr std::size_t enough = 3;
    Calibration c = initial_guess(backend);
    if (!observations.empty()) {
        c = fit_with_offsets(c, observations, devices, pooled_freedom);
    }
    ObservationList of_interface;
    std::ranges::copy_if(observations, std::back_inserter(of_interface),
                         [&](const Observation* each) { return each->measurement.interface == interface; });
    if (of_interface.size() >= enough && of_interface.size() < observations.size()) {
        c = fit_with_offsets(c, of_interface, devices, interface_freedom);
    }
    return c;
}

Calibration device_fit(const Calibration& pooled, const std::string& engine, const ObservationList& observations,
                       const std::map<std::string, Device>& devices)
{
    Calibration start = pooled;
    centre(start, device_offsets(start, observations, devices));
    Calibration c =
        fit_calibration(start, equal(observations), devices, {.noise = 0.08, .freedom = device_freedom, .most_steps = 12});
    ObservationList of_engine;
    std::ranges::copy_if(observations, std::back_inserter(of_engine),
                         [&](const Observation* each) { return each->measurement.engine == engine; });
    if (!of_engine.empty() && of_engine.size() < observations.size()) {
        c = fit_calibration(c, equal(of_engine), devices, {.noise = 0.04, .freedom = 0.7, .most_steps = 12});
    }
    return c;
}

}  // namespace slimline
