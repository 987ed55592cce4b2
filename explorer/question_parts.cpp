#include "explorer/question_parts.h"

#include <algorithm>

#include "base/errors.h"
#include "base/text.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "simulator/engine.h"

namespace slimline {

namespace {

constexpr std::pair<std::string_view, DesignMetric> metric_words[] = {
    {"ttft_s", DesignMetric::ttft},
    {"tpot_s", DesignMetric::tpot},
    {"total_s", DesignMetric::total},
    {"energy_j_per_token", DesignMetric::energy},
    {"memory_bytes", DesignMetric::memory},
    {"loss", DesignMetric::loss},
    {"parameters", DesignMetric::parameters},
    {"active_parameters", DesignMetric::active_parameters},
    {"tpot_s_per_character", DesignMetric::tpot_per_character},
    {"loss_per_character", DesignMetric::loss_per_character},
    {"memory_share", DesignMetric::memory_share},
    {"price_USD", DesignMetric::price},
    {"power_W", DesignMetric::power}};
static_assert(std::size(metric_words) == metric_count);

}  // namespace

Workload read_workload(const JsonPlace& place)
{
    constexpr int most = 16 << 20;
    JsonObject o(place);
    Workload w;
    w.prompt_tokens = int(o.integer_or("prompt_tokens", w.prompt_tokens, 1, most));
    w.generated_tokens = int(o.integer_or("generated_tokens", w.generated_tokens, 1, most));
    w.context = int(o.integer_or("context_tokens", 0, 0, most));
    w.batch = int(o.integer_or("batch", 1, 1, 65536));
    w.threads = int(o.integer_or("threads", 0, 0, 4096));
    w.ubatch = int(o.integer_or("ubatch_tokens", w.ubatch, 1, most));
    w.flash_attention = o.boolean_or("flash_attention", true);
    o.done();
    if (w.context != 0 && w.prompt_tokens + w.generated_tokens > w.context) {
        place.fail("the context does not hold prompt and answer", "give a larger \"context_tokens\"");
    }
    return w;
}

Scenario read_run(JsonObject& o, const Workload& workload)
{
    Scenario s;
    const JsonPlace device = o.at("device");
    s.device = read_device_reference(device);
    s.backend = s.device.backends.empty() ? BackendKind::cpu : s.device.backends.front().kind;
    if (const auto backend = o.find("backend")) {
        s.backend = backend->one_of<BackendKind>(backend_words);
        if (find_backend(s.device, s.backend) == nullptr) {
            backend->fail(s.device.id + " has no " + std::string(word(s.backend)), "see 'slimline list backends'");
        }
    }
    const auto engine = o.find("engine");
    const std::string engine_name = engine ? engine->text() : "llama.cpp";
    s.engine = engine ? at_place(*engine, [&] { return engine_named(engine_name); }) : Engine::llama_cpp;
    s.workload = workload;
    if (const auto calibration = o.find("calibration")) {
        s.calibration = at_place(*calibration, [&] { return load_calibration(calibration->text(), s.backend); });
    } else {
        s.calibration = engine_name == "datasheet"
                            ? datasheet_calibration(s.backend)
                            : best_calibration(s.device, s.backend, engine_name, s.workload.threads);
    }
    return s;
}

std::vector<Limit> read_limits(const JsonPlace& place)
{
    std::vector<Limit> limits;
    for (const auto& [name, each] : place.members()) {
        Limit limit;
        std::vector<std::string> known;
        bool found = false;
        for (const auto& [metric_word, metric] : metric_words) {
            known.emplace_back(metric_word);
            if (metric_word == name) {
                limit.metric = metric;
                found = true;
            }
        }
        if (!found) {
            each.fail("there is nothing called '" + printable(name) + "' to limit", did_you_mean(name, known));
        }
        JsonObject o(each);
        limit.least = o.number_or("least", limit.least);
        limit.most = o.number_or("most", limit.most);
        o.done();
        if (limit.least > limit.most) {
            each.fail("nothing is at least the one and at most the other", "swap \"least\" and \"most\"");
        }
        limits.push_back(limit);
    }
    return limits;
}

std::vector<DesignMetric> read_objectives(const JsonPlace& place)
{
    std::vector<DesignMetric> objectives;
    for (const JsonPlace& item : place.items()) {
        const DesignMetric metric = item.one_of<DesignMetric>(metric_words);
        if (std::ranges::find(objectives, metric) != objectives.end()) {
            item.fail("stands here twice", "leave one out");
        }
        objectives.push_back(metric);
    }
    if (objectives.empty()) {
        place.fail("there is nothing to compare by", "name one or more, as \"tpot_s\" and \"loss\"");
    }
    return objectives;
}

Law read_loss_law(JsonObject& question)
{
    const auto place = question.find("law");
    const std::string name = place ? place->text() : std::string(default_law_id);
    const Law law = place ? at_place(*place, [&] { return load_law(name); }) : load_law(name);
    if (law.gives() != LawGives::loss && law.gives() != LawGives::multiplier) {
        place->fail("'" + law.id + "' gives no loss but " + law.unit,
                    "name a law that gives one, as " + std::string(default_law_id));
    }
    return law;
}

std::string_view word(DesignMetric metric)
{
    return word_of<DesignMetric>(metric, metric_words);
}

}  // namespace slimline
