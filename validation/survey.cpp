#include "validation/survey.h"

#include <cmath>
#include <map>
#include <tuple>

#include "hwmodels/calibration_choice.h"

namespace slimline {

namespace {

/// One calibration for each device, backend, engine and number of threads: files are read once.
class Calibrations {
 public:
    const Calibration& of(const Observation& o, const Device& device)
    {
        const Measurement& m = o.measurement;
        const auto [found, fresh] = held_.try_emplace({m.device, m.backend, m.engine, m.threads});
        if (fresh) {
            found->second = best_calibration(device, m.backend, m.engine, m.threads);
        }
        return found->second;
    }

 private:
    std::map<std::tuple<std::string, BackendKind, std::string, int>, Calibration> held_;
};

}  // namespace

double SurveyedTime::relative_error() const
{
    return std::abs(predicted_s / measured_s - 1);
}

std::vector<SurveyedTime> survey(const std::filesystem::path& folder, const Watcher& watcher)
{
    watcher.progress("reading measurements", 0);
    const Observations all = observe(load_measurements(folder));
    Calibrations calibrations;
    std::vector<SurveyedTime> times;
    for (const Observation& o : all.used) {
        if (watcher.cancelled()) {
            break;
        }
        const Calibration& calibration = calibrations.of(o, all.devices.at(o.measurement.device));
        times.push_back({.measurement = o.measurement.id,
                         .device = o.measurement.device,
                         .engine = o.measurement.engine,
                         .architecture = o.measurement.architecture,
                         .phase = o.phase,
                         .predicted_s = predicted_seconds(o, roofs_for(o, all.devices, calibration)),
                         .measured_s = o.seconds});
        watcher.progress(o.measurement.id, double(times.size()) / double(all.used.size()));
    }
    return times;
}

}  // namespace slimline
