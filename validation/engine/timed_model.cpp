#include "validation/engine/timed_model.h"

#include <chrono>

#include "base/errors.h"
#include "base/resident_memory.h"

namespace slimline::engine {

namespace {

constexpr int token = 7;  // which one does not matter to the speed

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Filling a cache takes longer than a step, so what the engine holds already is kept.
void set_past(Int4Engine& e, const TimedRun& run)
{
    for (int sequence = 0; sequence < run.batch; ++sequence) {
        e.assume_past(sequence, run.past);
    }
}

/// One step untimed: whatever ran before has other weights in the caches.
void warm_up(Int4Engine& e, const TimedRun& run)
{
    e.decode(std::vector<int>(std::size_t(run.batch), token));
    set_past(e, run);
}

double prefill(Int4Engine& e, const TimedRun& run)
{
    const std::vector<int> prompt(std::size_t(run.tokens), token);
    const double start = now();
    e.prefill(0, prompt);
    return now() - start;
}

double decode(Int4Engine& e, const TimedRun& run)
{
    const std::vector<int> tokens(std::size_t(run.batch), token);
    const double start = now();
    for (int i = 0; i < run.tokens; ++i) {
        e.decode(tokens);
    }
    return (now() - start) / run.tokens;
}

}  // namespace

TimedModel::TimedModel(TimedModelOptions options) : options_(std::move(options))
{
    const double before = resident_memory().now;
    engine_for(1, 1);
    resident_ = resident_memory().now - before;
}

Int4Engine& TimedModel::engine_for(int threads, int sequences)
{
    const std::pair key{threads, sequences};
    auto found = engines_.find(key);
    if (found == engines_.end()) {
        const EngineOptions options{.threads = threads,
                                    .sequences = sequences,
                                    .context = options_.context,
                                    .chunk = options_.chunk,
                                    .kv_cache = options_.kv_cache,
                                    .seed = options_.seed};
        found = engines_.emplace(key, engines_.empty() ? Int4Engine(options_.arch, options_.mix, options)
                                                       : Int4Engine(engines_.begin()->second, options)).first;
    }
    return found->second;
}

double TimedModel::run(const TimedRun& run)
{
    if (std::int64_t(run.past) + run.tokens > options_.context) {
        throw InputError(options_.arch.id,
                         std::to_string(std::int64_t(run.past) + run.tokens) +
                             " positions are more than the context of " + std::to_string(options_.context),
                         "load it with a larger context");
    }
    Int4Engine& e = engine_for(run.threads, run.batch);
    set_past(e, run);
    if (!run.prefill) {
        warm_up(e, run);
    }
    e.reset_times();
    const double seconds = run.prefill ? prefill(e, run) : decode(e, run);
    keep_times(e.times(), run.prefill ? 1.0 : run.tokens);
    return seconds;
}

EngineMemory TimedModel::memory() const
{
    return engines_.begin()->second.memory();
}

void TimedModel::keep_times(const StageTimes& times, double passes)
{
    stages_.clear();
    for (std::size_t stage = 0; stage < stage_count; ++stage) {
        if (times.runs[stage] > 0) {
            stages_.push_back({std::string(name(Stage(stage))), times.seconds[stage] / passes});
        }
    }
}

}  // namespace slimline::engine
