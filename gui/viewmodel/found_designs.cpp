#include "gui/viewmodel/found_designs.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "archspace/space.h"
#include "base/errors.h"
#include "base/text.h"
#include "explorer/candidate_evaluator.h"
#include "explorer/question_parts.h"

namespace slimline::gui {

namespace {

constexpr std::size_t most_designs = 1000000;

/// A row as it stands in the file: formats by their names, measures by those of the metrics.
struct Row {
    UniformDesign design;
    WeightMix weights;
    Format kv_cache{};
    Measures measures{};
};

UniformDesign read_dimensions(JsonObject& o)
{
    UniformDesign design;
    for (std::size_t d = 0; d < dimension_count; ++d) {
        const auto dimension = Dimension(d);
        const JsonPlace at = o.at(word(dimension));
        const double value = dimension == Dimension::tied ? double(at.boolean()) : at.number();
        if (!set_dimension(design, dimension, value)) {
            at.fail(fmt::format("{:.10g} cannot be the {} of a model", value, word(dimension)), "write what slimline search wrote");
        }
    }
    return design;
}

Measures read_measures(const JsonPlace& place, const std::vector<DesignMetric>& objectives)
{
    Measures measures;
    measures.fill(std::nan(""));
    std::vector<std::string> known;
    for (std::size_t m = 0; m < metric_count; ++m) {
        known.emplace_back(word(DesignMetric(m)));
    }
    for (const auto& [name, value] : place.members()) {
        const auto found = std::ranges::find(known, name);
        if (found == known.end()) {
            value.fail("nothing of a design is called '" + printable(name) + "'", did_you_mean(name, known));
        }
        measures[std::size_t(found - known.begin())] = value.number(Range::not_negative());
    }
    for (const DesignMetric objective : objectives) {
        if (std::isnan(measures[std::size_t(objective)])) {
            place.fail("does not say the objective " + std::string(word(objective)), "write what slimline search wrote");
        }
    }
    return measures;
}

Row read_row(const JsonPlace& place, const std::vector<DesignMetric>& objectives)
{
    JsonObject o(place);
    JsonObject design(o.at("design"));
    Row row;
    row.design = read_dimensions(design);
    row.weights = read_mix(design.at("weights"));
    row.kv_cache = read_kv_format(design.at("kv_cache"));
    row.measures = read_measures(o.at("measures"), objectives);
    return row;
}

/// A question over the values that the rows have, for a file that does not say its own.
std::string question_of_rows(JsonObject& o, const std::vector<Row>& rows)
{
    std::array<std::set<double>, dimension_count> values;
    std::set<std::string> weights;
    std::set<std::string> kv_caches;
    for (const Row& row : rows) {
        for (std::size_t d = 0; d < dimension_count; ++d) {
            values[d].insert(value_of(row.design, Dimension(d)));
        }
        weights.insert(row.weights.name);
        kv_caches.emplace(info(row.kv_cache).name);
    }
    Json space = Json::object();
    for (std::size_t d = 0; d < dimension_count; ++d) {
        Json& list = space[std::string(word(Dimension(d)))] = Json::array();
        for (const double value : values[d]) {
            list.push_back(Dimension(d) == Dimension::tied ? Json(value != 0) : Json(std::int64_t(value)));
        }
    }
    space["weights"] = weights;
    space["kv_cache"] = kv_caches;
    Json question{{"format", "search/1"}, {"name", o.text_or("name", "")}, {"space", std::move(space)}};
    question["device"] = o.text("device");
    question["objectives"] = o.at("objectives").value();
    question["law"] = o.text_or("law", std::string(default_law_id));
    question["tokens"] = o.number_or("training_tokens", 1e12, Range::positive());
    return pretty(question);
}

/// The question of the file, with what it says beside it in agreement.
void read_question(JsonObject& o, const std::vector<DesignMetric>& objectives, const std::vector<Row>& rows, FoundDesigns& found)
{
    if (const auto question = o.find("question")) {
        found.text = pretty(question->value());
        found.asked = asked_here(*question);
        if (read_objectives(JsonPlace(*question, question->value()["objectives"], "objectives")) != objectives) {
            o.at("objectives").fail("are not those of its question", "write what slimline search wrote");
        }
        return;
    }
    found.says_question = false;
    found.text = question_of_rows(o, rows);
    const JsonDocument document = parse_json(o.place().file(), found.text);
    found.asked = at_place(o.place(), [&] { return asked_here(JsonPlace(document)); });
}

/// Whether the space makes such a design.
bool holds(const ProductSpace& product, const UniformDesign& design)
{
    return std::ranges::any_of(product.bases, [&](const ProductSpace::Base& base) {
        if (base.design.layers != design.layers || base.design.d_model != design.d_model) {
            return false;
        }
        for (std::size_t g = 0; g < product.groups.size(); ++g) {
            if (!std::ranges::binary_search(*base.groups[g], with_part({}, design, product.groups[g]))) {
                return false;
            }
        }
        return true;
    });
}

Candidate candidate_of(const Row& row, const SearchQuestion& q, const JsonPlace& place)
{
    const auto weights = std::ranges::find(q.space.weights, row.weights.name, &WeightMix::name);
    const auto kv_cache = std::ranges::find(q.space.kv_cache, row.kv_cache);
    if (weights == q.space.weights.end() || kv_cache == q.space.kv_cache.end()) {
        place.fail("has a format that its question has not", "write what slimline search wrote");
    }
    return {std::size_t(weights - q.space.weights.begin()), std::size_t(kv_cache - q.space.kv_cache.begin()), row.design};
}

/// Compares with what the search's own evaluator says of the designs now.
void compare_measures(const std::vector<Row>& rows, FoundDesigns& found)
{
    const SearchQuestion& q = found.asked.question;
    for (std::size_t w = 0; w < q.space.weights.size(); ++w) {
        for (std::size_t k = 0; k < q.space.kv_cache.size(); ++k) {
            std::vector<std::size_t> here;
            std::vector<UniformDesign> designs;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                if (found.designs[i].weights == w && found.designs[i].kv_cache == k) {
                    here.push_back(i);
                    designs.push_back(rows[i].design);
                }
            }
            if (here.empty()) {
                continue;
            }
            std::vector<Measures> now;
            CandidateEvaluator(q, w, k).evaluate(designs, now);
            for (std::size_t i = 0; i < here.size(); ++i) {
                double largest = 0;
                for (const DesignMetric objective : q.objectives) {
                    const double said = rows[here[i]].measures[std::size_t(objective)];
                    const double value = now[i][std::size_t(objective)];
                    largest = std::max(largest, value == said ? 0.0 : std::abs(said / value - 1));
                }
                found.differing += largest > 0 ? 1 : 0;
                found.difference = std::max(found.difference, largest);
            }
        }
    }
}

}  // namespace

