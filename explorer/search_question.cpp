#include "explorer/search_question.h"

#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
#include "explorer/question_parts.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"

namespace slimline {

namespace {

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

bool per_character(DesignMetric metric)
{
    return metric == DesignMetric::tpot_per_character || metric == DesignMetric::loss_per_character;
}

}  // namespace

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
    q.objectives = read_objectives(o.at("objectives"));
    if (const auto limits = o.find("limits")) {
        q.limits = read_limits(*limits);
    }
    q.law = read_loss_law(o);
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
