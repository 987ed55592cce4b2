#pragma once

#include <string>
#include <vector>

#include "base/units.h"

namespace slimline {

/// How fast one phase stays in a long session, as shares of the speed that it begins with:
///   speed(t) / first = share + (1 - share) exp(-t / time_constant)
struct SustainedPhase {
    int samples = 0;
    double first_tokens_per_s = 0;
    double share = 1;
    double share_low = 1;  // 90 % interval
    double share_high = 1;
    Seconds time_constant{};  // 0: no throttling was seen
    bool settled = true;      // the session was long enough to see where it ends
    double noise = 0;         // of a sample, relative
    Watts power{};            // while it runs; 0: nothing told
    bool operator==(const SustainedPhase&) const = default;
};

/// What a long session showed: learnt for one engine, one number of threads, and with one model.
struct SustainedSpeed {
    Seconds length{};
    std::string model{};
    std::string mix{};
    SustainedPhase decode{};
    SustainedPhase prefill{};   // no samples: no prompt was run
    Watts idle_power{};         // before it began; 0: nothing told
    Joules energy_per_token{};  // generated, of that model; 0: nothing told
    std::string power_source{};
    double first_clock_hz = 0;  // of the fastest cores; 0: nothing told
    double last_clock_hz = 0;
    double first_temperature_c = 0;  // of the hottest zone; 0: nothing told
    double last_temperature_c = 0;
    std::vector<std::string> missing{};  // what the machine does not tell, and why

    /// How prompts slow down: as was seen, or as decoding does where none was run.
    const SustainedPhase& prompts() const { return prefill.samples > 0 ? prefill : decode; }
    bool operator==(const SustainedSpeed&) const = default;
};

/// Of the first speed, after so long a time at work.
double speed_share_after(const SustainedPhase& phase, Seconds after);

}  // namespace slimline