std::string FoundDesigns::note(const std::string& file) const
{
    std::string words = fmt::format("{}: {} designs {} are selected", file, designs.size(), front ? "of its front" : "of its list");
    words += complete ? "" : "; its search was stopped before the end";
    words += says_question ? "" : "; it does not say its question: asked here over all values that its designs have";
    if (differing > 0) {
        words += fmt::format("; {} of them measure otherwise here, by up to {} %: it was written with other data or another workload", differing,
                             significant(100 * difference));
    }
    return words;
}

FoundDesigns read_found_designs(const JsonPlace& place)
{
    JsonObject o(place);
    expect_format(o, "search_result/1");
    FoundDesigns found;
    found.complete = o.boolean_or("complete", true);
    const std::vector<DesignMetric> objectives = read_objectives(o.at("objectives"));
    found.front = !o.has("designs");
    const JsonPlace list = o.at(found.front ? "front" : "designs");
    const std::vector<JsonPlace> items = list.items();
    if (items.size() > most_designs) {
        list.fail(fmt::format("has {} designs", items.size()), fmt::format("at most {} can be shown", most_designs));
    }
    std::vector<Row> rows;
    for (const JsonPlace& item : items) {
        rows.push_back(read_row(item, objectives));
    }
    read_question(o, objectives, rows, found);
    const ProductSpace product = product_of(found.asked.question.space);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!holds(product, rows[i].design)) {
            items[i].fail("is no design of its question's space", "write what slimline search wrote");
        }
        found.designs.push_back(candidate_of(rows[i], found.asked.question, items[i]));
    }
    if (found.asked.question.hardware.empty() && found.asked.question.fleet.empty()) {
        compare_measures(rows, found);
    }
    return found;
}

}  // namespace slimline::gui
