#include "explorer/search_question.h"

#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
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

constexpr std::pair<std::string_view, BackendKind> backend_words[] = {
    {"cpu", BackendKind::cpu}, {"gpu", BackendKind::gpu}, {"npu", BackendKind::npu}};

/// What a library says about a name that it does not know, at the name's place.
template <class Make>
auto at_place(const JsonPlace& place, Make&& make)
{
    try {
        return make();
    } catch (const InputError& error) {
        place.fail(error.what());
    }
}

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

/// Device, backend, engine and calibration; `workload` is what they run.
Scenario read_run(JsonObject& o, const Workload& workload)
{
    Scenario s;
    const JsonPlace device = o.at("device");
    s.device = at_place(device, [&] { return load_device(device.text()); });
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

struct WeightedWorkload {
    Workload workload;
    double weight = 1;
};

/// One `workload`, or several `workloads`, each with a weight.
std::vector<WeightedWorkload> read_workloads(JsonObject& o)
{
    const auto one = o.find("workload");
    const auto several = o.find("workloads");
    if (one && several) {
        several->fail("says again what \"workload\" says", "leave one out");
    }
    if (!several) {
        return {{one ? read_workload(*one) : Workload{}, 1}};
    }
    std::vector<WeightedWorkload> all;
    for (const JsonPlace& item : several->items()) {
        JsonObject each(item);
        const double weight = each.number_or("weight", 1, Range::positive());
        const JsonPlace workload = each.at("workload");
        each.done();
        all.push_back({read_workload(workload), weight});
    }
    if (all.empty()) {
        several->fail("has no workloads", "name at least one");
    }
    return all;
}

/// The devices of `fleet`, or the one of the document itself; each under every workload.
std::vector<WeightedRun> read_runs(JsonObject& o)
{
    constexpr std::size_t most_runs = 8;
    const std::vector<WeightedWorkload> workloads = read_workloads(o);
    std::vector<WeightedRun> runs;
    const auto fleet = o.find("fleet");
    const auto add = [&](JsonObject& device, double weight) {
        for (const WeightedWorkload& each : workloads) {
            runs.push_back({read_run(device, each.workload), weight * each.weight});
        }
    };
    if (!fleet) {
        add(o, 1);
    } else {
        if (o.has("device")) {
            fleet->fail("names devices beside \"device\"", "put that one into the fleet");
        }
        for (const JsonPlace& item : fleet->items()) {
            JsonObject device(item);
            const double weight = device.number_or("weight", 1, Range::positive());
            add(device, weight);
            device.done();
        }
    }
    if (runs.empty() || runs.size() > most_runs) {
        o.place().fail("asks for " + std::to_string(runs.size()) + " runs of each design",
                       "name one to " + std::to_string(most_runs) + " devices times workloads");
    }
    return runs;
}

constexpr std::pair<std::string_view, Across> across_words[] = {{"worst", Across::worst}, {"mean", Across::mean}};

/// Runs of several devices or workloads, and devices made of others.
void read_where(JsonObject& o, SearchQuestion& q)
{
    std::vector<WeightedRun> runs = read_runs(o);
    q.run = runs.front().run;
    if (runs.size() > 1) {
        q.fleet = std::move(runs);
    }
    if (const auto across = o.find("across")) {
        q.across = across->one_of<Across>(across_words);
    }
    if (const auto hardware = o.find("hardware")) {
        if (o.has("fleet")) {
            hardware->fail("changes one device, and there is a fleet", "leave one out");
        }
        q.hardware = read_hardware(*hardware, q.run);
    }
}

/// A price or power that nobody said is no 0.
void require_known(const SearchQuestion& q, DesignMetric metric, std::string_view name, double of_device,
                   const JsonPlace& place)
{
    const bool asked = std::ranges::find(q.objectives, metric) != q.objectives.end() ||
                       std::ranges::any_of(q.limits, [&](const Limit& l) { return l.metric == metric; });
    const bool said = std::ranges::find(q.hardware.names, name) != q.hardware.names.end();
    const bool known = q.fleet.empty() && q.hardware.empty() && of_device > 0;
    if (asked && !said && !known) {
        place.fail("nothing says the " + std::string(name) + " of a device",
                   "give \"" + std::string(name) + "\" under \"hardware\", a value or a formula");
    }
}

/// Everything that an answer follows from.
std::uint64_t identity_of(const SearchQuestion& q, const Json& document)
{
    std::uint64_t identity = seed_of(0, document.dump());
    const auto add = [&](const Scenario& run) {
        identity = seed_of(identity, to_json(run.device).dump());
        identity = seed_of(identity, to_json(run.calibration).dump());
    };
    add(q.run);
    for (const WeightedRun& each : q.fleet) {
        add(each.run);
    }
    return seed_of(identity, to_json(q.law).dump());
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

bool per_character(DesignMetric metric)
{
    return metric == DesignMetric::tpot_per_character || metric == DesignMetric::loss_per_character;
}

}  // namespace

std::string_view word(DesignMetric metric)
{
    return word_of<DesignMetric>(metric, metric_words);
}

SearchQuestion read_search(const JsonPlace& place)
{
    JsonObject o(place);
    o.ignore("$schema");
    expect_format(o, "search/1");
    SearchQuestion q;
    q.name = o.text_or("name", "");
    o.ignore("note");
    q.space = read_space(o);
    read_where(o, q);
    const JsonPlace objectives = o.at("objectives");
    for (const JsonPlace& item : objectives.items()) {
        const DesignMetric metric = item.one_of<DesignMetric>(metric_words);
        if (std::ranges::find(q.objectives, metric) != q.objectives.end()) {
            item.fail("stands here twice", "leave one out");
        }
        q.objectives.push_back(metric);
    }
    if (q.objectives.empty()) {
        objectives.fail("there is nothing to compare by", "name one or more, as \"tpot_s\" and \"loss\"");
    }
    if (const auto limits = o.find("limits")) {
        q.limits = read_limits(*limits);
    }
    const auto law = o.find("law");
    const std::string law_name = law ? law->text() : std::string(default_law_id);
    q.law = law ? at_place(*law, [&] { return load_law(law_name); }) : load_law(law_name);
    if (q.law.gives() != LawGives::loss && q.law.gives() != LawGives::multiplier) {
        law->fail("'" + q.law.id + "' gives no loss but " + q.law.unit,
                  "name a law that gives one, as " + std::string(default_law_id));
    }
    q.tokens = o.number_or("tokens", 1e12, Range::positive());
    q.must_fit = o.boolean_or("must_fit", true);
    const auto asks = [&](auto&& wanted) {
        return std::ranges::any_of(q.objectives, wanted) ||
               std::ranges::any_of(q.limits, [&](const Limit& l) { return wanted(l.metric); });
    };
    if (asks(per_character)) {
        q.text_rate = load_law("vocabulary-tokens");
    }
    o.done();
    require_known(q, DesignMetric::price, "price_USD", q.run.device.price_usd, place);
    require_known(q, DesignMetric::power, "power_W", busy_power(q.run), place);
    q.identity = identity_of(q, place.value());
    return q;
}

double busy_power(const Scenario& run)
{
    const Backend* backend = find_backend(run.device, run.backend);
    return backend == nullptr ? 0 : backend->power.value;
}

}  // namespace slimline
