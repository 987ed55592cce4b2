#include "explorer/layer_question.h"

#include <algorithm>
#include <numeric>

#include "archspace/block_json.h"
#include "archspace/limits.h"
#include "base/text.h"
#include "explorer/question_parts.h"

namespace slimline {

namespace {

constexpr std::pair<std::string_view, bool> order_words[] = {{"any", false}, {"ascending", true}};
constexpr std::pair<std::string_view, Evolution> evolution_words[] = {{"nsga2", Evolution::nsga2},
                                                                      {"moead", Evolution::moead}};

std::vector<LayerKind> read_kinds(const JsonPlace& place, int layers)
{
    std::vector<LayerKind> kinds;
    for (const auto& [name, each] : place.members()) {
        JsonObject o(each);
        LayerKind kind;
        kind.name = name;
        std::vector<Block> blocks = read_block(o.at("block"), name, 1);
        kind.block = std::move(blocks.front());
        kind.least = int(o.integer_or("at_least", 0, 0, layers));
        kind.most = int(o.integer_or("at_most", layers, 0, layers));
        o.done();
        if (kind.least > kind.most) {
            each.fail("no stack has at least the one and at most the other", "swap \"at_least\" and \"at_most\"");
        }
        kinds.push_back(std::move(kind));
    }
    if (kinds.empty() || kinds.size() > std::size_t(most_kinds)) {
        place.fail("there are " + std::to_string(kinds.size()) + " kinds of layers",
                   "name one to " + std::to_string(most_kinds));
    }
    const int least = std::accumulate(kinds.begin(), kinds.end(), 0, [](int n, const LayerKind& k) { return n + k.least; });
    if (least > layers) {
        place.fail("the kinds ask for at least " + std::to_string(least) + " layers", "there are " + std::to_string(layers));
    }
    return kinds;
}

int kind_named(const JsonPlace& place, const std::vector<LayerKind>& kinds)
{
    std::vector<std::string> known;
    for (const LayerKind& each : kinds) {
        known.push_back(each.name);
    }
    const auto found = std::ranges::find(known, place.text());
    if (found == known.end()) {
        place.fail("there is no kind '" + printable(place.text()) + "'", did_you_mean(place.text(), known));
    }
    return int(found - known.begin());
}

/// All kinds everywhere, but where `places` names some for a range of layers, counted from 1.
std::vector<std::vector<int>> read_places(JsonObject& o, const std::vector<LayerKind>& kinds, int layers)
{
    std::vector<int> all(kinds.size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<std::vector<int>> allowed(std::size_t(layers), all);
    const auto places = o.find("places");
    if (!places) {
        return allowed;
    }
    for (const JsonPlace& item : places->items()) {
        JsonObject range(item);
        const auto from = range.integer("from", 1, layers);
        const auto to = range.integer_or("to", from, from, layers);
        std::vector<int> named;
        for (const JsonPlace& each : range.at("kinds").items()) {
            named.push_back(kind_named(each, kinds));
        }
        range.done();
        std::ranges::sort(named);
        named.erase(std::unique(named.begin(), named.end()), named.end());
        if (named.empty()) {
            item.fail("no kind may stand here", "name at least one");
        }
        std::fill(allowed.begin() + from - 1, allowed.begin() + to, named);
    }
    return allowed;
}

/// Of each kind one number, or one for each layer.
std::vector<std::vector<double>> read_scores(const JsonPlace& place, const std::vector<LayerKind>& kinds, int layers)
{
    std::vector<std::vector<double>> scores(std::size_t(layers), std::vector<double>(kinds.size(), 0));
    JsonObject o(place);
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        const JsonPlace of_kind = o.at(kinds[k].name);
        if (!of_kind.is_array()) {
            const double score = of_kind.number({-1e6, 1e6});
            std::ranges::for_each(scores, [&](std::vector<double>& at) { at[k] = score; });
            continue;
        }
        const std::vector<JsonPlace> items = of_kind.items();
        if (items.size() != scores.size()) {
            of_kind.fail("has " + std::to_string(items.size()) + " numbers",
                         "give one, or one for each of the " + std::to_string(layers) + " layers");
        }
        for (std::size_t i = 0; i < items.size(); ++i) {
            scores[i][k] = items[i].number({-1e6, 1e6});
        }
    }
    o.done();
    return scores;
}

EvolutionOptions read_evolution(const JsonPlace& place)
{
    JsonObject o(place);
    EvolutionOptions e;
    e.method = o.one_of_or<Evolution>("method", evolution_words, e.method);
    e.population = int(o.integer_or("population", e.population, 24, 10000));
    e.generations = int(o.integer_or("generations", e.generations, 1, 100000));
    e.seed = std::uint64_t(o.integer_or("seed", std::int64_t(e.seed), 0, std::int64_t{1} << 53));
    o.done();
    return e;
}

Precision read_precision(JsonObject& o)
{
    Precision precision;
    if (const auto weights = o.find("weights")) {
        precision.weights = read_mix(*weights);
    }
    if (const auto kv = o.find("kv_cache")) {
        precision.kv_cache = read_kv_format(*kv);
    }
    return precision;
}

/// Only what a prediction of any architecture says, and only limits from above.
void check_metrics(const LayerQuestion& q, const JsonPlace& place)
{
    const DesignMetric known[] = {DesignMetric::ttft,   DesignMetric::tpot, DesignMetric::total,      DesignMetric::energy,
                                  DesignMetric::memory, DesignMetric::loss, DesignMetric::parameters, DesignMetric::active_parameters};
    const auto check = [&](DesignMetric metric) {
        if (std::ranges::find(known, metric) == std::end(known)) {
            place.fail("'" + std::string(word(metric)) + "' is the same for all stacks, or follows from another metric",
                       "leave it out");
        }
    };
    std::ranges::for_each(q.objectives, check);
    for (const Limit& limit : q.limits) {
        check(limit.metric);
        if (limit.least > 0) {
            place.fail("a limit of layers' stacks is from above", "leave \"least\" out");
        }
    }
}

Architecture read_frame(JsonObject& o)
{
    Architecture frame;
    frame.id = "stack";
    frame.name = "stack";
    frame.d_model = int(o.integer("d_model", 1, limits::width));
    frame.vocabulary = int(o.integer("vocabulary", 1, limits::vocabulary));
    frame.tied_embeddings = o.boolean_or("tied_embeddings", true);
    frame.norm = o.one_of_or<NormKind>("norm", norm_words, frame.norm);
    frame.positions = o.one_of_or<Positions>("positions", position_words, frame.positions);
    return frame;
}

}  // namespace

LayerQuestion read_layer_search(const JsonPlace& place)
{
    JsonObject o(place);
    o.ignore("$schema");
    expect_format(o, "layer_search/1");
    LayerQuestion q;
    q.name = o.text_or("name", "");
    o.ignore("note");
    q.frame = read_frame(o);
    const int layers = int(o.integer("layers", 1, most_positions));
    q.kinds = read_kinds(o.at("kinds"), layers);
    for (const LayerKind& each : q.kinds) {
        q.frame.blocks.push_back(each.block);
    }
    for (std::size_t k = 0; k < q.kinds.size(); ++k) {
        const JsonPlace kinds = o.at("kinds");
        const JsonPlace kind = JsonPlace(kinds, kinds.value()[q.kinds[k].name], q.kinds[k].name);
        at_place(kind, [&] { check_architecture(architecture_of(q, LayerStack(std::size_t(layers), int(k))), "stack"); });
    }
    q.allowed = read_places(o, q.kinds, layers);
    q.ascending = o.one_of_or<bool>("order", order_words, false);
    const auto workload = o.find("workload");
    q.run = read_run(o, workload ? read_workload(*workload) : Workload{});
    q.run.precision = read_precision(o);
    q.objectives = read_objectives(o.at("objectives"));
    if (const auto limits = o.find("limits")) {
        q.limits = read_limits(*limits);
    }
    check_metrics(q, place);
    q.law = read_loss_law(o);
    q.tokens = o.number_or("tokens", 1e12, Range::positive());
    if (const auto scores = o.find("scores")) {
        q.scores = read_scores(*scores, q.kinds, layers);
    }
    q.must_fit = o.boolean_or("must_fit", true);
    if (const auto evolution = o.find("evolution")) {
        q.evolution = read_evolution(*evolution);
    }
    o.done();
    return q;
}

Architecture architecture_of(const LayerQuestion& question, const LayerStack& stack)
{
    Architecture arch = question.frame;
    arch.layers = stack;
    return arch;
}

std::string layers_text(const LayerQuestion& question, const LayerStack& stack)
{
    std::string text;
    for (std::size_t from = 0; from < stack.size();) {
        std::size_t to = from;
        while (to < stack.size() && stack[to] == stack[from]) {
            ++to;
        }
        text += (text.empty() ? "" : ", ") + std::to_string(to - from) + "*" + question.kinds[std::size_t(stack[from])].name;
        from = to;
    }
    return text;
}

bool is_allowed(const LayerQuestion& question, const LayerStack& stack)
{
    std::vector<int> counts(question.kinds.size(), 0);
    for (std::size_t i = 0; i < stack.size(); ++i) {
        const bool known = std::ranges::binary_search(question.allowed[i], stack[i]);
        if (!known || (question.ascending && i > 0 && stack[i] < stack[i - 1])) {
            return false;
        }
        ++counts[std::size_t(stack[i])];
    }
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (counts[k] < question.kinds[k].least || counts[k] > question.kinds[k].most) {
            return false;
        }
    }
    return true;
}

double sequences(const LayerQuestion& question)
{
    double all = 1;
    for (const std::vector<int>& at : question.allowed) {
        all *= double(at.size());
    }
    return all;
}

}  // namespace slimline
