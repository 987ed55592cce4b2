#include "gui/viewmodel/measured_passes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "validation/observation.h"

namespace slimline::gui {

namespace {

MeasuredPass pass_of(const Observation& o)
{
    double flops = 0;
    double bytes = 0;
    for (const OperatorCost& cost : o.costs) {
        flops += cost.count * cost.flops;
        bytes += cost.count * (cost.weight_bytes + cost.kv_bytes + cost.activation_bytes);
    }
    const Measurement& m = o.measurement;
    const bool decode = o.phase == Phase::decode;
    return {.decode = decode,
            .flops_per_byte = flops / bytes,
            .flops_per_s = flops / o.seconds,
            .label = fmt::format("measured: {} {}\n{} in {}, {}{}\n{}", display(Seconds{o.seconds}), decode ? "a token" : "to the first token",
                                 m.model, m.quant, m.engine, m.engine_version.empty() ? "" : " " + m.engine_version, m.source)};
}

}  // namespace

MeasuredKey measured_key(const SessionState& state)
{
    const bool as_loaded = state.scenario.arch == state.base_arch && state.scenario.device == state.base_device;
    return as_loaded ? MeasuredKey{state.scenario.arch.id, state.scenario.device.id, state.scenario.backend} : MeasuredKey{};
}

std::vector<MeasuredPass> measured_passes(const std::vector<Measurement>& all, const MeasuredKey& key)
{
    std::vector<Measurement> own;
    std::ranges::copy_if(all, std::back_inserter(own), [&](const Measurement& m) {
        return !key.architecture.empty() && m.architecture == key.architecture && m.device == key.device && m.backend == key.backend;
    });
    std::vector<MeasuredPass> passes;
    for (const Observation& o : observe(own).used) {
        MeasuredPass pass = pass_of(o);
        if (pass.flops_per_byte > 0 && pass.flops_per_s > 0) {
            passes.push_back(std::move(pass));
        }
    }
    return passes;
}

}  // namespace slimline::gui
