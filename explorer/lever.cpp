#include "explorer/lever.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "archspace/limits.h"
#include "base/errors.h"
#include "base/numbers.h"
#include "base/text.h"
#include "simulator/roofs.h"

namespace slimline {

namespace {

constexpr double most_tokens = 16 << 20;

int no_granule(const Scenario&)
{
    return 1;
}

bool usable(double value)
{
    return std::isfinite(value) && value > 0;
}

// --- the device -----------------------------------------------------------------------------------------------------

const Backend* backend_of(const Scenario& s)
{
    return find_backend(s.device, s.backend);
}

double bandwidth_of(const Scenario& s)
{
    const Backend* backend = backend_of(s);
    return backend == nullptr ? not_known : peak_bandwidth(s.device, *backend).value;
}

/// Main memory and caches together: one clock drives the whole way to the cores.
std::optional<Scenario> with_bandwidth(const Scenario& at, double value)
{
    const double factor = value / bandwidth_of(at);
    if (!usable(factor)) {
        return std::nullopt;
    }
    Scenario s = at;
    s.device.memory.bandwidth *= factor;
    for (Backend& backend : s.device.backends) {
        backend.bandwidth *= factor;
        for (Cache& cache : backend.caches) {
            cache.bandwidth *= factor;
        }
        for (BandwidthPoint& point : backend.bandwidth_by_working_set) {
            point.bandwidth *= factor;
        }
    }
    return s;
}

double compute_of(const Scenario& s)
{
    const Backend* backend = backend_of(s);
    return backend == nullptr
               ? not_known
               : peak_rate(*backend, arithmetic_for(s.precision.weights.base, s.backend), s.workload.threads).value;
}

/// All number formats and all clusters in proportion.
std::optional<Scenario> with_compute(const Scenario& at, double value)
{
    const double factor = value / compute_of(at);
    if (!usable(factor)) {
        return std::nullopt;
    }
    Scenario s = at;
    for (Backend& backend : s.device.backends) {
        for (FlopsPerSecond& peak : backend.peak) {
            peak *= factor;
        }
        for (CoreCluster& cluster : backend.clusters) {
            cluster.int8_macs_per_cycle *= factor;
        }
    }
    return s;
}

Bytes& memory_in(Scenario& s)
{
    for (Backend& backend : s.device.backends) {
        if (backend.kind == s.backend && backend.memory.value > 0) {
            return backend.memory;
        }
    }
    return s.device.memory.capacity;
}

double memory_of(const Scenario& s)
{
    const Backend* backend = backend_of(s);
    const double capacity =
        backend != nullptr && backend->memory.value > 0 ? backend->memory.value : s.device.memory.capacity.value;
    return capacity > 0 ? capacity : not_known;
}

std::optional<Scenario> with_memory(const Scenario& at, double value)
{
    if (!usable(value)) {
        return std::nullopt;
    }
    Scenario s = at;
    memory_in(s) = {value};
    return s;
}

/// Of one operator, one pass and one prompt together: they are moved in proportion.
double fixed_times_of(const Scenario& s)
{
    const Calibration& c = s.calibration;
    const double all = (c.per_operator + c.per_pass + c.per_prompt).value;
    return all > 0 ? all : not_known;
}

std::optional<Scenario> with_fixed_times(const Scenario& at, double value)
{
    const double factor = value / fixed_times_of(at);
    if (!usable(factor)) {
        return std::nullopt;
    }
    Scenario s = at;
    for (Seconds* time : {&s.calibration.per_operator, &s.calibration.per_pass, &s.calibration.per_prompt}) {
        *time *= factor;
    }
    return s;
}

// --- the model ------------------------------------------------------------------------------------------------------

/// A block of K-quants, a block of the other formats, a vector of eight, or nothing.
int granule_of(int width)
{
    for (const int block : {256, 128, 64, 32, 8}) {
        if (width % block == 0) {
            return block;
        }
    }
    return 1;
}

/// `width` times `ratio`, in its own granules, at least one.
int scaled(int width, double ratio)
{
    const int granule = granule_of(width);
    return granule * int(std::max(1.0, std::round(width * ratio / granule)));
}

double width_of(const Scenario& s)
{
    return s.arch.d_model;
}

int width_granule(const Scenario& s)
{
    return granule_of(s.arch.d_model);
}

std::optional<Scenario> with_width(const Scenario& at, double value)
{
    if (!(value >= 1) || value > limits::width || value != std::floor(value)) {
        return std::nullopt;
    }
    Scenario s = at;
    s.arch.d_model = int(value);
    return s;
}

double layers_of(const Scenario& s)
{
    return double(s.arch.layers.size());
}

/// Layers are taken out of or put into the stack evenly, so that a pattern of kinds keeps its proportions.
std::optional<Scenario> with_layers(const Scenario& at, double value)
{
    if (!(value >= 1) || value > limits::layers || value != std::floor(value)) {
        return std::nullopt;
    }
    const auto wanted = std::int64_t(value);
    const auto layers = std::int64_t(at.arch.layers.size());
    Scenario s = at;
    s.arch.layers.clear();
    for (std::int64_t i = 0; i < wanted; ++i) {
        s.arch.layers.push_back(at.arch.layers[std::size_t(i * layers / wanted)]);
    }
    return s;
}

/// Mean of what a block has, over the layers whose block has it.
template <class Of>
double layer_mean(const Architecture& arch, Of&& of)
{
    double sum = 0;
    int count = 0;
    for (const int layer : arch.layers) {
        if (const double value = of(arch.blocks[std::size_t(layer)]); value > 0) {
            sum += value;
            ++count;
        }
    }
    return count > 0 ? sum / count : not_known;
}

double ffn_of(const Scenario& s)
{
    return layer_mean(s.arch, [](const Block& block) { return block.ffn ? double(block.ffn->width) : 0; });
}

std::optional<Scenario> with_ffn(const Scenario& at, double value)
{
    const double ratio = value / ffn_of(at);
    if (!usable(ratio)) {
        return std::nullopt;
    }
    Scenario s = at;
    for (Block& block : s.arch.blocks) {
        if (block.ffn) {
            if (block.ffn->width * ratio > limits::ffn_width) {
                return std::nullopt;
            }
            block.ffn->width = scaled(block.ffn->width, ratio);
        }
    }
    return s;
}

int ffn_granule(const Scenario& s)
{
    int granule = 256;
    for (const Block& block : s.arch.blocks) {
        granule = block.ffn ? std::min(granule, granule_of(block.ffn->width)) : granule;
    }
    return granule;
}

const Attention* attention_of(const Block& block)
{
    return std::get_if<Attention>(&block.mixer);
}

/// Query heads that must come together: whole groups, and no tensor off its blocks.
int head_unit(const Attention& attention)
{
    const int unit = attention.heads == attention.kv_heads ? 1 : attention.kv_heads;
    const int block = granule_of(attention.query_width());
    int heads = unit;
    while (heads * attention.head_dim % block != 0) {
        heads += unit;
    }
    return heads;
}

double heads_of(const Scenario& s)
{
    return layer_mean(s.arch, [](const Block& block) {
        const Attention* attention = attention_of(block);
        return attention != nullptr ? double(attention->heads) : 0;
    });
}

/// KV heads stay; with one KV head a query head both move together.
std::optional<Scenario> with_heads(const Scenario& at, double value)
{
    const double ratio = value / heads_of(at);
    if (!usable(ratio)) {
        return std::nullopt;
    }
    Scenario s = at;
    for (Block& block : s.arch.blocks) {
        auto* attention = std::get_if<Attention>(&block.mixer);
        if (attention == nullptr) {
            continue;
        }
        const int unit = head_unit(*attention);
        const double heads = unit * std::round(attention->heads * ratio / unit);
        if (heads < unit || heads > limits::heads) {
            return std::nullopt;
        }
        attention->kv_heads = attention->heads == attention->kv_heads ? int(heads) : attention->kv_heads;
        attention->heads = int(heads);
    }
    return s;
}

int heads_granule(const Scenario& s)
{
    int granule = 0;
    for (const Block& block : s.arch.blocks) {
        if (const Attention* attention = attention_of(block); attention != nullptr) {
            granule = granule == 0 ? head_unit(*attention) : std::min(granule, head_unit(*attention));
        }
    }
    return std::max(1, granule);
}

double kv_heads_of(const Scenario& s)
{
    return layer_mean(s.arch, [](const Block& block) {
        const Attention* attention = attention_of(block);
        return attention != nullptr ? double(attention->kv_heads) : 0;
    });
}

/// Query heads stay and must be a multiple in every block.
std::optional<Scenario> with_kv_heads(const Scenario& at, double value)
{
    const double ratio = value / kv_heads_of(at);
    if (!usable(ratio)) {
        return std::nullopt;
    }
    Scenario s = at;
    for (Block& block : s.arch.blocks) {
        auto* attention = std::get_if<Attention>(&block.mixer);
        if (attention == nullptr) {
            continue;
        }
        const double heads = std::round(attention->kv_heads * ratio);
        if (heads < 1 || heads > attention->heads || attention->heads % int(heads) != 0) {
            return std::nullopt;
        }
        attention->kv_heads = int(heads);
    }
    return s;
}

double vocabulary_of(const Scenario& s)
{
    return s.arch.vocabulary;
}

std::optional<Scenario> with_vocabulary(const Scenario& at, double value)
{
    if (!(value >= 1) || value > limits::vocabulary || value != std::floor(value)) {
        return std::nullopt;
    }
    Scenario s = at;
    s.arch.vocabulary = int(value);
    return s;
}

// --- the workload ---------------------------------------------------------------------------------------------------

bool token_count(double value)
{
    return value >= 1 && value <= most_tokens && value == std::floor(value);
}

double prompt_of(const Scenario& s)
{
    return s.workload.prompt_tokens;
}

/// The context grows where it must hold more.
void make_room(Workload& work)
{
    if (work.context != 0) {
        work.context = std::max(work.context, work.prompt_tokens + work.generated_tokens);
    }
}

std::optional<Scenario> with_prompt(const Scenario& at, double value)
{
    if (!token_count(value)) {
        return std::nullopt;
    }
    Scenario s = at;
    s.workload.prompt_tokens = int(value);
    make_room(s.workload);
    return s;
}

double answer_of(const Scenario& s)
{
    return s.workload.generated_tokens;
}

std::optional<Scenario> with_answer(const Scenario& at, double value)
{
    if (!token_count(value)) {
        return std::nullopt;
    }
    Scenario s = at;
    s.workload.generated_tokens = int(value);
    make_room(s.workload);
    return s;
}

double batch_of(const Scenario& s)
{
    return s.workload.batch;
}

std::optional<Scenario> with_batch(const Scenario& at, double value)
{
    if (!(value >= 1) || value > 65536 || value != std::floor(value)) {
        return std::nullopt;
    }
    Scenario s = at;
    s.workload.batch = int(value);
    return s;
}

constexpr Lever all_levers[] = {
    {"bandwidth", "memory bandwidth", "GB/s", giga, LeverOf::device, false, bandwidth_of, with_bandwidth, no_granule},
    {"compute", "compute rate", "TOP/s", tera, LeverOf::device, false, compute_of, with_compute, no_granule},
    {"fixed_times", "fixed times", "ms", milli, LeverOf::device, false, fixed_times_of, with_fixed_times, no_granule},
    {"memory", "memory", "GiB", GiB, LeverOf::device, false, memory_of, with_memory, no_granule},
    {"d_model", "d_model", "", 1, LeverOf::model, true, width_of, with_width, width_granule},
    {"layers", "layers", "", 1, LeverOf::model, true, layers_of, with_layers, no_granule},
    {"d_ffn", "FFN width", "", 1, LeverOf::model, true, ffn_of, with_ffn, ffn_granule},
    {"heads", "query heads", "", 1, LeverOf::model, true, heads_of, with_heads, heads_granule},
    {"kv_heads", "KV heads", "", 1, LeverOf::model, true, kv_heads_of, with_kv_heads, no_granule},
    {"vocabulary", "vocabulary", "", 1, LeverOf::model, true, vocabulary_of, with_vocabulary, no_granule},
    {"prompt", "prompt tokens", "", 1, LeverOf::workload, true, prompt_of, with_prompt, no_granule},
    {"generate", "generated tokens", "", 1, LeverOf::workload, true, answer_of, with_answer, no_granule},
    {"batch", "batch", "", 1, LeverOf::workload, true, batch_of, with_batch, no_granule},
};

}  // namespace

std::span<const Lever> levers()
{
    return all_levers;
}

const Lever& lever_named(std::string_view name)
{
    std::vector<std::string> known;
    for (const Lever& lever : all_levers) {
        if (lever.name == name) {
            return lever;
        }
        known.emplace_back(lever.name);
    }
    throw InputError("", "there is no quantity '" + printable(name) + "' to move", did_you_mean(name, known));
}

}  // namespace slimline
