#pragma once

#include <array>

#include "simulator/operators.h"
#include "simulator/prediction.h"

namespace slimline {

/// `passes` equal passes, each `stride` positions after the one before.
struct PassSeries {
    PassShape first;
    double passes = 0;
    double stride = 0;
};

/// A prompt as passes: chunks that fill the batch, then the last one, whose last token's logits are wanted.
/// A chunk takes the same number of tokens of each sequence, together at most `ubatch`.
inline std::array<PassSeries, 2> prefill_series(const Workload& w, LastLayer last_layer)
{
    if (w.prompt_tokens <= 0) {
        return {};
    }
    const int chunk = std::clamp(w.ubatch / w.batch, 1, w.prompt_tokens);
    const int before = (w.prompt_tokens - 1) / chunk;
    PassShape full{double(w.batch), double(chunk), 0, 0, last_layer};
    PassShape last{double(w.batch), double(w.prompt_tokens - before * chunk), double(before) * chunk, double(w.batch),
                   last_layer};
    return {{{full, double(before), double(chunk)}, {last, 1, 0}}};
}

/// Steps of generation: the prompt's pass gives the first token, each further one costs a step. A measurement without
/// a prompt (llama-bench's tg) times every token.
inline PassSeries decode_series(const Workload& w)
{
    const int steps = w.prompt_tokens > 0 ? w.generated_tokens - 1 : w.generated_tokens;
    return {{double(w.batch), 1, double(w.prompt_tokens), double(w.batch), LastLayer::whole}, double(std::max(1, steps)), 1};
}

/// Positions the KV cache is allocated for: asked for, or what the workload needs; llama.cpp rounds up to 256.
inline int cache_positions(const Workload& w)
{
    const int needed = w.context > 0 ? w.context : w.prompt_tokens + w.generated_tokens;
    return std::max(256, (needed + 255) / 256 * 256);
}

}  // namespace slimline
