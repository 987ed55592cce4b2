#include "validation/sustained/sensors.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"
#include "validation/sustained/system_file.h"

namespace slimline::sustained {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_clocks = 64;
constexpr std::size_t most_thermometers = 128;
constexpr std::size_t most_monitors = 64;
constexpr std::size_t most_counters = 64;

// What a zone says outside of this is a sensor that is off, or in another unit than thousandths of a degree.
constexpr double least_millidegrees = 1e3;
constexpr double most_millidegrees = 150e3;
// A device at work draws more than this; some batteries' files are in mA where the kernel asks for millionths of an ampere.
constexpr double least_battery_microamperes = 10e3;
constexpr double most_watts = 5e3;
// Services are asked once before the first span, and again in it.
constexpr double look_before_s = 1e9;

std::string text_or(const fs::path& file, const std::string& otherwise)
{
    const SystemFile read = read_system_file(file);
    return read.error == 0 && !read.text.empty() ? printable(read.text) : otherwise;
}

/// Where nothing is found in a folder.
std::string why_empty(const fs::path& folder, const char* what)
{
    std::error_code error;
    const std::string closed = why_closed(folder);
    return !closed.empty()
               ? closed
               : folder.string() + (fs::exists(folder, error) ? std::string(" has no ") + what : " is not there");
}

std::optional<double> plausible(std::optional<double> watts)
{
    return watts && *watts >= 0 && *watts <= most_watts ? watts : std::nullopt;
}

std::optional<double> product(const fs::path& one, const fs::path& other, double scale)
{
    const auto a = number_in(one);
    const auto b = number_in(other);
    return a && b ? plausible(std::abs(*a) * std::abs(*b) * scale) : std::nullopt;
}

std::optional<double> celsius(const fs::path& file)
{
    const auto number = number_in(file);
    return number && *number >= least_millidegrees && *number <= most_millidegrees ? std::optional(*number * milli)
                                                                                   : std::nullopt;
}

/// Power from a battery while it is used.
std::optional<double> battery_watts(const fs::path& battery)
{
    if (read_system_file(battery / "status").text != "Discharging") {
        return std::nullopt;
    }
    if (const auto power = number_in(battery / "power_now")) {
        return plausible(std::abs(*power) * micro);
    }
    const auto current = number_in(battery / "current_now");
    if (!current || std::abs(*current) < least_battery_microamperes) {
        return std::nullopt;
    }
    return product(battery / "current_now", battery / "voltage_now", micro * micro);
}

std::string why_no_power(const fs::path& battery)
{
    const SystemFile status = read_system_file(battery / "status");
    if (status.error == 0 && status.text != "Discharging") {
        return battery.string() + " is '" + printable(status.text, 20) +
               "', so its current is not what the device draws: unplug it";
    }
    for (const fs::path& file : {battery / "status", battery / "current_now", battery / "voltage_now"}) {
        if (const SystemFile read = read_system_file(file); read.error != 0) {
            return file.string() + " " + why(read);
        }
    }
    return (battery / "current_now").string() + " is not in millionths of an ampere";
}

}  // namespace

Sensors::Sensors(const fs::path& sys, AskService ask)
{
    find_clocks(sys);
    find_thermometers(sys);
    find_rails(sys);
    find_batteries(sys);
    find_counters(sys);
    if (ask && (thermometers_.empty() || total_.empty())) {
        ask_services(std::move(ask));
    }
    if (thermometers_.empty() && !services_tell_heat_) {
        list_.missing.push_back("temperature: " + no_temperature_);
    }
    choose_power_source(sys);
}

/// Names are keys: one that is there already gets a number.
std::string Sensors::unused(const std::string& name) const
{
    const auto taken = [&](const std::string& candidate) {
        const auto holds = [&](const auto& list) {
            return std::ranges::any_of(list, [&](const auto& each) { return each.name == candidate; });
        };
        return holds(clocks_) || holds(thermometers_) || holds(meters_) || holds(counters_);
    };
    std::string candidate = name;
    for (int number = 2; taken(candidate); ++number) {
        candidate = name + " " + std::to_string(number);
    }
    return candidate;
}

