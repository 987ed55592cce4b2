#include "gui/viewmodel/field.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/limits.h"
#include "archspace/resizing.h"
#include "base/errors.h"
#include "base/text.h"
#include "hwmodels/device_edits.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"

namespace slimline::gui {

namespace {

using enum FieldGroup;
using enum FieldKind;

constexpr int most_tokens = 16 << 20;

constexpr std::array<FieldInfo, field_count> table{{
    {Field::layers, "layers", "Layers", "", "blocks of the stack; kinds keep their proportions", architecture, number, 1, 128, 1, ""},
    {Field::d_model, "d_model", "Width", "", "d_model, numbers that stand for a token between layers", architecture, number, 128, 8192, 64, ""},
    {Field::heads, "heads", "Query heads", "", "query heads of attention", architecture, number, 1, 128, 1, ""},
    {Field::kv_heads, "kv_heads", "KV heads", "", "heads of keys and values: fewer than query heads is GQA, one is MQA", architecture, number, 1, 128, 1, ""},
    {Field::head_dim, "head_dim", "Head size", "", "numbers in a head", architecture, number, 16, 512, 8, ""},
    {Field::d_ffn, "d_ffn", "FFN width", "", "hidden width of the feed-forward network, or of one expert", architecture, number, 128, 32768, 64, ""},
    {Field::vocabulary, "vocabulary", "Vocabulary", "", "rows of the token table", architecture, number, 1000, 262144, 8, ""},
    {Field::tied, "tied", "Tied head", "", "the token table is also the head", architecture, toggle, 0, 1, 1, ""},
    {Field::experts, "experts", "Experts", "", "feed-forward networks to choose from in each layer", architecture, number, 0, 256, 1, "dense"},
    {Field::active, "active", "Active experts", "", "experts that run for a token", architecture, number, 1, 64, 1, ""},
    {Field::weights, "weights", "Weights", "", "weight format or llama.cpp mix", format, choice, 0, 0, 1, ""},
    {Field::kv_cache, "kv_cache", "KV cache", "", "format of keys and values", format, choice, 0, 0, 1, ""},
    {Field::backend, "backend", "Processor", "", "which processor of the device runs the model", device, choice, 0, 0, 1, ""},
    {Field::engine, "engine", "Engine", "", "program that runs the model", device, choice, 0, 0, 1, ""},
    {Field::bandwidth, "bandwidth", "Bandwidth", "GB/s", "main memory's peak, as this processor draws it", device, number, 1, 10000, 0, ""},
    {Field::compute, "compute", "Compute (8-bit)", "TOPS", "peak rate of 8-bit arithmetic; other arithmetic moves with it", device, number, 0.01, 10000, 0, ""},
    {Field::cache_size, "cache_size", "Cache", "MiB", "size of the largest cache", device, number, 0.0625, 1024, 0, ""},
    {Field::cache_bandwidth, "cache_bandwidth", "Cache bandwidth", "GB/s", "of the largest cache", device, number, 1, 100000, 0, "unknown"},
    {Field::memory, "memory", "Memory", "GiB", "capacity that a model may use", device, number, 0.25, 1024, 0, ""},
    {Field::threads, "threads", "Threads", "", "CPU threads", workload, number, 0, 256, 1, "all cores"},
    {Field::prompt, "prompt", "Prompt", "tokens", "tokens of the prompt", workload, number, 1, 131072, 1, ""},
    {Field::generate, "generate", "Answer", "tokens", "tokens that are generated", workload, number, 1, 32768, 1, ""},
    {Field::context, "context", "Context", "tokens", "positions the KV cache is allocated for", workload, number, 0, 262144, 1, "as needed"},
    {Field::batch, "batch", "Batch", "", "prompts side by side", workload, number, 1, 256, 1, ""},
}};

constexpr std::array kv_formats{Format::f16, Format::bf16, Format::q8_0, Format::q5_1, Format::q5_0,
                                Format::q4_1, Format::q4_0, Format::f32};

template <class Names>
double index_of(const Names& names, std::string_view name)
{
    return double(std::ranges::find(names, name) - std::ranges::begin(names));
}

/// Checks a whole number against what readers of files take.
int whole(Field field, double value, int least, int most)
{
    if (!(value >= least && value <= most) || value != std::floor(value)) {
        throw InputError(std::string(info(field).label), fmt::format("'{:.10g}' cannot be used", value),
                         fmt::format("give a whole number between {} and {}", least, most));
    }
    return int(value);
}

std::size_t choice_index(Field field, double value, std::size_t count)
{
    return std::size_t(whole(field, value, 0, int(count) - 1));
}

/// KV heads that divide the query heads: the nearest in the direction in which they are moved.
int dividing(int kv_heads, const StackSizes& sizes)
{
    const int direction = kv_heads > sizes.kv_heads ? 1 : -1;
    while (kv_heads > 1 && kv_heads < sizes.heads && sizes.heads % kv_heads != 0) {
        kv_heads += direction;
    }
    return kv_heads;
}

double positive(Field field, double value)
{
    if (!(value > 0) || !std::isfinite(value)) {
        throw InputError(std::string(info(field).label), fmt::format("'{:.10g}' cannot be used", value), "give a number above 0");
    }
    return value;
}

double device_value(Field field, const Scenario& s)
{
    const Backend& backend = require_backend(s.device, s.backend);
    const Cache* cache = last_level_cache(s.device, s.backend);
    switch (field) {
        case Field::bandwidth: return peak_bandwidth(s.device, backend).value / giga;
        case Field::compute: return peak_rate(backend, Arithmetic::int8, 0).value / tera;
        case Field::cache_size: return cache != nullptr ? cache->size.value / MiB : 0;
        case Field::cache_bandwidth: return cache != nullptr ? cache->bandwidth.value / giga : 0;
        default: return memory_for(s.device, backend).value / GiB;
    }
}

Device with_device_value(Field field, double value, const Scenario& s)
{
    switch (field) {
        case Field::bandwidth: return with_bandwidth(s.device, s.backend, {positive(field, value) * giga});
        case Field::compute: return with_compute(s.device, s.backend, {positive(field, value) * tera});
        case Field::cache_size: return with_cache_size(s.device, s.backend, {positive(field, value) * MiB});
        case Field::cache_bandwidth: return with_cache_bandwidth(s.device, s.backend, {value * giga});
        default: return with_memory(s.device, s.backend, {positive(field, value) * GiB});
    }
}

Architecture with_architecture_value(Field field, double value, const Architecture& arch)
{
    const StackSizes sizes = stack_sizes(arch);
    Architecture changed = arch;
    switch (field) {
        case Field::layers: return with_layers(arch, whole(field, value, 1, limits::layers));
        case Field::d_model: changed.d_model = whole(field, value, 1, limits::width); break;
        case Field::heads: return with_heads(arch, whole(field, value, 1, limits::heads));
        case Field::kv_heads: return with_kv_heads(arch, dividing(whole(field, value, 1, limits::heads), sizes));
        case Field::head_dim: return with_head_dim(arch, whole(field, value, 1, limits::head_dim));
        case Field::d_ffn: return with_ffn_width(arch, whole(field, value, 1, limits::ffn_width));
        case Field::vocabulary: changed.vocabulary = whole(field, value, 1, limits::vocabulary); break;
        case Field::tied: changed.tied_embeddings = value != 0; break;
        case Field::experts:
            return with_experts(arch, whole(field, value, 0, limits::experts), std::max(2, sizes.active));
        default: return with_experts(arch, sizes.experts, whole(field, value, 1, limits::experts));
    }
    return changed;
}

/// What its file would say: the numbers that a copied command reads back, to the last digit, and every reader's checks.
Device as_written(const Device& device)
{
    JsonDocument document{"device", {}, to_json(device)};
    document.text = pretty(document.root);
    return read_device(JsonPlace(document));
}

Architecture as_written(const Architecture& arch)
{
    JsonDocument document{"architecture", {}, to_json(arch)};
    document.text = pretty(document.root);
    return read_architecture(JsonPlace(document));
}

}  // namespace

std::span<const FieldInfo> fields()
{
    return table;
}

const FieldInfo& info(Field field)
{
    return table[std::size_t(field)];
}

bool applies(Field field, const Scenario& s)
{
    const StackSizes sizes = stack_sizes(s.arch);
    switch (field) {
        case Field::heads: return sizes.heads > 0;
        case Field::kv_heads:
        case Field::head_dim: return sizes.kv_heads > 0;
        case Field::d_ffn:
        case Field::experts: return sizes.d_ffn > 0;
        case Field::active: return sizes.experts > 0;
        case Field::cache_size:
        case Field::cache_bandwidth: return last_level_cache(s.device, s.backend) != nullptr;
        case Field::threads: return s.backend == BackendKind::cpu;
        default: return true;
    }
}

double value_of(Field field, const Scenario& s)
{
    const StackSizes sizes = stack_sizes(s.arch);
    switch (field) {
        case Field::layers: return double(s.arch.layers.size());
        case Field::d_model: return s.arch.d_model;
        case Field::heads: return sizes.heads;
        case Field::kv_heads: return sizes.kv_heads;
        case Field::head_dim: return sizes.head_dim;
        case Field::d_ffn: return sizes.d_ffn;
        case Field::vocabulary: return s.arch.vocabulary;
        case Field::tied: return s.arch.tied_embeddings ? 1 : 0;
        case Field::experts: return sizes.experts;
        case Field::active: return sizes.active;
        case Field::weights: return index_of(choices(field, s), s.precision.weights.name);
        case Field::kv_cache: return index_of(choices(field, s), info(s.precision.kv_cache).name);
        case Field::backend: return index_of(choices(field, s), word(s.backend));
        case Field::engine: return index_of(engine_names(), word(s.engine));
        case Field::bandwidth:
        case Field::compute:
        case Field::cache_size:
        case Field::cache_bandwidth:
        case Field::memory: return device_value(field, s);
        case Field::threads: return s.workload.threads;
        case Field::prompt: return s.workload.prompt_tokens;
        case Field::generate: return s.workload.generated_tokens;
        case Field::context: return s.workload.context;
        case Field::batch: return s.workload.batch;
    }
    return 0;
}

std::vector<std::string> choices(Field field, const Scenario& s)
{
    std::vector<std::string> words;
    switch (field) {
        case Field::weights:
            words = mix_names();
            if (!s.precision.weights.overrides.empty()) {
                words.push_back(s.precision.weights.name);
            }
            return words;
        case Field::engine: return engine_names();
        case Field::kv_cache:
            for (const Format each : kv_formats) {
                words.emplace_back(slimline::info(each).name);
            }
            if (std::ranges::find(kv_formats, s.precision.kv_cache) == kv_formats.end()) {
                words.emplace_back(slimline::info(s.precision.kv_cache).name);
            }
            return words;
        case Field::backend:
            for (const Backend& each : s.device.backends) {
                words.emplace_back(word(each.kind));
            }
            return words;
        default: return words;
    }
}

Scenario with_value(Field field, double value, Scenario s)
{
    switch (field) {
        case Field::weights: {
            const std::vector<std::string> words = choices(field, s);
            s.precision.weights = mix_named(words[choice_index(field, value, words.size())]);
            break;
        }
        case Field::kv_cache: {
            const std::vector<std::string> words = choices(field, s);
            s.precision.kv_cache = *format_named(words[choice_index(field, value, words.size())]);
            break;
        }
        case Field::backend: s.backend = s.device.backends[choice_index(field, value, s.device.backends.size())].kind; break;
        case Field::engine: s.engine = engine_named(engine_names()[choice_index(field, value, engine_names().size())]); break;
        case Field::bandwidth:
        case Field::compute:
        case Field::cache_size:
        case Field::cache_bandwidth:
        case Field::memory: s.device = as_written(with_device_value(field, value, s)); break;
        case Field::threads: s.workload.threads = whole(field, value, 0, 4096); break;
        case Field::prompt: s.workload.prompt_tokens = whole(field, value, 1, most_tokens); break;
        case Field::generate: s.workload.generated_tokens = whole(field, value, 1, most_tokens); break;
        case Field::context: s.workload.context = whole(field, value, 0, most_tokens); break;
        case Field::batch: s.workload.batch = whole(field, value, 1, 65536); break;
        default: s.arch = as_written(with_architecture_value(field, value, s.arch)); break;
    }
    return s;
}

std::string display_value(Field field, const Scenario& s)
{
    const FieldInfo& about = info(field);
    const double value = value_of(field, s);
    if (about.kind == choice) {
        const std::vector<std::string> words = choices(field, s);
        return value < double(words.size()) ? words[std::size_t(value)] : std::string{};
    }
    if (about.kind == toggle) {
        return value != 0 ? "yes" : "no";
    }
    if (value == 0 && !about.zero.empty()) {
        return std::string(about.zero);
    }
    const std::string digits = fmt::format("{:.6g}", value);
    return about.unit.empty() ? digits : digits + " " + std::string(about.unit);
}

}  // namespace slimline::gui
