#include "validation/calibrate.h"

#include <algorithm>
#include <set>

#include "base/files.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/calibration_json.h"
#include "validation/statistics.h"

namespace slimline {

namespace {

constexpr std::size_t enough_for_device = 4;  // observations of one device and engine
constexpr std::size_t enough_for_interface = 10;
constexpr std::size_t enough_for_interval = 8;  // residuals of one's own to take quantiles of

template <class Predicate>
std::vector<double> ratios_of(const std::vector<Judged>& judged, Phase phase, Predicate&& of_interest)
{
    std::vector<double> ratios;
    for (const Judged& each : judged) {
        if (each.observation->phase == phase && of_interest(*each.observation)) {
            ratios.push_back(each.log_ratio);
        }
    }
    return ratios;
}

/// Residuals of the narrowest set that has enough of them.
template <class Narrow, class Wide>
Residuals residuals_from(const std::vector<Judged>& judged, Phase phase, Narrow&& narrow, Wide&& wide,
                         const std::string& narrow_basis, const std::string& wide_basis)
{
    const std::vector<double> own = ratios_of(judged, phase, narrow);
    if (own.size() >= enough_for_interval) {
        return residuals_of(own, narrow_basis);
    }
    return residuals_of(ratios_of(judged, phase, wide), wide_basis);
}

std::vector<std::string> sources_of(const ObservationList& observations)
{
    std::set<std::string> devices;
    for (const Observation* each : observations) {
        devices.insert(each->measurement.device);
    }
    return {devices.begin(), devices.end()};
}

std::string usual_engine(const ObservationList& observations)
{
    std::map<std::string, int> counts;
    for (const Observation* each : observations) {
        ++counts[each->measurement.engine];
    }
    return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
}

ObservationList of_kind(const Observations& observations, BackendKind kind)
{
    ObservationList list;
    for (const Observation& each : observations.used) {
        if (each.measurement.backend == kind && of_deployed_engine(each)) {
            list.push_back(&each);
        }
    }
    return list;
}

Calibration pooled_calibration(const CalibrationReport& report, BackendKind kind, const std::string& interface,
                               const ObservationList& all, const ObservationList& of_interface)
{
    Calibration c = pooled_fit(kind, interface, all, report.observations.devices);
    c.backend = kind;
    c.interface = interface;
    c.engine = usual_engine(of_interface);
    c.id = calibration_id("", kind, interface, c.engine);
    c.measurements = sources_of(of_interface);
    c.note = "what the devices have in common; each of them may differ as a whole";
    for (const Phase phase : {Phase::decode, Phase::prefill}) {
        const auto same_kind = [&](const Observation& o) { return o.measurement.backend == kind; };
        const auto same_interface = [&](const Observation& o) {
            return same_kind(o) && (interface.empty() || o.measurement.interface == interface);
        };
        (phase == Phase::decode ? c.decode : c.prefill) =
            residuals_from(report.leave_one_device_out, phase, same_interface, same_kind, "leave one device out",
                           "leave one device out, all backends of this kind");
    }
    return c;
}

std::size_t count_of(const Observations& observations, const Bench& bench, const std::string& engine, Phase phase)
{
    return std::size_t(std::ranges::count_if(observations.used, [&](const Observation& o) {
        return o.phase == phase && o.measurement.engine == engine && bench_of(o) == bench;
    }));
}

Calibration device_calibration(const CalibrationReport& report, const Bench& bench, const std::string& engine,
                               const Calibration& prior, const ObservationList& observations)
{
    Calibration c = device_fit(prior, engine, observations, report.observations.devices);
    c.device = bench.device;
    c.backend = bench.backend;
    c.interface = bench.interface;
    c.engine = engine;
    c.id = calibration_id(bench.device, bench.backend, "", engine);
    c.measurements = {bench.device};
    c.note.clear();
    for (const Phase phase : {Phase::decode, Phase::prefill}) {
        const auto own = [&](const Observation& o) { return bench_of(o) == bench && o.measurement.engine == engine; };
        // A fit to few measurements is no better than others to few: those to many would promise too much.
        const auto as_few = [&](const Observation& o) {
            return count_of(report.observations, bench_of(o), o.measurement.engine, phase) < enough_for_interval;
        };
        (phase == Phase::decode ? c.decode : c.prefill) =
            residuals_from(report.leave_one_out, phase, own, as_few, "leave one out inside the device",
                           "leave one out inside devices with as few measurements");
    }
    return c;
}

void add_pooled(CalibrationReport& report)
{
    for (const BackendKind kind : {BackendKind::cpu, BackendKind::gpu, BackendKind::npu}) {
        const ObservationList all = of_kind(report.observations, kind);
        if (all.empty()) {
            continue;
        }
        report.calibrations.push_back(pooled_calibration(report, kind, "", all, all));
        std::map<std::string, ObservationList> by_interface;
        for (const Observation* each : all) {
            by_interface[each->measurement.interface].push_back(each);
        }
        for (const auto& [interface, list] : by_interface) {
            if (list.size() >= enough_for_interface && by_interface.size() > 1) {
                report.calibrations.push_back(pooled_calibration(report, kind, interface, all, list));
            }
        }
    }
}

void add_devices(CalibrationReport& report, const Priors& priors)
{
    for (const auto& [bench, list] : benches(report.observations.used)) {
        std::map<std::string, std::size_t> engines;
        for (const Observation* each : list) {
            ++engines[each->measurement.engine];
        }
        for (const auto& [engine, count] : engines) {
            if (count >= enough_for_device) {
                report.calibrations.push_back(device_calibration(report, bench, engine, priors.at(bench), list));
            }
        }
    }
}

}  // namespace

Bench survey_bench()
{
    return {"jetson-orin-nx-16gb", BackendKind::gpu, "cuda"};
}

CalibrationReport calibrate_from(const std::filesystem::path& measurements)
{
    constexpr int shuffles = 100;
    CalibrationReport report;
    report.observations = observe(load_measurements(measurements));
    const Priors priors = priors_without_device(report.observations);
    report.leave_one_device_out = leave_one_device_out(report.observations, priors);
    report.leave_one_out = leave_one_out(report.observations, priors);
    report.survey_halves = half_split(report.observations, priors, survey_bench());
    report.survey_shuffles = half_split(report.observations, priors, survey_bench(), shuffles);
    add_pooled(report);
    add_devices(report, priors);
    return report;
}

void write_calibrations(const CalibrationReport& report, const std::filesystem::path& folder)
{
    for (const Calibration& each : report.calibrations) {
        write_file(folder / (each.id + ".json"), pretty(to_json(each)));
    }
}

}  // namespace slimline
