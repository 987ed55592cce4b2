#include "validation/case_work.h"

#include "simulator/lowering.h"
#include "simulator/passes.h"
#include "validation/pass_work.h"

namespace slimline {

namespace {

Workload workload_of(const TestModel& model, const TestCase& test)
{
    Workload w;
    w.batch = test.batch;
    w.context = model.context;
    w.threads = test.threads;
    w.ubatch = model.chunk;
    const bool prefill = test.phase == Phase::prefill;
    w.prompt_tokens = prefill ? test.tokens : test.past;
    w.generated_tokens = prefill ? 0 : test.tokens;
    return w;
}

void add_prompt(Observation& o, const TestModel& model, const TestCase& test, const LoweredModel& lowered,
                const PassRules& rules)
{
    o.prompts = 1;
    o.passes = 0;
    for (PassSeries series : prefill_series(workload_of(model, test), lowered.last_layer)) {
        if (series.passes > 0) {
            series.first.past += test.past;
            add_pass(o, model.arch, lowered, rules, middle(series), series.passes);
            o.passes += series.passes;
        }
    }
}

void add_step(Observation& o, const TestModel& model, const TestCase& test, const LoweredModel& lowered,
              const PassRules& rules)
{
    const PassShape first{double(test.batch), 1, double(test.past), double(test.batch), LastLayer::whole};
    add_pass(o, model.arch, lowered, rules, middle({first, double(test.tokens), 1}), 1);
}

}  // namespace

Observation work_of(const TestModel& model, const TestCase& test, const Bed& bed, const Calibration& calibration)
{
    Observation o;
    o.measurement.device = bed.device.id;
    o.measurement.backend = bed.backend;
    o.measurement.engine = bed.engine_name;
    o.measurement.model = model.arch.id;
    o.measurement.mix = model.mix;
    o.measurement.threads = test.threads;
    o.phase = test.phase;
    const Precision precision{.weights = mix_named(model.mix), .kv_cache = model.kv_cache};
    const Roofs roofs = roofs_of(bed.device, *find_backend(bed.device, bed.backend), calibration, test.threads);
    const LoweredModel lowered = lower_grouped(model.arch, precision.weights, bed.engine, roofs.cache_bytes);
    const PassRules rules = pass_rules(precision, workload_of(model, test), roofs);
    if (test.phase == Phase::prefill) {
        add_prompt(o, model, test, lowered, rules);
    } else {
        add_step(o, model, test, lowered, rules);
        o.kv_bytes = cache_bytes_read(o);
    }
    o.weight_bytes = streamed_bytes(o);
    return o;
}

}  // namespace slimline
