#include "simulator/sustained.h"

#include "base/text.h"

namespace slimline {

namespace {

Interval widened(const Interval& interval, const SustainedPhase& phase)
{
    return {interval.low / phase.share_high, interval.high / (phase.share_low > 0 ? phase.share_low : phase.share)};
}

std::vector<std::string> notes_on(const SustainedSpeed& speed, const Prediction& p)
{
    std::vector<std::string> notes;
    if (speed.decode.time_constant.value == 0) {
        notes.push_back("no throttling was seen in " + display(speed.length));
    }
    if (!speed.decode.settled || !speed.prefill.settled) {
        notes.push_back("speed was still falling at the end of " + display(speed.length) +
                        ": a longer session would tell more");
    }
    if (speed.prefill.samples == 0) {
        notes.push_back("too few prompts were run: the time to the first token is taken to slow down as decoding does");
    }
    if (p.calibration.threads > 0 && p.workload.threads > 0 && p.calibration.threads != p.workload.threads) {
        notes.push_back("the session ran with " + std::to_string(p.calibration.threads) + " threads");
    }
    return notes;
}

}  // namespace

SustainedAnswer sustained_answer(const Prediction& p, const SustainedSpeed& speed, std::span<const Seconds> after)
{
    const SustainedPhase& decode = speed.decode;
    const SustainedPhase& prefill = speed.prompts();
    SustainedAnswer answer{.learnt = speed,
                           .ttft = p.ttft / prefill.share,
                           .tpot = p.tpot / decode.share,
                           .ttft_90 = widened(p.ttft_90, prefill),
                           .tpot_90 = widened(p.tpot_90, decode),
                           .notes = notes_on(speed, p)};
    answer.total = answer.ttft + (p.total() - p.ttft) / decode.share;
    for (const Seconds each : after) {
        answer.moments.push_back(
            {each, p.ttft / speed_share_after(prefill, each), p.tpot / speed_share_after(decode, each)});
    }
    if (decode.power.value > 0) {
        const Seconds time_of_a_token = answer.tpot / double(p.workload.batch);
        answer.energy_per_token = decode.power * time_of_a_token;
        if (speed.idle_power.value > 0 && speed.idle_power < decode.power) {
            answer.energy_above_idle = (decode.power - speed.idle_power) * time_of_a_token;
        }
    }
    return answer;
}

}  // namespace slimline
