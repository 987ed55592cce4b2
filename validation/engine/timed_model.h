#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "validation/engine/int4_engine.h"

namespace slimline::engine {

/// What is loaded to be timed: an architecture with random weights, and the room it gets.
struct TimedModelOptions {
    Architecture arch{};
    WeightMix mix{};
    Format kv_cache = Format::f16;
    int context = 4096;  // positions that a sequence may have
    int chunk = 512;     // tokens that go through the layers together
    std::uint64_t seed = 1;
};

/// A prompt, or tokens generated one after the other, after what is in the cache.
struct TimedRun {
    bool prefill = false;
    int tokens = 1;
    int past = 0;
    int threads = 1;
    int batch = 1;  // sequences that decode together
};

struct TimedStage {
    std::string name;
    double seconds = 0;
};

/// A model in memory that is run again and again: what calibrations measure, here and in the runner. An engine is made for
/// each number of threads and sequences that is asked for; all hold the same weights.
class TimedModel {
 public:
    explicit TimedModel(TimedModelOptions options);

    /// Seconds of the whole prompt, or of one generated token (the mean). Throws InputError where the context is too small.
    double run(const TimedRun& run);
    EngineMemory memory() const;
    /// Bytes that loading it made resident.
    double resident() const { return resident_; }
    /// Of the last run: a prompt's, or the mean of a generated token's.
    const std::vector<TimedStage>& stages() const { return stages_; }

 private:
    Int4Engine& engine_for(int threads, int sequences);
    void keep_times(const StageTimes& times, double passes);

    TimedModelOptions options_;
    std::map<std::pair<int, int>, Int4Engine> engines_;
    std::vector<TimedStage> stages_;
    double resident_ = 0;
};

}  // namespace slimline::engine