void Sensors::find_clocks(const fs::path& sys)
{
    const fs::path folder = sys / "devices/system/cpu/cpufreq";
    std::string reason = why_empty(folder, "policy");
    for (const fs::path& policy : entries(folder, "policy", most_clocks)) {
        const fs::path file = policy / "scaling_cur_freq";
        if (number_in(file)) {
            clocks_.push_back({.name = unused(policy.filename().string()), .file = file});
        } else {
            reason = file.string() + " " + why(read_system_file(file));
        }
    }
    if (clocks_.empty()) {
        list_.missing.push_back("clock: " + reason);
    }
}

void Sensors::find_thermometers(const fs::path& sys)
{
    const fs::path folder = sys / "class/thermal";
    std::string reason = why_empty(folder, "zone");
    for (const fs::path& zone : entries(folder, "thermal_zone", most_thermometers)) {
        if (celsius(zone / "temp")) {
            thermometers_.push_back({unused(text_or(zone / "type", zone.filename().string())), zone / "temp"});
        } else {
            reason = (zone / "temp").string() + " " + why(read_system_file(zone / "temp"));
        }
    }
    if (thermometers_.empty()) {
        for (const fs::path& monitor : entries(sys / "class/hwmon", "hwmon", most_monitors)) {
            if (celsius(monitor / "temp1_input")) {
                thermometers_.push_back(
                    {unused(text_or(monitor / "name", monitor.filename().string())), monitor / "temp1_input"});
            }
        }
    }
    no_temperature_ = reason;
}

/// For what no file tells.
void Sensors::ask_services(AskService ask)
{
    AndroidServices services(std::move(ask));
    services.look(-look_before_s);
    services_tell_heat_ = thermometers_.empty() && !services.temperatures().empty();
    const AndroidBattery& battery = services.battery();
    if (total_.empty() && battery.there) {
        if (battery.used && battery.coulombs && battery.volts) {
            charge_name_ = unused("battery's charge");
            total_ = {charge_name_};
        } else {
            no_power_.push_back(battery.used ? "dumpsys battery tells no charge in millionths of an ampere hour"
                                             : "dumpsys battery says that it is not discharged, so its charge is not what the device draws: unplug it");
        }
    }
    if (services_tell_heat_ || !charge_name_.empty()) {
        services_ = std::move(services);
    }
}

void Sensors::add_meter(const std::string& name, std::function<std::optional<double>()> watts)
{
    meters_.push_back({.name = unused(name), .watts = std::move(watts)});
}

/// The three rails of an INA3221, and monitors of one rail, which tell its power.
void Sensors::find_rails(const fs::path& sys)
{
    constexpr int rails = 3;
    for (const fs::path& monitor : entries(sys / "class/hwmon", "hwmon", most_monitors)) {
        const std::string name = text_or(monitor / "name", "");
        if (!name.starts_with("ina")) {
            continue;
        }
        for (int rail = 1; rail <= rails; ++rail) {
            const std::string number = std::to_string(rail);
            const fs::path volts = monitor / ("in" + number + "_input");
            const fs::path amperes = monitor / ("curr" + number + "_input");
            if (product(volts, amperes, milli * milli)) {
                add_meter(text_or(monitor / ("in" + number + "_label"), name + " rail " + number),
                          [volts, amperes] { return product(volts, amperes, milli * milli); });
            } else if (const SystemFile read = read_system_file(amperes); read.error != 0) {
                no_power_.push_back(amperes.string() + " " + why(read));
            }
        }
        const fs::path power = monitor / "power1_input";
        if (name != "ina3221" && number_in(power)) {
            add_meter(text_or(monitor / "power1_label", name), [power] {
                const auto microwatts = number_in(power);
                return plausible(microwatts ? std::optional(*microwatts * micro) : std::nullopt);
            });
        }
    }
    // A rail whose name ends so feeds all the others of a Jetson; without one, all together are what is known.
    const auto feeds_all = [](const Meter& meter) { return meter.name.ends_with("_IN"); };
    if (const auto input = std::ranges::find_if(meters_, feeds_all); input != meters_.end()) {
        total_ = {input->name};
    } else {
        for (const Meter& meter : meters_) {
            total_.push_back(meter.name);
        }
    }
}

void Sensors::find_batteries(const fs::path& sys)
{
    for (const fs::path& supply : entries(sys / "class/power_supply", "", most_monitors)) {
        const bool of_the_machine = read_system_file(supply / "scope").text != "Device";  // not a mouse's
        if (read_system_file(supply / "type").text != "Battery" || !of_the_machine) {
            continue;
        }
        if (!battery_watts(supply)) {
            no_power_.push_back(why_no_power(supply));
            continue;
        }
        add_meter(supply.filename().string(), [supply] { return battery_watts(supply); });
        if (total_.empty()) {
            total_ = {meters_.back().name};
        }
    }
}

