#pragma once

#include "hwmodels/sustained_speed.h"
#include "validation/backends/test_engine.h"
#include "validation/run_sampling.h"
#include "validation/sustained_run_file.h"

namespace slimline {

struct SustainedOptions {
    double seconds = 300;
    double rest_s = 0;
    int threads = 1;
    std::string name{};  // of the model
    TestModel model{};
    std::string device{};
};

/// A session of that length with samples that are short beside it and long beside a reading.
sustained::Session session_of(const SustainedOptions& options);

/// Loads the model and runs the session. What was seen stays when the watcher cancels, or the engine fails in the middle;
/// throws InputError when nothing was seen.
SustainedRun run_sustained(TestEngine& engine, const SustainedOptions& options, const Watcher& watcher);

/// What the session teaches: the throttling of each phase; power as the median of the later half of the samples, while it
/// runs and at rest; energy of a token as that power over the time of a token; clocks and temperatures of its first and last
/// tenth. Throws InputError where too few tokens were generated to tell.
SustainedSpeed learn_sustained(const SustainedRun& run);

}  // namespace slimline
