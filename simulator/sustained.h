#pragma once

#include <optional>
#include <span>

#include "simulator/prediction.h"

namespace slimline {

/// Times after so long at work.
struct SustainedMoment {
    Seconds after{};
    Seconds ttft{};
    Seconds tpot{};
};

/// A prediction for a machine that has long been at work.
struct SustainedAnswer {
    SustainedSpeed learnt{};
    Seconds ttft{};  // when the machine is as warm as it gets
    Seconds tpot{};
    Interval ttft_90{};
    Interval tpot_90{};
    Seconds total{};
    std::vector<SustainedMoment> moments{};
    std::optional<Joules> energy_per_token{};  // measured power over predicted time
    std::optional<Joules> energy_above_idle{};
    std::vector<std::string> notes{};
};

/// A prediction's times are those of the first clock. Each is divided by the share of the first speed that stays in its phase;
/// the intervals take the share's own with them.
SustainedAnswer sustained_answer(const Prediction& prediction, const SustainedSpeed& speed,
                                 std::span<const Seconds> after);

}  // namespace slimline
