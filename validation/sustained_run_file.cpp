#include "validation/sustained_run_file.h"

#include "archspace/architecture_json.h"

namespace slimline {

namespace {

sustained::Session read_session(const JsonPlace& place)
{
    using namespace sustained;
    JsonObject object(place);
    const Session session{.seconds = object.number("seconds", {0, most_session_s}),
                          .every_s = object.number("every_s", {least_every_s, most_every_s}),
                          .rest_s = object.number("rest_s", {0, most_session_s}),
                          .tokens = int(object.integer("tokens", 1, 1 << 24)),
                          .past = int(object.integer("past", 0, 1 << 24)),
                          .prompt = int(object.integer("prompt", 0, 1 << 24))};
    object.done();
    return session;
}

Json session_json(const sustained::Session& session)
{
    return {{"seconds", session.seconds}, {"every_s", session.every_s}, {"rest_s", session.rest_s},
            {"tokens", session.tokens},   {"past", session.past},       {"prompt", session.prompt}};
}

}  // namespace

Json to_json(const SustainedRun& run)
{
    Json json{{"format", "sustained_run/1"},
              {"engine", run.engine},
              {"engine_version", run.version},
              {"device", run.device},
              {"threads", run.threads},
              {"model", run.model},
              {"architecture", to_json(run.arch)},
              {"mix", run.mix},
              {"session", session_json(run.session)},
              {"sensors", to_json(run.sensors)},
              {"cut_short", run.cut_short}};
    if (!run.failure.empty()) {
        json["failure"] = run.failure;
    }
    json["samples"] = Json::array();
    for (const sustained::Sample& sample : run.samples) {
        json["samples"].push_back(to_json(sample));
    }
    return json;
}

SustainedRun read_sustained_run(const JsonPlace& place)
{
    JsonObject object(place);
    expect_format(object, "sustained_run/1");
    SustainedRun run{.engine = object.text("engine"),
                     .version = object.text("engine_version"),
                     .device = object.text("device"),
                     .threads = int(object.integer("threads", 1, 4096)),
                     .model = object.text("model"),
                     .arch = read_architecture(object.at("architecture")),
                     .mix = object.text("mix"),
                     .session = read_session(object.at("session")),
                     .sensors = sustained::read_sensor_list(object.at("sensors")),
                     .cut_short = object.boolean_or("cut_short", false),
                     .failure = object.text_or("failure", "")};
    for (const JsonPlace& each : object.at("samples").items()) {
        run.samples.push_back(sustained::read_sample(each));
        if (run.samples.size() > 1 && run.samples.back().start_s < run.samples[run.samples.size() - 2].end_s) {
            each.fail("begins before the one before it ends");
        }
    }
    object.done();
    return run;
}

}  // namespace slimline
