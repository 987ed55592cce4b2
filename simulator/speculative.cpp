#include "simulator/speculative.h"

#include "base/errors.h"
#include "simulator/closed_form.h"

namespace slimline {

namespace {

/// Mean time of a pass of `new_tokens` tokens over the depths of the workload's answer.
Seconds step_seconds(const Architecture& arch, const Precision& precision, const Roofs& roofs, const Workload& workload,
                     Engine engine, int new_tokens)
{
    const PassRules rules = pass_rules(precision, workload, roofs);
    const LoweredModel model = lower_grouped(arch, precision.weights, engine, roofs.cache_bytes);
    PassSeries steps = decode_series(workload);
    steps.first.new_tokens = new_tokens;
    steps.first.output_rows = steps.first.tokens();
    const double factor = cache_factors(arch, model, rules, roofs, workload).decode;
    return Seconds{series_totals(arch, model, rules, roofs, factor, steps).seconds / steps.passes};
}

}  // namespace

double expected_tokens(const Speculation& s)
{
    if (s.acceptance >= 1) {
        return s.draft_tokens + 1;
    }
    return (1 - integer_power(s.acceptance, s.draft_tokens + 1)) / (1 - s.acceptance);
}

double ideal_speedup(const Speculation& s, double draft_cost)
{
    return expected_tokens(s) / (s.draft_tokens * draft_cost + 1);
}

SpeculativeDecoding predict_speculative(const Architecture& target, const Architecture& draft, const Precision& precision,
                                        const Device& device, BackendKind backend, const Workload& workload, Engine engine,
                                        const Calibration& calibration, const Speculation& speculation)
{
    if (!(speculation.acceptance >= 0 && speculation.acceptance <= 1) || speculation.draft_tokens < 1) {
        throw InputError("", "speculation takes an acceptance between 0 and 1 and at least one draft token");
    }
    const Roofs roofs = roofs_of(device, require_backend(device, backend), calibration, workload.threads);
    SpeculativeDecoding result;
    result.draft_step = step_seconds(draft, precision, roofs, workload, engine, 1);
    result.verify_step = step_seconds(target, precision, roofs, workload, engine, speculation.draft_tokens + 1);
    result.tokens = expected_tokens(speculation);
    result.tpot = (double(speculation.draft_tokens) * result.draft_step + result.verify_step) / result.tokens;
    result.speedup = step_seconds(target, precision, roofs, workload, engine, 1) / result.tpot;
    return result;
}

}  // namespace slimline
