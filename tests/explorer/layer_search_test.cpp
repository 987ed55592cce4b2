#include "explorer/layer_search.h"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "explorer/layer_evolution.h"
#include "explorer/pareto.h"

using namespace slimline;
using Catch::Contains;

namespace {

/// Five layers of three kinds on a Jetson, whose costs are sums.
Json small()
{
    return Json::parse(R"q({"format": "layer_search/1", "device": "jetson-orin-nx-16gb", "d_model": 512, "vocabulary": 4096,
      "workload": {"prompt_tokens": 600, "generated_tokens": 64}, "layers": 5, "weights": "Q4_0",
      "kinds": {"full": {"block": {"attention": {"heads": 8, "kv_heads": 2, "head_dim": 64}, "ffn": {"width": 2048}}},
                "local": {"block": {"attention": {"heads": 8, "kv_heads": 2, "head_dim": 64, "window": 128}, "ffn": {"width": 1024}}},
                "attention": {"block": {"attention": {"heads": 8, "kv_heads": 2, "head_dim": 64}}}},
      "objectives": ["tpot_s", "loss"], "law": "chinchilla-besiroglu"})q");
}

LayerQuestion layer_question(const Json& json)
{
    const JsonDocument document = parse_json("layers.json", json.dump());
    return read_layer_search(JsonPlace(document));
}

std::string layer_complaint(const Json& json)
{
    try {
        layer_question(json);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::vector<double> objectives(const LayerQuestion& q, const Measures& m)
{
    std::vector<double> values;
    for (const DesignMetric each : q.objectives) {
        values.push_back(m[std::size_t(each)]);
    }
    return values;
}

/// Every allowed stack within the limits, predicted one by one.
std::vector<std::vector<double>> all_stacks(const LayerQuestion& q)
{
    std::vector<std::vector<double>> all;
    LayerStack stack(q.allowed.size(), 0);
    while (true) {
        if (is_allowed(q, stack)) {
            const Measures m = layer_measures(q, stack);
            if (within_limits(q, m) && !std::isnan(m[std::size_t(DesignMetric::loss)])) {
                all.push_back(objectives(q, m));
            }
        }
        std::size_t i = 0;
        while (i < stack.size() && ++stack[i] == int(q.kinds.size())) {
            stack[i++] = 0;
        }
        if (i == stack.size()) {
            return all;
        }
    }
}

bool beats(const std::vector<double>& a, const std::vector<double>& b)
{
    bool somewhere = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double margin = 1e-8 * std::max(std::abs(a[i]), std::abs(b[i]));
        if (a[i] > b[i] + margin) {
            return false;
        }
        somewhere = somewhere || a[i] < b[i] - margin;
    }
    return somewhere;
}

/// No stack beats one of the front, and each is beaten or equalled by one of it.
void check_exact(const Json& json)
{
    CAPTURE(json.dump());
    const LayerQuestion q = layer_question(json);
    const LayerSearchResult r = layer_search(q);
    CAPTURE(r.why_not_exact);
    REQUIRE(r.exact);
    const auto all = all_stacks(q);
    CHECK(r.front.empty() == all.empty());
    for (const FoundStack& each : r.front) {
        CHECK(is_allowed(q, each.stack));
        const std::vector<double> mine = objectives(q, each.measures);
        CHECK(std::ranges::none_of(all, [&](const auto& other) { return beats(other, mine); }));
    }
    for (const std::vector<double>& each : all) {
        CHECK(std::ranges::any_of(r.front, [&](const FoundStack& found) { return !beats(each, objectives(q, found.measures)) &&
            std::ranges::equal(objectives(q, found.measures), each, [](double a, double b) { return a <= b * (1 + 1e-8); }); }));
    }
}

}  // namespace

TEST_CASE("the front of unlike layers is that of every sequence predicted one by one", "[explorer][layers]")
{
    check_exact(small());
    Json j = small();
    j["objectives"] = {"tpot_s", "ttft_s", "loss"};
    check_exact(j);
    j["device"] = "meizu-18-pro";
    j["objectives"] = {"energy_j_per_token", "loss"};
    check_exact(j);
}

