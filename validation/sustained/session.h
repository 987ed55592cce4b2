#pragma once

#include <functional>

#include "validation/sustained/sample.h"
#include "validation/sustained/sensors.h"

namespace slimline::sustained {

/// A long session with one model: a rest, then tokens without a pause, now and then a prompt.
struct Session {
    double seconds = 300;
    double every_s = 1;  // a sample
    double rest_s = 0;   // before, with samples of their own: what the machine draws while it does nothing
    int tokens = 32;     // generated in one piece at most
    int past = 128;      // in the cache before them
    int prompt = 128;    // tokens of a prompt; 0: none
};

inline constexpr double most_session_s = 86400;
inline constexpr double least_every_s = 0.05;
inline constexpr double most_every_s = 600;

/// How many samples a session gives at most.
double most_samples(const Session& session);

/// A piece of work: its seconds, of a token or of the whole prompt.
struct Piece {
    bool prefill = false;
    int tokens = 1;
    int past = 0;
};
using RunPiece = std::function<double(const Piece&)>;

/// The time, so that a test needs none.
struct SessionClock {
    std::function<double()> now;
    std::function<void(double)> sleep;
};
SessionClock system_clock();

/// Told of each sample as it ends; false stops the session.
using OnSample = std::function<bool(const Sample&)>;

/// Who is told of a session elsewhere: first what the machine can say.
struct SessionListener {
    std::function<void(const SensorList&)> sensors;
    OnSample sample;
};

/// Runs it. Every fourth sample is of prompts, where there are any. Pieces are cut so that a sample holds several.
void run_session(const Session& session, Sensors& sensors, const RunPiece& run, const OnSample& on_sample,
                 const SessionClock& clock = system_clock());

}  // namespace slimline::sustained
