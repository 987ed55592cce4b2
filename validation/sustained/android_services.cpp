#include "validation/sustained/android_services.h"

#include <algorithm>

#include "base/text.h"
#include "base/units.h"

namespace slimline::sustained {

namespace {

constexpr double ask_every_s = 5;
constexpr std::size_t most_temperatures = 128;
constexpr double least_celsius = 1;
constexpr double most_celsius = 150;
constexpr double most_phone_watts = 200;
constexpr double seconds_an_hour = 3600;

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Calls with every line, without white space around it, until that says false.
template <class Take>
void each_line(std::string_view text, Take&& take)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (!take(trimmed(text.substr(0, end)))) {
            return;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::optional<double> between(std::string_view text, double least, double most)
{
    double value = 0;
    return parse_number(text, value) && value >= least && value <= most ? std::optional(value) : std::nullopt;
}

/// What stands behind "name=" up to the next comma or brace.
std::string_view member(std::string_view line, std::string_view name)
{
    const auto at = line.find(name);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = line.substr(at + name.size());
    return rest.substr(0, std::min(rest.find_first_of(",}"), rest.size()));
}

}  // namespace

AndroidBattery read_android_battery(std::string_view text)
{
    AndroidBattery battery;
    each_line(text, [&](std::string_view line) {
        const auto colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = colon == std::string_view::npos ? std::string_view{} : trimmed(line.substr(colon + 1));
        if (name == "status") {
            battery.there = true;
            battery.used = value == "3";
        } else if (name == "Charge counter") {  // millionths of an ampere hour
            const auto charge = between(value, 1, 1e9);
            battery.coulombs = charge ? std::optional(*charge * micro * seconds_an_hour) : std::nullopt;
        } else if (name == "voltage") {  // thousandths of a volt
            const auto voltage = between(value, 1e3, 1e5);
            battery.volts = voltage ? std::optional(*voltage * milli) : std::nullopt;
        } else if (name == "temperature") {  // tenths of a degree
            const auto tenths = between(value, 10 * least_celsius, 10 * most_celsius);
            battery.celsius = tenths ? std::optional(*tenths / 10) : std::nullopt;
        }
        return true;
    });
    return battery;
}

std::vector<Reading> read_android_temperatures(std::string_view text)
{
    std::vector<Reading> temperatures;
    each_line(text, [&](std::string_view line) {
        if (line.starts_with("Current temperatures")) {
            temperatures.clear();  // newer than those before
        }
        const std::string name = printable(member(line, "mName="), 40);
        const auto celsius = between(member(line, "mValue="), least_celsius, most_celsius);
        const auto same = [&](const Reading& each) { return each.name == name; };
        if (line.starts_with("Temperature{") && celsius && !name.empty() && std::ranges::none_of(temperatures, same)) {
            temperatures.push_back({name, *celsius});
        }
        return temperatures.size() < most_temperatures && !line.starts_with("Current cooling devices");
    });
    return temperatures;
}

void AndroidServices::look(double now_s)
{
    if (looked_s_ && now_s < *looked_s_ + ask_every_s) {
        return;
    }
    looked_s_ = now_s;
    temperatures_ = read_android_temperatures(ask_("thermalservice"));
    battery_ = read_android_battery(ask_("battery"));
    if (battery_.celsius && temperatures_.empty()) {  // before Android 10
        temperatures_.push_back({"battery", *battery_.celsius});
    }
    follow_charge(now_s);
}

void AndroidServices::follow_charge(double now_s)
{
    if (!battery_.used || !battery_.coulombs || !battery_.volts) {
        seen_coulombs_.reset();
        changed_s_.reset();
        watts_.reset();
        return;
    }
    const double coulombs = *battery_.coulombs;
    if (seen_coulombs_ && coulombs != *seen_coulombs_) {
        if (changed_s_) {
            const double watts = (changed_coulombs_ - coulombs) * *battery_.volts / (now_s - *changed_s_);
            watts_ = watts > 0 && watts <= most_phone_watts ? std::optional(watts) : std::nullopt;
        }
        changed_s_ = now_s;
        changed_coulombs_ = coulombs;
    }
    seen_coulombs_ = coulombs;
}

}  // namespace slimline::sustained