TEST_CASE("order, counts, places and limits of layers are kept", "[explorer][layers]")
{
    Json j = small();
    j["order"] = "ascending";
    check_exact(j);
    j = small();
    j["kinds"]["full"]["at_least"] = 2;
    j["kinds"]["attention"]["at_most"] = 1;
    check_exact(j);
    j["places"] = Json::array({{{"from", 1}, {"kinds", {"local"}}}, {{"from", 4}, {"to", 5}, {"kinds", {"full", "attention"}}}});
    check_exact(j);
    const double fastest = layer_search(layer_question(j)).front.front().measures[std::size_t(DesignMetric::tpot)];
    j["limits"] = {{"tpot_s", {{"most", 1.05 * fastest}}}};
    check_exact(j);
    j["limits"] = {{"tpot_s", {{"most", 0.9 * fastest}}}};
    CHECK(layer_search(layer_question(j)).front.empty());
}

TEST_CASE("scores of a person's own, by kind and place, decide exactly", "[explorer][layers]")
{
    Json j = small();
    j["scores"] = {{"full", 0}, {"local", {0.5, 0.1, 0.1, 0.1, 0.3}}, {"attention", 0.4}};
    check_exact(j);
    const LayerSearchResult r = layer_search(layer_question(j));
    CHECK(r.front.back().measures[std::size_t(DesignMetric::loss)] == 0);
    CHECK(r.front.back().stack == LayerStack(5, 0));
}

TEST_CASE("a front of a space that nobody can enumerate bounds every stack of it", "[explorer][layers]")
{
    Json j = small();
    j["layers"] = 40;
    const LayerQuestion q = layer_question(j);
    const LayerSearchResult r = layer_search(q);
    REQUIRE(r.exact);
    CHECK(r.sequences == std::pow(3.0, 40));
    for (std::uint64_t seed = 100; seed < 140; ++seed) {
        const auto other = objectives(q, layer_measures(q, random_stack(q, seed)));
        CHECK(std::ranges::none_of(r.front, [&](const FoundStack& each) { return beats(other, objectives(q, each.measures)); }));
    }
}

TEST_CASE("the example of layers is proven, and its fastest stack has as few full layers as it may", "[explorer][layers]")
{
    const JsonDocument document = load_json(std::string(SLIMLINE_SOURCE_DIR) + "/examples/layers-on-a-jetson.json");
    const LayerQuestion q = read_layer_search(JsonPlace(document));
    const LayerSearchResult r = layer_search(q);
    CHECK(r.exact);
    CHECK(r.sequences == 2 * std::pow(5.0, 23));
    REQUIRE(r.front.size() > 10);
    CHECK(std::ranges::count(r.front.front().stack, 0) == 2);
    CHECK(layers_text(q, {0, 0, 2, 2, 2, 0}) == "2*full-narrow, 3*local-narrow, 1*full-narrow");
}

TEST_CASE("what no sum decides is evolved, and told beside what is possible at most", "[explorer][layers]")
{
    if (!has_evolution()) {
        WARN("built without pagmo: not checked");
        return;
    }
    for (const char* method : {"nsga2", "moead"}) {
        CAPTURE(method);
        Json j = small();
        j["kinds"]["local"]["block"]["attention"]["kv_heads"] = 1;
        j["law"] = "plas";
        j["evolution"] = {{"method", method}, {"population", 40}, {"generations", 15}};
        const LayerQuestion q = layer_question(j);
        const LayerSearchResult r = layer_search(q);
        CHECK_FALSE(r.exact);
        CHECK(r.generations == 15);
        CHECK(r.hypervolume > 0);
        CHECK(r.hypervolume <= r.hypervolume_bound * (1 + 1e-9));
        // The space is small enough to be known: all of its front that the evolution could find, it found.
        const auto all = all_stacks(q);
        std::size_t beaten = 0;
        for (const FoundStack& each : r.front) {
            beaten += std::ranges::any_of(all, [&](const auto& other) { return beats(other, objectives(q, each.measures)); });
        }
        CHECK(beaten * 5 <= r.front.size());
        const LayerSearchResult again = layer_search(q);
        REQUIRE(again.front.size() == r.front.size());
        for (std::size_t i = 0; i < r.front.size(); ++i) {
            CHECK(again.front[i].stack == r.front[i].stack);
        }
    }
}

