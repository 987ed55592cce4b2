#pragma once

#include "archspace/architecture.h"
#include "simulator/lowering.h"
#include "simulator/series_sum.h"

namespace slimline {

/// Latency and traffic of a model without a graph: sums over kinds of layers, chunks and steps in closed form.
struct ClosedForm {
    Totals prefill;       // the whole prompt
    Totals decode;        // all steps together
    double steps = 1;
    double ttft_s = 0;
    double tpot_s = 0;
};

ClosedForm closed_form(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                       const Workload& workload);

/// Cost of a series of passes, without the fixed time of the prompt.
Totals series_totals(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                     double weight_factor, const PassSeries& series);

/// Share of the time in memory that is left where a cache holds part of what a token streams: the weights, and while
/// decoding the keys and values of the middle of the answer where they share the caches.
struct CacheFactors {
    double prefill = 1;
    double decode = 1;
};
CacheFactors cache_factors(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const Roofs& roofs,
                           const Workload& workload);

/// Weight bytes that one generated token streams, batch included (experts that its tokens hit).
double streamed_weight_bytes(const Architecture& arch, const LoweredModel& model, const PassRules& rules,
                             const Workload& workload);

}  // namespace slimline
