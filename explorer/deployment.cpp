#include "explorer/deployment.h"

namespace slimline {

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
        result.fine_tuning = fine_tuning_step(s.arch, s.precision, s.device, s.backend, s.workload, s.engine, s.calibration,
                                              *question.fine_tuning, question.lora_rank);
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
    return json;
}

}  // namespace slimline
