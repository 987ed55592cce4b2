#include "simulator/predict.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"
#include "simulator/energy.h"
#include "simulator/engine.h"
#include "simulator/graph.h"
#include "simulator/memory_plan.h"
#include "simulator/pass_setup.h"
#include "simulator/passes.h"

namespace slimline {

namespace {

Bound bound_of(const OperatorSeconds& parts)
{
    if (parts.launch >= std::max(parts.memory, parts.compute)) {
        return Bound::overhead;
    }
    return parts.memory >= parts.compute ? Bound::memory : Bound::compute;
}

/// Adds a graph's operators, `passes` times, to the report: equal operators of equal layers become one row.
void add_operators(Pass& pass, const Architecture& arch, const OperatorGraph& graph, double passes)
{
    for (const OperatorVertex v : boost::make_iterator_range(boost::vertices(graph))) {
        const OperatorNode& node = graph[v];
        const std::string_view layer_kind = node.layer < 0 ? std::string_view{} : arch.blocks[node.block].name;
        const std::string_view operator_name = name(node.cost.kind);
        auto row = std::find_if(pass.operators.begin(), pass.operators.end(), [&](const OperatorTime& o) {
            return o.name == operator_name && o.layer_kind == layer_kind && o.kernel == node.cost.kernel;
        });
        if (row == pass.operators.end()) {
            pass.operators.push_back({.name = std::string(operator_name), .kernel = node.cost.kernel, .layer_kind = std::string(layer_kind),
                                      .repeats = 0});
            row = pass.operators.end() - 1;
        }
        const double times = node.cost.count * passes;
        row->repeats += times;
        row->flops.value += times * node.cost.flops;
        row->weight_bytes.value += times * node.cost.weight_bytes;
        row->kv_bytes.value += times * node.cost.kv_bytes;
        row->activation_bytes.value += times * node.cost.activation_bytes;
        row->time.value += passes * node.seconds;
        row->memory_time.value += times * node.parts.memory;
        row->compute_time.value += times * node.parts.compute;
        row->launch_time.value += times * node.parts.launch;
    }
}

void finish(Pass& pass)
{
    pass.time = pass.fixed;
    for (const OperatorTime& o : pass.operators) {
        pass.time += o.time;
        pass.flops += o.flops;
        pass.bytes += o.bytes();
    }
    for (OperatorTime& o : pass.operators) {
        o.bound = bound_of({o.memory_time.value, o.compute_time.value, o.launch_time.value});
        o.share = pass.time.value > 0 ? o.time / pass.time : 0;
    }
}

Workload with_defaults(Workload workload)
{
    workload.context = cache_positions(workload);
    return workload;
}

void check(const Workload& w)
{
    const auto positive = [](int value, const char* what) {
        if (value < 1) {
            throw InputError("", fmt::format("{} must be at least 1, not {}", what, value));
        }
    };
    positive(w.batch, "batch");
    positive(w.ubatch, "ubatch");
    if (w.prompt_tokens < 0 || w.generated_tokens < 0 || w.prompt_tokens + w.generated_tokens < 1) {
        throw InputError("", "prompt and generated tokens must not be negative, and not both 0");
    }
}

std::vector<std::string> notes_of(const Architecture& arch, const Device& device, const Workload& workload,
                                  const Calibration& calibration, const Prediction& p)
{
    std::vector<std::string> notes;
    if (!device.unverified.empty()) {
        notes.push_back(fmt::format("{} numbers of {} are unverified ({} ...)", device.unverified.size(), device.id,
                                    device.unverified.front()));
    }
    if (!arch.unverified.empty()) {
        notes.push_back(fmt::format("{} fields of {} are unverified", arch.unverified.size(), arch.id));
    }
    if (calibration.engine == "datasheet") {
        notes.push_back("datasheet only: no measurement backs these times, so the interval is wide");
    } else if (calibration.device.empty()) {
        notes.push_back("not calibrated on this device: efficiencies are pooled over others of its kind");
    } else if (p.engine != Engine::datasheet && calibration.engine != word(p.engine)) {
        notes.push_back(fmt::format("calibrated with another engine, {}: its efficiencies are taken for those of {}",
                                    calibration.engine, word(p.engine)));
    }
    if (workload.prompt_tokens + workload.generated_tokens > arch.max_context) {
        notes.push_back(fmt::format("prompt and answer are longer than the {} positions the model was made for", arch.max_context));
    }
    if (!p.fits) {
        notes.push_back("does not fit: needs " + display(p.memory.total()) + " of " + display(p.memory_available));
    }
    return notes;
}

}  // namespace

Interval interval_of(Seconds time, const Residuals& residuals)
{
    return {time * std::exp(residuals.log_low), time * std::exp(residuals.log_high)};
}

Prediction predict(const Architecture& arch, const Precision& precision, const Device& device, BackendKind backend_kind,
                   const Workload& asked, Engine engine, const Calibration& calibration)
{
    check(asked);
    const Backend& backend = require_backend(device, backend_kind);

    Prediction p;
    p.architecture = arch.id;
    p.device = device.id;
    p.backend = backend_kind;
    p.engine = engine;
    p.precision = precision;
    p.workload = with_defaults(asked);
    p.calibration = calibration;
    p.parameters = parameter_count(arch);

    const auto [roofs, rules, model, factors] = pass_setup(arch, precision, device, backend, asked, engine, calibration);
    double activation_peak = 0;
    for (const PassSeries& series : prefill_series(asked, model.last_layer)) {
        if (series.passes > 0) {
            const OperatorGraph graph = build_graph(arch, model, rules, roofs, factors.prefill, series);
            add_operators(p.prefill, arch, graph, series.passes);
            p.prefill.fixed.value += series.passes * roofs.seconds_per_pass;
            activation_peak = std::max(activation_peak, peak_activation_bytes(graph));
        }
    }
    p.prefill.fixed.value += asked.prompt_tokens > 0 ? roofs.seconds_per_prompt : 0;
    const OperatorGraph step = build_graph(arch, model, rules, roofs, factors.decode, decode_series(asked));
    add_operators(p.decode, arch, step, 1);
    p.decode.fixed.value = roofs.seconds_per_pass;
    activation_peak = std::max(activation_peak, peak_activation_bytes(step));
    finish(p.prefill);
    finish(p.decode);

    p.ttft = p.prefill.time;
    p.tpot = p.decode.time;
    p.ttft_90 = interval_of(p.ttft, calibration.prefill);
    p.tpot_90 = interval_of(p.tpot, calibration.decode);
    const EnergyRates energy = energy_rates(device, backend);
    p.prefill_energy = energy_of(p.prefill.time, p.prefill.bytes, p.prefill.flops, energy);
    p.energy_per_token = energy_of(p.decode.time, p.decode.bytes, p.decode.flops, energy) / double(asked.batch);

    p.memory = engine == Engine::llama_cpp ? llama_memory_plan(arch, precision, p.workload, backend)
                                           : minimal_memory_plan(arch, precision, p.workload, engine, activation_peak);
    p.memory_available = memory_for(device, backend);
    p.fits = p.memory_available.value <= 0 || p.memory.total() <= p.memory_available;
    p.notes = notes_of(arch, device, asked, calibration, p);
    return p;
}

}  // namespace slimline