TEST_CASE("shared layers are no sum, and are told so", "[explorer][layers]")
{
    Json j = small();
    j["kinds"]["local"]["block"]["sharing"] = "block";
    j["objectives"] = {"memory_bytes", "loss"};
    const LayerCosts costs = layer_costs(layer_question(j));
    CHECK_FALSE(costs.exact());
    CHECK_THAT(costs.not_sums, Contains("memory_bytes"));
}

TEST_CASE("a search over layers that is stopped says so", "[explorer][layers]")
{
    int asked = 0;
    const LayerSearchResult r = layer_search(layer_question(small()), [&](const std::string&, double) { return ++asked < 3; });
    CHECK(r.partial);
    CHECK_FALSE(r.exact);
}

TEST_CASE("mistakes in a question about layers are named before the search", "[explorer][layers]")
{
    const auto with = [](const char* pointer, const Json& value) {
        Json j = small();
        j[Json::json_pointer(pointer)] = value;
        return layer_complaint(j);
    };
    CHECK(layer_complaint(small()) == "");
    CHECK_THAT(with("/format", "layer_search/2"), Contains("layer_search/1"));
    CHECK_THAT(with("/layers", 0), Contains("/layers"));
    CHECK_THAT(with("/layers", 1000000), Contains("/layers"));
    CHECK_THAT(with("/d_model", -3), Contains("/d_model"));
    CHECK_THAT(with("/device", "jetson-orin-nx-16g"), Contains("jetson-orin-nx-16gb"));
    CHECK_THAT(with("/kinds", Json::object()), Contains("/kinds") && Contains("one to 32"));
    CHECK_THAT(with("/kinds/full/block/attention/kv_heads", 3), Contains("/kinds/full"));
    CHECK_THAT(with("/kinds/full/at_least", 6), Contains("/kinds/full/at_least"));
    CHECK_THAT(with("/kinds/full", Json{{"at_least", 2}}), Contains("block"));
    CHECK_THAT(with("/kinds/full/at_most", 0) + with("/kinds/full/at_lest", 1), Contains("at_lest"));
    CHECK_THAT(with("/places", Json::array({{{"from", 6}, {"kinds", {"full"}}}})), Contains("/places/0/from"));
    CHECK_THAT(with("/places", Json::array({{{"from", 1}, {"kinds", {"ful"}}}})), Contains("'full'"));
    CHECK_THAT(with("/places", Json::array({{{"from", 1}, {"kinds", Json::array()}}})), Contains("no kind"));
    CHECK_THAT(with("/order", "rising"), Contains("ascending"));
    CHECK_THAT(with("/objectives", Json::array()), Contains("nothing to compare"));
    CHECK_THAT(with("/objectives", Json::array({"price_USD"})), Contains("price_USD"));
    CHECK_THAT(with("/limits", Json{{"tpot_s", {{"least", 1.0}}}}), Contains("from above"));
    CHECK_THAT(with("/weights", "Q4_00"), Contains("/weights"));
    CHECK_THAT(with("/kv_cache", "F15"), Contains("/kv_cache"));
    CHECK_THAT(with("/law", "gemstone"), Contains("gemstones"));
    CHECK_THAT(with("/scores", Json{{"full", 1}}), Contains("/scores"));
    CHECK_THAT(with("/scores", Json{{"full", 1}, {"local", Json::array({1, 2})}, {"attention", 0}}), Contains("5 layers"));
    CHECK_THAT(with("/evolution", Json{{"method", "nsga3"}}), Contains("nsga2"));
    CHECK_THAT(with("/evolution", Json{{"population", 1}}), Contains("/evolution/population"));
}
