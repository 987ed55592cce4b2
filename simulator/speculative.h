#pragma once

#include "simulator/prediction.h"

namespace slimline {

/// A draft model proposes `draft_tokens` tokens, each accepted with probability `acceptance`; the target verifies them
/// and one more in a single pass (Leviathan et al., arXiv 2211.17192).
struct Speculation {
    double acceptance = 0.7;
    int draft_tokens = 4;
};

/// Tokens a step yields on average: (1 - a^(n+1)) / (1 - a); n + 1 when every token is accepted.
double expected_tokens(const Speculation& speculation);

/// How many times faster than plain decoding, when a draft token costs `draft_cost` of a target's step and verifying
/// costs as much as one step (memory-bound decoding).
double ideal_speedup(const Speculation& speculation, double draft_cost);

struct SpeculativeDecoding {
    Seconds draft_step;    // one token of the draft model
    Seconds verify_step;   // draft_tokens + 1 tokens of the target in one pass
    double tokens = 1;     // that a step yields on average
    Seconds tpot;
    double speedup = 1;    // over the target's own tpot
};

/// Speculative decoding with this draft on the same backend, at the workload's mean depth. Both models' weights are
/// streamed; verifying draft_tokens + 1 tokens runs on whatever kernels so many rows run on.
SpeculativeDecoding predict_speculative(const Architecture& target, const Architecture& draft, const Precision& precision,
                                        const Device& device, BackendKind backend, const Workload& workload, Engine engine,
                                        const Calibration& calibration, const Speculation& speculation);

}  // namespace slimline
