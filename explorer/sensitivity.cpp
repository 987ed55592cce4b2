#include "explorer/sensitivity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

namespace slimline {

namespace {

/// A scenario with one quantity moved, and where it stands there.
struct Moved {
    Scenario scenario;
    double quantity = 0;
};

/// Moves the quantity a step down (-1) or up (+1); nothing when it cannot move.
using Move = std::function<std::optional<Moved>(const Scenario&, int direction)>;

/// A quantity that can be moved.
struct Lever {
    const char* name;
    Move move;
};

constexpr double small = 0.01;  // of a continuous quantity

double scale_of(int direction)
{
    return 1 + direction * small;
}

std::optional<Moved> move_bandwidth(const Scenario& at, int direction)
{
    Moved moved{at, scale_of(direction)};
    moved.scenario.device.memory.bandwidth *= moved.quantity;
    for (Backend& backend : moved.scenario.device.backends) {
        backend.bandwidth *= moved.quantity;
        for (Cache& cache : backend.caches) {
            cache.bandwidth *= moved.quantity;
        }
        for (BandwidthPoint& point : backend.bandwidth_by_working_set) {
            point.bandwidth *= moved.quantity;
        }
    }
    return moved;
}

std::optional<Moved> move_compute(const Scenario& at, int direction)
{
    Moved moved{at, scale_of(direction)};
    for (Backend& backend : moved.scenario.device.backends) {
        for (FlopsPerSecond& peak : backend.peak) {
            peak *= moved.quantity;
        }
        for (CoreCluster& cluster : backend.clusters) {
            cluster.int8_macs_per_cycle *= moved.quantity;
        }
    }
    return moved;
}

std::optional<Moved> move_fixed_times(const Scenario& at, int direction)
{
    Moved moved{at, scale_of(direction)};
    for (Seconds* time : {&moved.scenario.calibration.per_operator, &moved.scenario.calibration.per_pass,
                          &moved.scenario.calibration.per_prompt}) {
        *time *= moved.quantity;
    }
    return moved;
}

/// What a width must stay a multiple of, so that its tensors keep their format: a block of K-quants, a block of the
/// others, a vector of eight, or nothing.
int granule(int width)
{
    for (const int block : {256, 128, 64, 32, 8}) {
        if (width % block == 0) {
            return block;
        }
    }
    return 1;
}

/// About a sixteenth of the width, in granules, at least one; 0 when there is no room below.
int step_of(int width)
{
    const int block = granule(width);
    const int step = std::max(1, width / 16 / block) * block;
    return step < width ? step : 0;
}

std::optional<Moved> move_width(const Scenario& at, int direction)
{
    const int step = step_of(at.arch.d_model);
    if (step == 0) {
        return std::nullopt;
    }
    Moved moved{at, double(at.arch.d_model + direction * step)};
    moved.scenario.arch.d_model += direction * step;
    return moved;
}

/// Layers are taken out of or put into the stack evenly, so that a pattern of kinds keeps its proportions.
std::optional<Moved> move_layers(const Scenario& at, int direction)
{
    const int layers = int(at.arch.layers.size());
    const int step = std::max(1, layers / 16);
    if (step >= layers) {
        return std::nullopt;
    }
    const int wanted = layers + direction * step;
    Moved moved{at, double(wanted)};
    moved.scenario.arch.layers.clear();
    for (int i = 0; i < wanted; ++i) {
        moved.scenario.arch.layers.push_back(at.arch.layers[std::size_t(std::int64_t(i) * layers / wanted)]);
    }
    return moved;
}

/// FFN widths of all kinds of layers together; the quantity is their sum over the stack.
std::optional<Moved> move_ffn(const Scenario& at, int direction)
{
    Moved moved{at, 0};
    for (Block& block : moved.scenario.arch.blocks) {
        if (block.ffn) {
            const int step = step_of(block.ffn->width);
            if (step == 0) {
                return std::nullopt;
            }
            block.ffn->width += direction * step;
        }
    }
    for (const int layer : moved.scenario.arch.layers) {
        const auto& ffn = moved.scenario.arch.blocks[std::size_t(layer)].ffn;
        moved.quantity += ffn ? ffn->width : 0;
    }
    return moved.quantity > 0 ? std::optional(moved) : std::nullopt;
}

/// Query heads by whole groups, with the KV heads kept; with one KV head a query head both move together.
bool move_heads(Attention& attention, int direction)
{
    const bool grouped = attention.heads != attention.kv_heads;
    const int unit = grouped ? attention.kv_heads : 1;
    const int block = granule(attention.query_width());
    int step = unit;
    while (step * attention.head_dim % block != 0) {
        step += unit;
    }
    if (step >= attention.heads) {
        return false;
    }
    attention.heads += direction * step;
    attention.kv_heads += grouped ? 0 : direction * step;
    return true;
}

std::optional<Moved> move_heads(const Scenario& at, int direction)
{
    Moved moved{at, 0};
    for (Block& block : moved.scenario.arch.blocks) {
        if (auto* attention = std::get_if<Attention>(&block.mixer);
            attention != nullptr && !move_heads(*attention, direction)) {
            return std::nullopt;
        }
    }
    for (const int layer : moved.scenario.arch.layers) {
        const auto* attention = std::get_if<Attention>(&moved.scenario.arch.blocks[std::size_t(layer)].mixer);
        moved.quantity += attention != nullptr ? attention->heads : 0;
    }
    return moved.quantity > 0 ? std::optional(moved) : std::nullopt;
}

std::optional<Moved> move_vocabulary(const Scenario& at, int direction)
{
    const int step = std::max(1, at.arch.vocabulary / 16);
    if (step >= at.arch.vocabulary) {
        return std::nullopt;
    }
    Moved moved{at, double(at.arch.vocabulary + direction * step)};
    moved.scenario.arch.vocabulary += direction * step;
    return moved;
}

/// A prompt of one chunk stays one, a longer one moves by whole chunks: the stairs of chunked prefill are not its slope.
std::optional<Moved> move_prompt(const Scenario& at, int direction)
{
    const Workload& work = at.workload;
    const bool one_chunk = work.prompt_tokens * work.batch <= work.ubatch;
    const int chunk = std::max(1, work.ubatch / work.batch);
    const int step =
        one_chunk ? std::max(1, work.prompt_tokens / 16) : std::max(1, work.prompt_tokens / 16 / chunk) * chunk;
    if (step >= work.prompt_tokens) {
        return std::nullopt;
    }
    Moved moved{at, double(work.prompt_tokens + direction * step)};
    moved.scenario.workload.prompt_tokens += direction * step;
    moved.scenario.workload.ubatch += one_chunk && direction > 0 ? step * work.batch : 0;
    moved.scenario.workload.context = 0;  // grows with what is asked
    return moved;
}

std::optional<Moved> move_answer(const Scenario& at, int direction)
{
    const int step = std::max(1, at.workload.generated_tokens / 16);
    if (step >= at.workload.generated_tokens) {
        return std::nullopt;
    }
    Moved moved{at, double(at.workload.generated_tokens + direction * step)};
    moved.scenario.workload.generated_tokens += direction * step;
    moved.scenario.workload.context = 0;
    return moved;
}

double slope(Seconds down, Seconds up, double log_step)
{
    return std::log(up / down) / log_step;
}

std::optional<Elasticity> elasticity(const Scenario& at, const Lever& lever)
{
    const std::optional<Moved> down = lever.move(at, -1);
    const std::optional<Moved> up = lever.move(at, +1);
    if (!down || !up) {
        return std::nullopt;
    }
    const Prediction below = predict(down->scenario);
    const Prediction above = predict(up->scenario);
    const double log_step = std::log(up->quantity / down->quantity);
    return Elasticity{.quantity = lever.name,
                      .ttft = slope(below.ttft, above.ttft, log_step),
                      .tpot = slope(below.tpot, above.tpot, log_step)};
}

}  // namespace

std::vector<Elasticity> elasticities(const Scenario& scenario)
{
    const std::array<Lever, 10> levers{{
        {"memory bandwidth", move_bandwidth},
        {"compute rate", move_compute},
        {"fixed times", move_fixed_times},
        {"d_model", move_width},
        {"layers", move_layers},
        {"FFN width", move_ffn},
        {"query heads", [](const Scenario& at, int way) { return move_heads(at, way); }},
        {"vocabulary", move_vocabulary},
        {"prompt tokens", move_prompt},
        {"generated tokens", move_answer},
    }};
    std::vector<Elasticity> all;
    for (const Lever& lever : levers) {
        if (const auto found = elasticity(scenario, lever)) {
            all.push_back(*found);
        }
    }
    return all;
}

}  // namespace slimline
