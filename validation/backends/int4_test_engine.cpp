#include "validation/backends/int4_test_engine.h"

#include <sys/resource.h>

#include <chrono>
#include <map>

#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "validation/engine/int4_engine.h"

namespace slimline {

namespace {

constexpr int token = 7;  // which one does not matter to the speed

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double peak_resident_bytes()
{
    rusage usage{};
    return ::getrusage(RUSAGE_SELF, &usage) == 0 ? double(usage.ru_maxrss) * KiB : 0;
}

class Int4Model final : public LoadedModel {
 public:
    explicit Int4Model(const TestModel& model) : model_(model) { engine(1, 1); }

    double run(const TestCase& test) override
    {
        engine::Int4Engine& e = engine(test.threads, test.batch);
        for (int sequence = 0; sequence < test.batch; ++sequence) {
            set_past(e, sequence, test);
        }
        if (test.phase == Phase::decode) {
            warm_up(e, test);
        }
        e.reset_times();
        const double seconds = test.phase == Phase::prefill ? prefill(e, test) : decode(e, test);
        const double passes = test.phase == Phase::prefill ? 1.0 : test.tokens;
        keep_times(e.times(), passes);
        return seconds;
    }

    PrintedMemory memory() const override
    {
        const engine::EngineMemory held = engines_.begin()->second.memory();
        return {.weights = held.weights,
                .kv_cache = held.kv_cache,
                .compute = held.compute,
                .peak_resident = peak_resident_bytes()};
    }

    std::vector<TimedOperator> operator_times() const override { return times_; }

 private:
    engine::Int4Engine& engine(int threads, int sequences)
    {
        const std::pair key{threads, sequences};
        auto found = engines_.find(key);
        if (found == engines_.end()) {
            const engine::EngineOptions options{.threads = threads,
                                                .sequences = sequences,
                                                .context = model_.context,
                                                .chunk = model_.chunk,
                                                .kv_cache = model_.kv_cache,
                                                .seed = model_.seed};
            found = engines_.emplace(key, engine::Int4Engine(model_.arch, mix_named(model_.mix), options)).first;
        }
        return found->second;
    }

    /// Filling a cache takes longer than a step, so what the engine holds already is kept.
    void set_past(engine::Int4Engine& e, int sequence, const TestCase& test) const
    {
        if (test.past + test.tokens > model_.context) {
            throw InputError(model_.arch.id,
                             std::to_string(test.past + test.tokens) + " positions are more than the context of " +
                                 std::to_string(model_.context),
                             "load it with a larger context");
        }
        e.assume_past(sequence, test.past);
    }

    /// One step untimed: whatever ran before has other weights in the caches.
    static void warm_up(engine::Int4Engine& e, const TestCase& test)
    {
        e.decode(std::vector<int>(std::size_t(test.batch), token));
        for (int sequence = 0; sequence < test.batch; ++sequence) {
            e.assume_past(sequence, test.past);
        }
    }

    static double prefill(engine::Int4Engine& e, const TestCase& test)
    {
        const std::vector<int> prompt(std::size_t(test.tokens), token);
        const double start = now();
        e.prefill(0, prompt);
        return now() - start;
    }

    static double decode(engine::Int4Engine& e, const TestCase& test)
    {
        const std::vector<int> tokens(std::size_t(test.batch), token);
        const double start = now();
        for (int i = 0; i < test.tokens; ++i) {
            e.decode(tokens);
        }
        return (now() - start) / test.tokens;
    }

    void keep_times(const engine::StageTimes& times, double passes)
    {
        times_.clear();
        for (std::size_t stage = 0; stage < engine::stage_count; ++stage) {
            if (times.runs[stage] > 0) {
                times_.push_back({std::string(name(engine::Stage(stage))), times.seconds[stage] / passes});
            }
        }
    }

    TestModel model_;
    std::map<std::pair<int, int>, engine::Int4Engine> engines_;  // by threads and sequences
    std::vector<TimedOperator> times_;
};

class Int4TestEngine final : public TestEngine {
 public:
    std::string name() const override { return "int4"; }
    std::string version() const override { return "1 (" + std::string(kernels::best_kernels().name) + ")"; }
    std::unique_ptr<LoadedModel> load(const TestModel& model) override { return std::make_unique<Int4Model>(model); }
};

}  // namespace

std::unique_ptr<TestEngine> int4_test_engine()
{
    return std::make_unique<Int4TestEngine>();
}

}  // namespace slimline
