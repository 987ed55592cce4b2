#include "cli/scenario_options.h"

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/text.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"

namespace slimline {

namespace {

constexpr int most_tokens = 16 << 20;
constexpr int most_batch = 65536;
constexpr int most_threads = 4096;

Format format_of_kv(const std::string& name)
{
    const std::optional<Format> format = format_named(name);
    if (!format) {
        throw InputError("option --kv", "no format '" + printable(name) + "'", did_you_mean(name, format_names()));
    }
    return *format;
}

std::vector<std::string> kinds_of(const Device& device)
{
    std::vector<std::string> kinds;
    for (const Backend& backend : device.backends) {
        kinds.emplace_back(word(backend.kind));
    }
    return kinds;
}

BackendKind backend_of(const Device& device, const std::string& name)
{
    for (const Backend& backend : device.backends) {
        if (name.empty() || word(backend.kind) == name) {
            return backend.kind;
        }
    }
    throw InputError("option --backend", device.id + " has no " + name, "it has: " + joined(kinds_of(device), ", "));
}

Calibration calibration_of(const RunOptions& run, const Device& device, BackendKind backend)
{
    if (run.calibration.empty()) {
        return run.engine == "datasheet" ? datasheet_calibration(backend)
                                         : best_calibration(device, backend, run.engine, run.threads);
    }
    const Calibration chosen = load_calibration(run.calibration, backend);
    if (chosen.backend != backend) {
        throw InputError("option --calibration",
                         "'" + printable(run.calibration) + "' is of a " + std::string(word(chosen.backend)) +
                             ", not of a " + std::string(word(backend)),
                         "choose another, or another --backend");
    }
    return chosen;
}

}  // namespace

Option arch_option(OptionTarget target)
{
    return {.name = "--arch",
            .value_name = "ID|FILE|SHORT",
            .help =
                "architecture: an id of 'slimline list archs', a file (ours, config.json, GGUF), or the short form "
                "L=24,d=2048,h=16,kv=4,hd=128,ffn=5632,V=32000,tied",
            .target = target,
            .required = true,
            .ids_of = "archs",
            .takes_file = true};
}

Option device_option(OptionTarget target)
{
    return {.name = "--device",
            .value_name = "ID|FILE",
            .help = "device: an id of 'slimline list devices', or a file",
            .target = target,
            .required = true,
            .ids_of = "devices",
            .takes_file = true};
}

Option quant_option(OptionTarget target)
{
    return {.name = "--quant",
            .value_name = "NAME",
            .help = "weight format or llama.cpp mix, one of 'slimline list quants', also with formats for classes of "
                    "tensors: Q4_K_M,token_embd=Q8_0; default: a GGUF file's own, else Q4_K_M",
            .target = target,
            .ids_of = "quants"};
}

Option json_option(bool& json)
{
    return {.name = "--json", .help = "write JSON (docs/json.md)", .target = &json};
}

void append_run_options(OptionList& list, RunOptions& run)
{
    const auto words = [&](const char* name, const char* value, const char* help, std::string& target,
                           std::vector<std::string> choices, const char* ids_of = "") {
        list.push_back({.name = name,
                        .value_name = value,
                        .help = help,
                        .target = &target,
                        .choices = std::move(choices),
                        .ids_of = ids_of});
    };
    const auto number = [&](const char* name, const char* help, int& target, int least, int most) {
        list.push_back(
            {.name = name, .value_name = "N", .help = help, .target = &target, .least = least, .most = most});
    };
    words("--backend", "KIND", "processor to run on; default: the device's first", run.backend, {"cpu", "gpu", "npu"});
    words("--kv", "FORMAT", "format of the KV cache", run.kv, {});
    words("--activations", "FORMAT", "what activations are kept in between operators", run.activations,
          {"f32", "f16", "bf16"});
    number("--prompt", "tokens of the prompt", run.prompt, 1, most_tokens);
    number("--generate", "tokens of the answer", run.generate, 1, most_tokens);
    number("--context", "positions the KV cache is allocated for; default: prompt and answer, rounded up to 256",
           run.context, 0, most_tokens);
    number("--batch", "prompts side by side", run.batch, 1, most_batch);
    number("--threads", "CPU threads; default: all cores", run.threads, 0, most_threads);
    number("--ubatch", "prompt tokens processed in one pass", run.ubatch, 1, most_tokens);
    words("--flash-attention", "on|off", "attention without writing the score matrix", run.flash_attention,
          {"on", "off"});
    words("--engine", "NAME", "program that runs the model", run.engine, engine_names());
    words("--calibration", "ID|FILE", "learnt numbers to use; default: the best match, named in the output",
          run.calibration, {}, "calibrations");
}

Scenario scenario(const std::string& arch, const std::string& device, const std::string& quant, const RunOptions& run)
{
    Scenario s;
    StoredModel model = load_model(arch);
    s.arch = std::move(model.architecture);
    s.device = load_device(device);
    s.backend = backend_of(s.device, run.backend);
    s.precision.weights = !quant.empty() ? mix_named(quant) : model.weights.value_or(mix_named("Q4_K_M"));
    s.precision.kv_cache = format_of_kv(run.kv);
    s.precision.activation_bytes = run.activations == "f32" ? 4 : 2;
    s.engine = engine_named(run.engine);
    s.calibration = calibration_of(run, s.device, s.backend);
    s.workload = {.batch = run.batch,
                  .prompt_tokens = run.prompt,
                  .generated_tokens = run.generate,
                  .context = run.context,
                  .threads = run.threads,
                  .ubatch = run.ubatch,
                  .flash_attention = run.flash_attention == "on"};
    const long long needed = static_cast<long long>(run.prompt) + run.generate;
    if (run.context != 0 && needed > run.context) {
        throw InputError("option --context",
                         std::to_string(run.context) + " positions do not hold " + std::to_string(needed) +
                             " tokens (prompt and answer)",
                         "give at least that many");
    }
    return s;
}

}  // namespace slimline
