#include "explorer/deployment.h"

#include "base/errors.h"

namespace slimline {

namespace {

SustainedAnswer sustained_of(const std::vector<Seconds>& after, const Prediction& prediction)
{
    const Calibration& calibration = prediction.calibration;
    if (!calibration.sustained) {
        throw InputError("calibration " + calibration.id, "no long session was measured for it",
                         "measure one: slimline calibrate --sustained 5m");
    }
    return sustained_answer(prediction, *calibration.sustained, after);
}

Json to_json(const Interval& interval)
{
    return Json::array({interval.low.value, interval.high.value});
}

Json to_json(const SustainedAnswer& a)
{
    const SustainedPhase& decode = a.learnt.decode;
    const SustainedPhase& prefill = a.learnt.prompts();
    const auto or_null = [](const std::optional<Joules>& energy) {
        return energy ? Json(energy->value) : Json(nullptr);
    };
    Json json{{"ttft_s", a.ttft.value},
              {"tpot_s", a.tpot.value},
              {"total_s", a.total.value},
              {"interval_90", {{"ttft_s", to_json(a.ttft_90)}, {"tpot_s", to_json(a.tpot_90)}}},
              {"decode_share", decode.share},
              {"prefill_share", prefill.share},
              {"decode_time_constant_s", decode.time_constant.value},
              {"prefill_time_constant_s", prefill.time_constant.value},
              {"energy_j_per_token", or_null(a.energy_per_token)},
              {"energy_above_idle_j_per_token", or_null(a.energy_above_idle)}};
    json["after"] = Json::array();
    for (const SustainedMoment& each : a.moments) {
        json["after"].push_back(
            {{"after_s", each.after.value}, {"ttft_s", each.ttft.value}, {"tpot_s", each.tpot.value}});
    }
    json["notes"] = a.notes;
    return json;
}

}  // namespace

DeploymentAnswer answer(const DeploymentQuestion& question, const Scenario& s, const Prediction& prediction)
{
    DeploymentAnswer result;
    if (question.draft) {
        result.speculative = predict_speculative(s.arch, *question.draft, s.precision, s.device, s.backend, s.workload,
                                                 s.engine, s.calibration, question.speculation);
    }
    if (question.resident) {
        result.storage = decode_from_storage(prediction, s.device, *question.resident);
    }
    if (question.fine_tuning) {
        result.fine_tuning = fine_tuning_step(s.arch, s.precision, s.device, s.backend, s.workload, s.engine,
                                              s.calibration, *question.fine_tuning, question.lora_rank);
    }
    if (question.sustained) {
        result.sustained = sustained_of(*question.sustained, prediction);
    }
    return result;
}

Json to_json(const DeploymentAnswer& a)
{
    Json json = Json::object();
    if (a.speculative) {
        json["speculative"] = {{"draft_step_s", a.speculative->draft_step.value},
                               {"verify_step_s", a.speculative->verify_step.value},
                               {"tokens_per_step", a.speculative->tokens},
                               {"tpot_s", a.speculative->tpot.value},
                               {"speedup", a.speculative->speedup}};
    }
    if (a.storage) {
        json["storage"] = {{"flash_bytes_per_token", a.storage->from_flash.value},
                           {"flash_s", a.storage->flash_time.value},
                           {"tpot_s", a.storage->tpot.value}};
    }
    if (a.fine_tuning) {
        json["fine_tuning"] = {{"step_s", a.fine_tuning->time.value},
                               {"flops", a.fine_tuning->flops.value},
                               {"memory_bytes", a.fine_tuning->memory.value}};
    }
    if (a.sustained) {
        json["sustained"] = to_json(*a.sustained);
    }
    return json;
}

}  // namespace slimline
