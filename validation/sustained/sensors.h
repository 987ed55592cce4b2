#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "validation/sustained/android_services.h"
#include "validation/sustained/sample.h"

namespace slimline::sustained {

/// Clocks, temperatures and power of a machine, as files below /sys tell them:
///   clocks        devices/system/cpu/cpufreq/policyN/scaling_cur_freq, in kHz
///   temperatures  class/thermal/thermal_zoneN (type, temp in thousandths of a degree), else class/hwmon/hwmonN
///   power         INA monitors of boards (class/hwmon; voltage times current of each rail), batteries that discharge
///                 (class/power_supply), RAPL's counters of energy (class/powercap)
/// A phone that keeps the last two from programs without rights tells temperatures and the charge of its battery by Android's
/// services, which are asked through `ask` where there is one.
/// Nothing is guessed: what no file tells is listed as missing, with the reason. A span of time is watched by calls of
/// `watch`, ended by `take`.
class Sensors {
 public:
    explicit Sensors(const std::filesystem::path& sys = "/sys", AskService ask = {});

    const SensorList& list() const { return list_; }
    /// Reads what changes from moment to moment. `now_s` never goes back.
    void watch(double now_s);
    /// What was read since the last call, or since the making.
    Readings take(double now_s);

 private:
    struct Mean {
        double sum = 0;
        int count = 0;
    };
    struct Clock {
        std::string name;
        std::filesystem::path file;
        Mean mean{};
    };
    struct Thermometer {
        std::string name;
        std::filesystem::path file;
    };
    /// Where its power can be read at a moment; nothing while that says something else than use.
    struct Meter {
        std::string name;
        std::function<std::optional<double>()> watts;
        Mean mean{};
    };
    /// Counts millionths of a joule and begins again at `range`.
    struct Counter {
        std::string name;
        std::filesystem::path file;
        double range = 0;
        std::optional<double> last{};
    };

    void find_clocks(const std::filesystem::path& sys);
    void find_thermometers(const std::filesystem::path& sys);
    void find_rails(const std::filesystem::path& sys);
    void find_batteries(const std::filesystem::path& sys);
    void find_counters(const std::filesystem::path& sys);
    void ask_services(AskService ask);
    void choose_power_source(const std::filesystem::path& sys);
    void add_meter(const std::string& name, std::function<std::optional<double>()> watts);
    std::string unused(const std::string& name) const;
    void take_powers(Readings& readings, double now_s);

    std::vector<Clock> clocks_{};
    std::vector<Thermometer> thermometers_{};
    std::vector<Meter> meters_{};
    std::vector<Counter> counters_{};
    std::optional<AndroidServices> services_{};
    std::string charge_name_{};         // of the battery that services tell of; "": it tells no power
    bool services_tell_heat_ = false;
    std::vector<std::string> total_{};  // the sources that make up the power of the machine
    std::vector<std::string> no_power_{};
    std::string no_temperature_{};
    double last_s_ = 0;
    bool counting_ = false;
    SensorList list_{};
};

}  // namespace slimline::sustained
