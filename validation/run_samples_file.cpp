#include "validation/run_samples_file.h"

#include "archspace/architecture_json.h"

namespace slimline {

namespace {

constexpr std::pair<std::string_view, Phase> phase_words[] = {{"decode", Phase::decode}, {"prefill", Phase::prefill}};
constexpr Range time_s{1e-12, 1e6};

PlannedModel read_model(const JsonPlace& place)
{
    JsonObject object(place);
    PlannedModel planned;
    planned.model.arch = read_architecture(object.at("architecture"));
    planned.model.mix = object.text("mix");
    planned.model.context = int(object.integer("context", 1, 1 << 24));
    planned.model.chunk = int(object.integer("chunk", 1, 1 << 24));
    object.done();
    return planned;
}

SampledCase read_case(const JsonPlace& place, std::size_t models)
{
    JsonObject object(place);
    SampledCase sampled;
    sampled.model = std::size_t(object.integer("model", 0, std::int64_t(models) - 1));
    sampled.test.phase = object.one_of<Phase>("phase", phase_words);
    sampled.test.tokens = int(object.integer("tokens", 1, 1 << 24));
    sampled.test.past = int(object.integer("past", 0, 1 << 24));
    sampled.test.threads = int(object.integer("threads", 1, 4096));
    sampled.test.batch = int(object.integer_or("batch", 1, 1, 4096));
    for (const JsonPlace& each : object.at("seconds").items()) {
        sampled.seconds.push_back(each.number(time_s));
    }
    if (sampled.seconds.empty()) {
        place.fail("has no time", "leave the case out");
    }
    if (const auto stages = object.find("stages_s")) {
        for (const auto& [name, seconds] : stages->members()) {
            sampled.stages.push_back({name, seconds.number({0, 1e6})});
        }
    }
    object.done();
    return sampled;
}

}  // namespace

Json to_json(const KeptRuns& runs)
{
    Json json{{"format", "engine_runs/1"}, {"engine", runs.engine}, {"engine_version", runs.version}, {"device", runs.device}};
    json["models"] = Json::array();
    for (const PlannedModel& each : runs.plan) {
        json["models"].push_back({{"architecture", to_json(each.model.arch)},
                                  {"mix", each.model.mix},
                                  {"context", each.model.context},
                                  {"chunk", each.model.chunk}});
    }
    json["cases"] = Json::array();
    for (const SampledCase& each : runs.sampling.cases) {
        Json row{{"model", each.model},
                 {"phase", std::string(word_of<Phase>(each.test.phase, phase_words))},
                 {"tokens", each.test.tokens},
                 {"past", each.test.past},
                 {"threads", each.test.threads},
                 {"batch", each.test.batch},
                 {"seconds", each.seconds}};
        for (const TimedOperator& stage : each.stages) {
            row["stages_s"][stage.name] = stage.seconds;
        }
        json["cases"].push_back(std::move(row));
    }
    return json;
}

KeptRuns read_kept_runs(const JsonPlace& place)
{
    JsonObject object(place);
    expect_format(object, "engine_runs/1");
    KeptRuns runs{.engine = object.text("engine"), .version = object.text("engine_version"), .device = object.text("device")};
    for (const JsonPlace& each : object.at("models").items()) {
        runs.plan.push_back(read_model(each));
    }
    for (const JsonPlace& each : object.at("cases").items()) {
        runs.sampling.cases.push_back(read_case(each, runs.plan.size()));
    }
    object.done();
    runs.sampling.memory.resize(runs.plan.size());
    runs.sampling.repeatability = repeatability_of(runs.sampling.cases);
    return runs;
}

}  // namespace slimline
