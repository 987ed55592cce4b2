#include "validation/backends/int4_test_engine.h"

#include "archspace/weight_mix.h"
#include "validation/engine/timed_model.h"

namespace slimline {

namespace {

engine::TimedModelOptions options_of(const TestModel& model)
{
    return {.arch = model.arch,
            .mix = mix_named(model.mix),
            .kv_cache = model.kv_cache,
            .context = model.context,
            .chunk = model.chunk,
            .seed = model.seed};
}

class Int4Model final : public LoadedModel {
 public:
    explicit Int4Model(const TestModel& model) : model_(options_of(model)) {}

    double run(const TestCase& test) override
    {
        return model_.run({.prefill = test.phase == Phase::prefill,
                           .tokens = test.tokens,
                           .past = test.past,
                           .threads = test.threads,
                           .batch = test.batch});
    }

    PrintedMemory memory() const override
    {
        const engine::EngineMemory held = model_.memory();
        return {.weights = held.weights,
                .kv_cache = held.kv_cache,
                .compute = held.compute,
                .resident = model_.resident()};
    }

    std::vector<TimedOperator> operator_times() const override
    {
        std::vector<TimedOperator> times;
        for (const engine::TimedStage& stage : model_.stages()) {
            times.push_back({stage.name, stage.seconds});
        }
        return times;
    }

 private:
    engine::TimedModel model_;
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
