#include "explorer/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "explorer/curves.h"
#include "explorer/lever.h"

namespace slimline {

namespace {

constexpr double small = 0.01;  // of a continuous quantity

/// About a sixteenth of a whole quantity, in granules, at least one.
double step_of(double value, int granule)
{
    return granule * std::max(1.0, std::floor(value / 16 / granule));
}

/// A prompt of one chunk stays one, a longer one moves by whole chunks: the stairs of chunked prefill are not its slope.
std::optional<Scenario> move_prompt(const Scenario& at, int direction)
{
    const Workload& work = at.workload;
    const bool one_chunk = work.prompt_tokens * work.batch <= work.ubatch;
    const double step = step_of(work.prompt_tokens, one_chunk ? 1 : std::max(1, work.ubatch / work.batch));
    auto moved = lever_named("prompt").with(at, work.prompt_tokens + direction * step);
    if (moved && one_chunk && direction > 0) {
        moved->workload.ubatch += int(step) * work.batch;
    }
    return moved;
}

/// The quantity a step down (-1) or up (+1); nothing when it cannot move.
std::optional<Scenario> move(const Scenario& at, const Lever& lever, int direction)
{
    const double value = lever.value(at);
    if (std::isnan(value)) {
        return std::nullopt;
    }
    if (!lever.whole) {
        return lever.with(at, value * (1 + direction * small));
    }
    auto moved = lever.name == "prompt" ? move_prompt(at, direction)
                                        : lever.with(at, value + direction * step_of(value, lever.granule(at)));
    if (moved && lever.of == LeverOf::workload) {
        moved->workload.context = 0;  // grows with what is asked
    }
    return moved;
}

double slope(Seconds down, Seconds up, double log_step)
{
    return std::log(up / down) / log_step;
}

std::optional<Elasticity> elasticity(const Scenario& at, const Lever& lever)
{
    const std::optional<Scenario> down = move(at, lever, -1);
    const std::optional<Scenario> up = move(at, lever, +1);
    if (!down || !up) {
        return std::nullopt;
    }
    const Latency below = latency(*down);
    const Latency above = latency(*up);
    const double log_step = std::log(lever.value(*up) / lever.value(*down));
    return Elasticity{.quantity = std::string(lever.title),
                      .ttft = slope(below.ttft, above.ttft, log_step),
                      .tpot = slope(below.tpot, above.tpot, log_step)};
}

/// Memory's size changes no time; batches and KV heads move in leaps that are no slope.
bool has_slope(const Lever& lever)
{
    return lever.name != "memory" && lever.name != "batch" && lever.name != "kv_heads";
}

}  // namespace

std::vector<Elasticity> elasticities(const Scenario& scenario)
{
    std::vector<Elasticity> all;
    for (const Lever& lever : levers()) {
        if (const auto found = has_slope(lever) ? elasticity(scenario, lever) : std::nullopt) {
            all.push_back(*found);
        }
    }
    return all;
}

}  // namespace slimline
