#include "validation/observation.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "archspace/architecture_json.h"
#include "base/text.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"
#include "simulator/lowering.h"
#include "simulator/passes.h"
#include "validation/pass_work.h"

namespace slimline {

namespace {

constexpr int usual_generated = 128;  // llama-bench's tg128, where nobody says

/// A dense decoder of that many parameters, as models of its size are shaped. For models whose size and bytes are
/// published but not their shape: fixed times and attention are then about right, bytes are scaled to those stated.
Architecture nominal_architecture(double parameters)
{
    Architecture arch;
    arch.id = "nominal";
    arch.vocabulary = 64000;
    // Depth grows as the cube root: 16 layers at 0.5B, 32 at 7B.
    const int layers = int(std::lround(32 * std::cbrt(parameters / 7e9)));
    // A layer of MHA and a gated FFN of 8/3 d has 12 d^2 weights.
    const double width = std::sqrt(parameters * 0.9 / (12.0 * layers));
    arch.d_model = std::max(128, int(width / 128) * 128);
    arch.tied_embeddings = true;
    const int heads = arch.d_model / 128;
    Block block;
    block.mixer = Attention{.heads = heads, .kv_heads = heads, .head_dim = 128};
    block.ffn = Ffn{.width = arch.d_model * 8 / 3 / 32 * 32};
    arch.blocks = {block};
    arch.layers.assign(std::size_t(layers), 0);
    return arch;
}

bool is_four_bit(const Measurement& m)
{
    static const std::vector<std::string> mixes{"Q4_0",  "Q4_1", "Q4_K_S", "Q4_K_M", "IQ4_XS",  "IQ4_NL",
                                                "MXFP4", "AWQ",  "W4A16",  "MLX4",   "MLX_4bit"};
    return std::ranges::find(mixes, m.mix) != mixes.end();
}

std::optional<Phase> phase_of(Metric metric)
{
    switch (metric) {
        case Metric::decode_tokens_per_s:
        case Metric::decode_ms_per_token:
            return Phase::decode;
        case Metric::prefill_tokens_per_s:
        case Metric::ttft_ms:
            return Phase::prefill;
        default:
            return std::nullopt;
    }
}

/// The engine's activations: llama.cpp keeps them in 32-bit float, the others in 16.
Precision precision_of(const Measurement& m)
{
    const bool ggml = m.engine.find("llama") != std::string::npos;
    return {.weights = mix_named(m.mix), .kv_cache = Format::f16, .activation_bytes = ggml ? 4.0 : 2.0};
}

Workload workload_of(const Measurement& m, Phase phase)
{
    Workload w;
    w.threads = m.threads;
    // The survey ran without flash attention and says so with its context; newer llama.cpp and the other engines fuse it.
    w.flash_attention = m.context == 0 || m.flash_attention;
    if (phase == Phase::prefill) {
        w.prompt_tokens = m.prompt_tokens > 0 ? m.prompt_tokens : usual_prompt;
        w.generated_tokens = 0;
    } else {
        w.prompt_tokens = m.depth_tokens > 0 ? m.depth_tokens : m.context > 0 ? m.prompt_tokens : 0;
        w.generated_tokens = m.generated_tokens > 0 ? m.generated_tokens : usual_generated;
    }
    return w;
}

/// Where our mix is only near to what was run, weights are scaled to the bytes that were stated: of the file where the
/// model's shape is known (it says which of them are streamed), else of what is streamed.
void scale_weights(Observation& o, const Architecture& arch, const WeightMix& mix)
{
    const Measurement& m = o.measurement;
    const bool by_file = !m.architecture.empty() && m.model_bytes > 0;
    const double stated = by_file ? m.model_bytes : m.streamed_bytes;
    if (m.mix_is_nearest && stated > 0 && o.weight_bytes > 0) {
        const double ratio = stated / (by_file ? weight_bytes(arch, mix) : o.weight_bytes);
        for (OperatorCost& cost : o.costs) {
            cost.weight_bytes *= ratio;
        }
        o.weight_bytes *= ratio;
    }
}

double seconds_of(const Measurement& m, const Workload& w)
{
    switch (m.metric) {
        case Metric::decode_tokens_per_s:
            return 1 / m.value;
        case Metric::prefill_tokens_per_s:
            return w.prompt_tokens / m.value;
        default:
            return m.value * milli;
    }
}

std::string why_unusable(const Measurement& m)
{
    if (!phase_of(m.metric)) {
        return "not a time of decode or prefill: " + std::string(word(m.metric));
    }
    if (m.mix.empty()) {
        return "no weight format of ours is near: " + m.quant;
    }
    if (m.architecture.empty() && (m.parameters <= 0 || m.streamed_bytes <= 0)) {
        return "neither shape nor bytes of the model are published: " + m.model;
    }
    return {};
}

Observation observation_of(const Measurement& m, const Device& device)
{
    Observation o;
    o.measurement = m;
    o.phase = *phase_of(m.metric);
    const Architecture arch =
        m.architecture.empty() ? nominal_architecture(m.parameters) : load_architecture(m.architecture);
    const Precision precision = precision_of(m);
    const Workload workload = workload_of(m, o.phase);
    const Backend& backend = *find_backend(device, m.backend);
    const Roofs roofs = roofs_of(device, backend, datasheet_calibration(m.backend), workload.threads);
    const LoweredModel model = lower_grouped(arch, precision.weights, Engine::llama_cpp, roofs.cache_bytes);
    const PassRules rules = pass_rules(precision, workload, roofs);
    o.seconds = seconds_of(m, workload);
    o.four_bit = is_four_bit(m);
    if (o.phase == Phase::decode) {
        add_pass(o, arch, model, rules, middle(decode_series(workload)), 1);
        o.kv_bytes = cache_bytes_read(o);
    } else {
        o.prompts = 1;
        o.passes = 0;
        for (const PassSeries& series : prefill_series(workload, model.last_layer)) {
            if (series.passes > 0) {
                add_pass(o, arch, model, rules, middle(series), series.passes);
                o.passes += series.passes;
            }
        }
    }
    o.weight_bytes = streamed_bytes(o);
    scale_weights(o, arch, precision.weights);
    return o;
}

}  // namespace

Observations observe(const std::vector<Measurement>& measurements)
{
    Observations all;
    for (const Measurement& m : measurements) {
        if (const std::string reason = why_unusable(m); !reason.empty()) {
            ++all.unused[reason];
            continue;
        }
        if (!all.devices.contains(m.device)) {
            all.devices[m.device] = load_device(m.device);
        }
        const Device& device = all.devices[m.device];
        if (find_backend(device, m.backend) == nullptr) {
            ++all.unused["the device has no such backend: " + m.device + " " + std::string(word(m.backend))];
            continue;
        }
        all.used.push_back(observation_of(m, device));
    }
    return all;
}

bool of_deployed_engine(const Observation& observation)
{
    return observation.measurement.engine != word(Engine::int4);
}

double working_set_factor(const Observation& o, const Roofs& roofs)
{
    return cache_factor(roofs, o.weight_bytes + (roofs.kv_shares_caches ? o.kv_bytes : 0));
}

double predicted_seconds(const Observation& o, const Roofs& roofs)
{
    const double factor = working_set_factor(o, roofs);
    double seconds = o.passes * roofs.seconds_per_pass + o.prompts * roofs.seconds_per_prompt;
    for (const OperatorCost& cost : o.costs) {
        seconds += cost.count * time_on(seconds_of(cost, roofs, factor), roofs);
    }
    return seconds;
}

Roofs roofs_for(const Observation& o, const std::map<std::string, Device>& devices, const Calibration& calibration)
{
    const Device& device = devices.at(o.measurement.device);
    return roofs_of(device, *find_backend(device, o.measurement.backend), calibration, o.measurement.threads);
}

}  // namespace slimline
