#include "simulator/prediction_json.h"

#include "archspace/architecture_json.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"
#include "simulator/operators.h"

namespace slimline {

namespace {

Json to_json(const OperatorTime& op)
{
    return {{"name", op.name},         {"class", word(op.kernel)}, {"layer_kind", op.layer_kind},
            {"repeats", op.repeats},   {"flops", op.flops.value},  {"bytes", op.bytes().value},
            {"time_s", op.time.value}, {"bound", word(op.bound)},  {"share", op.share}};
}

Json to_json(const Pass& pass)
{
    Json operators = Json::array();
    for (const OperatorTime& op : pass.operators) {
        operators.push_back(to_json(op));
    }
    return {{"time_s", pass.time.value},
            {"fixed_s", pass.fixed.value},
            {"flops", pass.flops.value},
            {"bytes", pass.bytes.value},
            {"operators", std::move(operators)}};
}

Json to_json(const Workload& work)
{
    return {{"batch", work.batch},
            {"prompt_tokens", work.prompt_tokens},
            {"generated_tokens", work.generated_tokens},
            {"context_tokens", work.context},
            {"threads", work.threads},
            {"ubatch_tokens", work.ubatch},
            {"flash_attention", work.flash_attention}};
}

Json to_json(const Precision& precision)
{
    Json overrides = Json::object();
    for (const auto& [role, format] : precision.weights.overrides) {
        overrides[std::string(info(role).suffix)] = info(format).name;
    }
    return {{"weights", precision.weights.name},
            {"importance_matrix", precision.weights.importance_matrix},
            {"weight_overrides", std::move(overrides)},
            {"kv_cache", info(precision.kv_cache).name},
            {"activation_bytes", precision.activation_bytes}};
}

Json to_json(const MemoryPlan& memory)
{
    Json json{{"weights", memory.weights.value},
              {"kv_cache", memory.kv_cache.value},
              {"compute_buffer", memory.compute_buffer.value},
              {"host", memory.host.value},
              {"total", memory.total().value}};
    if (memory.peak_resident.value > 0) {
        json["repacked"] = memory.repacked.value;
        json["peak_resident"] = memory.peak_resident.value;
    }
    return json;
}

Json to_json(const Interval& interval)
{
    return Json::array({interval.low.value, interval.high.value});
}

}  // namespace

Json to_json(const Prediction& p, const Architecture& arch, const Device& device)
{
    Json json;
    json["format"] = "prediction/1";
    json["ttft_s"] = p.ttft.value;
    json["tpot_s"] = p.tpot.value;
    json["prefill_tokens_per_s"] = p.prefill_tokens_per_second();
    json["decode_tokens_per_s"] = p.decode_tokens_per_second();
    json["total_s"] = p.total().value;
    json["energy_j_per_token"] = p.energy_per_token.value;
    json["prefill_energy_j"] = p.prefill_energy.value;
    json["memory_bytes"] = to_json(p.memory);
    json["memory_available_bytes"] = p.memory_available.value;
    json["fits"] = p.fits;
    json["parameters"] = {
        {"total", p.parameters.total}, {"active", p.parameters.active}, {"embedding", p.parameters.embedding}};
    json["interval_90"] = {{"ttft_s", to_json(p.ttft_90)}, {"tpot_s", to_json(p.tpot_90)}};
    json["notes"] = p.notes;
    json["inputs"] = {{"architecture", to_json(arch)},     {"device", to_json(device)},
                      {"backend", word(p.backend)},        {"engine", word(p.engine)},
                      {"precision", to_json(p.precision)}, {"workload", to_json(p.workload)}};
    json["calibration"] = to_json(p.calibration);
    json["prefill"] = to_json(p.prefill);
    json["decode"] = to_json(p.decode);
    return json;
}

}  // namespace slimline
