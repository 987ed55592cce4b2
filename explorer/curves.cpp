#include "explorer/curves.h"

#include <cmath>

#include "hwmodels/device_edits.h"
#include "simulator/pass_setup.h"

namespace slimline {

namespace {

Seconds time_of(const CurvePoint& point, CurvePhase phase)
{
    return phase == CurvePhase::prefill ? point.latency.ttft : point.latency.tpot;
}

double slope(const CurvePoint& a, const CurvePoint& b, CurvePhase phase)
{
    return std::log(time_of(b, phase) / time_of(a, phase)) / std::log(b.at / a.at);
}

}  // namespace

Latency latency(const Scenario& s)
{
    const PassSetup setup = pass_setup(s.arch, s.precision, s.device, require_backend(s.device, s.backend), s.workload,
                                       s.engine, s.calibration);
    const ClosedForm times = closed_form(s.arch, setup.model, setup.rules, setup.roofs, s.workload);
    return {{times.ttft_s}, {times.tpot_s}};
}

Curve against_prompt(const Scenario& scenario, std::span<const int> prompts)
{
    Scenario moved = scenario;
    moved.workload.context = 0;
    Curve curve;
    for (const int prompt : prompts) {
        moved.workload.prompt_tokens = prompt;
        curve.push_back({double(prompt), latency(moved)});
    }
    return curve;
}

Curve against_context(const Scenario& scenario, std::span<const int> positions)
{
    Scenario moved = scenario;
    moved.workload.context = 0;
    moved.workload.generated_tokens = 2;  // the prompt gives the first, one step gives the second
    Curve curve;
    for (const int position : positions) {
        moved.workload.prompt_tokens = position;
        curve.push_back({double(position), latency(moved)});
    }
    return curve;
}

Curve against_bandwidth(const Scenario& scenario, std::span<const double> bandwidths)
{
    Scenario moved = scenario;
    Curve curve;
    for (const double bandwidth : bandwidths) {
        moved.device = with_bandwidth(scenario.device, scenario.backend, {bandwidth});
        curve.push_back({bandwidth, latency(moved)});
    }
    return curve;
}

Curve against_compute(const Scenario& scenario, std::span<const double> int8_rates)
{
    Scenario moved = scenario;
    Curve curve;
    for (const double rate : int8_rates) {
        moved.device = with_compute(scenario.device, scenario.backend, {rate});
        curve.push_back({rate, latency(moved)});
    }
    return curve;
}

std::optional<double> break_even(const Curve& curve, CurvePhase phase)
{
    for (std::size_t i = 2; i < curve.size(); ++i) {
        const double before = slope(curve[i - 2], curve[i - 1], phase);
        const double after = slope(curve[i - 1], curve[i], phase);
        if (before < -0.5 && after >= -0.5) {
            // Slopes belong to the middles of their stretches.
            const double from = std::sqrt(curve[i - 2].at * curve[i - 1].at);
            const double to = std::sqrt(curve[i - 1].at * curve[i].at);
            return from * std::pow(to / from, (-0.5 - before) / (after - before));
        }
    }
    return std::nullopt;
}

std::vector<double> log_spaced(double low, double high, int count)
{
    std::vector<double> values;
    for (int i = 0; i < count; ++i) {
        values.push_back(low * std::pow(high / low, i / double(count - 1)));
    }
    return values;
}

}  // namespace slimline
