#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validation/sustained/sample.h"

namespace slimline::sustained {

/// What `dumpsys SERVICE` prints; "" where there is no such program or service, or it takes too long.
using AskService = std::function<std::string(const std::string& service)>;

/// As `dumpsys battery` tells it. What it does not say, or says as a number that no battery has, is not there.
struct AndroidBattery {
    bool there = false;   // it was a battery's state
    bool used = false;    // status 3: it discharges, so that what it gives is what the device draws
    std::optional<double> coulombs{};
    std::optional<double> volts{};
    std::optional<double> celsius{};
};
AndroidBattery read_android_battery(std::string_view text);

/// As `dumpsys thermalservice` tells them (Android 10 and later): those of the hardware now, else those it told last. A
/// sensor that is not fitted says 0 and is left out.
std::vector<Reading> read_android_temperatures(std::string_view text);

/// Asks now and then, because an answer costs the phone some tens of milliseconds, and keeps what was said.
class AndroidServices {
 public:
    explicit AndroidServices(AskService ask) : ask_(std::move(ask)) {}

    void look(double now_s);
    const std::vector<Reading>& temperatures() const { return temperatures_; }
    const AndroidBattery& battery() const { return battery_; }
    /// Watts between the last two changes of the counter of charge, which moves every some seconds; nothing until then, nor
    /// while the battery is charged.
    std::optional<double> watts() const { return watts_; }

 private:
    void follow_charge(double now_s);

    AskService ask_;
    std::optional<double> looked_s_{};
    std::vector<Reading> temperatures_{};
    AndroidBattery battery_{};
    std::optional<double> seen_coulombs_{};
    std::optional<double> changed_s_{};   // when the counter moved last
    double changed_coulombs_ = 0;
    std::optional<double> watts_{};
};

}  // namespace slimline::sustained