/// Of RAPL's domains only those that stand beside each other; those below one are parts of it.
void Sensors::find_counters(const fs::path& sys)
{
    std::vector<std::string> packages;
    for (const fs::path& domain : entries(sys / "class/powercap", "intel-rapl:", most_counters)) {
        const std::string folder = domain.filename().string();
        if (std::ranges::count(folder, ':') != 1) {
            continue;
        }
        const fs::path file = domain / "energy_uj";
        const auto range = number_in(domain / "max_energy_range_uj");
        if (!number_in(file) || !range || *range <= 0) {
            const fs::path wanting = number_in(file) ? domain / "max_energy_range_uj" : file;
            no_power_.push_back(wanting.string() + " " + why(read_system_file(wanting)));
            continue;
        }
        const std::string name = unused(text_or(domain / "name", folder));
        counters_.push_back({.name = name, .file = file, .range = *range});
        if (name.starts_with("package")) {
            packages.push_back(name);
        }
    }
    if (total_.empty()) {
        total_ = packages;
    }
}

void Sensors::choose_power_source(const fs::path& sys)
{
    list_.power_source = joined(total_, " + ");
    if (!total_.empty()) {
        return;
    }
    for (const char* folder : {"class/hwmon", "class/power_supply", "class/powercap"}) {
        if (const std::string closed = why_closed(sys / folder); !closed.empty()) {
            no_power_.push_back(closed);
        }
    }
    list_.missing.push_back("power: " + (no_power_.empty()
                                             ? std::string("there is no INA monitor, battery or RAPL counter")
                                             : joined(no_power_, "; ")));
}

void Sensors::watch(double now_s)
{
    if (!counting_) {
        counting_ = true;
        last_s_ = now_s;
        for (Counter& counter : counters_) {
            counter.last = number_in(counter.file);
        }
    }
    const auto add = [](Mean& mean, std::optional<double> value) {
        if (value) {
            mean.sum += *value;
            mean.count += 1;
        }
    };
    for (Clock& clock : clocks_) {
        add(clock.mean, number_in(clock.file));
    }
    for (Meter& meter : meters_) {
        add(meter.mean, meter.watts());
    }
    if (services_) {
        services_->look(now_s);
    }
}

void Sensors::take_powers(Readings& readings, double now_s)
{
    for (Meter& meter : meters_) {
        if (meter.mean.count > 0) {
            readings.powers_w.push_back({meter.name, meter.mean.sum / meter.mean.count});
        }
        meter.mean = {};
    }
    if (const auto watts = services_ && !charge_name_.empty() ? services_->watts() : std::nullopt) {
        readings.powers_w.push_back({charge_name_, *watts});
    }
    const double span_s = now_s - last_s_;
    for (Counter& counter : counters_) {
        const std::optional<double> count = number_in(counter.file);
        if (count && counter.last && span_s > 0) {
            const double passed = *count - *counter.last;
            const double joules = (passed < 0 ? passed + counter.range : passed) * micro;
            if (const auto watts = plausible(joules / span_s)) {
                readings.powers_w.push_back({counter.name, *watts});
            }
        }
        counter.last = count;
    }
    double sum = 0;
    std::size_t found = 0;
    for (const Reading& each : readings.powers_w) {
        if (std::ranges::find(total_, each.name) != total_.end()) {
            sum += each.value;
            ++found;
        }
    }
    if (found > 0 && found == total_.size()) {
        readings.power_w = sum;
    }
}

Readings Sensors::take(double now_s)
{
    watch(now_s);
    Readings readings;
    for (Clock& clock : clocks_) {
        if (clock.mean.count > 0 && clock.mean.sum > 0) {
            readings.clocks_hz.push_back({clock.name, clock.mean.sum / clock.mean.count * kilo});
        }
        clock.mean = {};
    }
    for (const Thermometer& each : thermometers_) {
        if (const auto degrees = celsius(each.file)) {
            readings.temperatures_c.push_back({each.name, *degrees});
        }
    }
    if (services_tell_heat_) {
        readings.temperatures_c = services_->temperatures();
    }
    take_powers(readings, now_s);
    last_s_ = now_s;
    return readings;
}

}  // namespace slimline::sustained
