#pragma once

#include <span>

namespace slimline {

/// A speed in the middle of a sample's span of time.
struct SpeedSample {
    double time_s = 0;
    double speed = 0;
};

/// speed(t) = sustained + (first - sustained) exp(-t / tau).
struct ThrottleFit {
    int samples = 0;
    double first = 0;      // at t = 0
    double sustained = 0;  // what it falls to; equal to `first` when no throttling was seen
    double tau_s = 0;      // 0 when none was seen
    double share_low = 1;  // 90 % interval of sustained / first
    double share_high = 1;
    double noise = 0;  // standard deviation of a sample, relative to `first`, outliers left out
    bool throttles = false;
    bool settled = true;  // the samples span three time constants or more

    double share() const { return sustained / first; }
};

inline constexpr int enough_speed_samples = 8;

/// Student's weights, so that samples disturbed by something else count little. tau is searched between two samples' distance
/// and the whole span, `first` is not below `sustained`, and that not below a twentieth of `first`. A fall counts as
/// throttling where it is more than four times its standard error and more than one sample's noise; what is inside noise is
/// said to be none, with the fall that the noise could hide in `share_low`. Samples in order of time; throws InputError where
/// they are too few or a speed is not positive.
ThrottleFit fit_throttling(std::span<const SpeedSample> samples);

}  // namespace slimline
