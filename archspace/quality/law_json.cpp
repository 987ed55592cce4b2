#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "archspace/quality/law.h"
#include "archspace/quality/loss.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::pair<std::string_view, ParameterBasis> basis_words[] = {
    {"all", ParameterBasis::all}, {"non_embedding", ParameterBasis::non_embedding}};
constexpr std::pair<std::string_view, AccuracyKind> accuracy_words[] = {{"exponential", AccuracyKind::exponential},
                                                                        {"sigmoid", AccuracyKind::sigmoid}};
constexpr std::size_t most_own_coefficients = 16;
constexpr Range sensible{-1e30, 1e30};

/// A law inside another one may add nothing and stand on nothing: so reading ends.
enum class Nesting : std::uint8_t { outer, inner };

Law read_law_at(const JsonPlace& place, Nesting nesting);

LawKind read_kind(const JsonPlace& place)
{
    std::vector<std::pair<std::string_view, LawKind>> words;
    for (std::size_t i = 0; i < law_kind_count; ++i) {
        words.emplace_back(info(LawKind(i)).word, LawKind(i));
    }
    return place.one_of<LawKind>(words);
}

std::vector<std::string> accuracy_coefficients(AccuracyKind kind)
{
    return kind == AccuracyKind::exponential ? std::vector<std::string>{"epsilon", "k", "gamma"}
                                             : std::vector<std::string>{"a", "k", "L0", "b"};
}

std::vector<LawCoefficient> read_coefficients(const JsonPlace& place, const std::vector<std::string>& names)
{
    JsonObject object(place);
    std::vector<LawCoefficient> all;
    for (const std::string& name : names) {
        all.push_back({name, object.number(name, sensible)});
    }
    object.done();
    return all;
}

/// A person's own law names its coefficients as it likes, but not as a quantity of the design.
std::vector<LawCoefficient> read_own_coefficients(const JsonPlace& place)
{
    std::vector<LawCoefficient> all;
    for (const auto& [name, member] : place.members()) {
        const auto& taken = law_input_names();
        if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
            member.fail("'" + name + "' is a quantity of the design", "give the coefficient another name");
        }
        if (all.size() == most_own_coefficients) {
            place.fail(fmt::format("more than {} coefficients", most_own_coefficients),
                       "write numbers into the formula");
        }
        all.push_back({name, member.number(sensible)});
    }
    return all;
}

Expression read_formula(JsonObject& object, const std::vector<LawCoefficient>& coefficients)
{
    std::vector<std::string> names = law_input_names();
    for (const LawCoefficient& coefficient : coefficients) {
        names.push_back(coefficient.name);
    }
    return read_expression(object.at("formula"), names);
}

std::vector<FittedRange> read_range(const JsonPlace& place)
{
    std::vector<FittedRange> all;
    JsonObject object(place);
    for (const auto& [name, input] : law_input_words()) {
        const auto member = object.find(name);
        if (!member) {
            continue;
        }
        const std::vector<JsonPlace> ends = member->items();
        if (ends.size() != 2) {
            member->fail("must be [least, most]");
        }
        all.push_back({input, ends[0].number(Range::not_negative()), ends[1].number(Range::not_negative())});
        if (all.back().least > all.back().most) {
            member->fail("the least is above the most", "swap them");
        }
    }
    object.done();
    return all;
}

std::vector<AccuracyMap> read_accuracy(const JsonPlace& place)
{
    std::vector<AccuracyMap> all;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        AccuracyMap map{.task = object.text("task"),
                        .kind = object.one_of<AccuracyKind>("kind", accuracy_words),
                        .coefficients = {}};
        for (const std::string& name : accuracy_coefficients(map.kind)) {
            map.coefficients.push_back(object.number(name, sensible));
        }
        object.done();
        all.push_back(std::move(map));
    }
    return all;
}

double bits_of(const std::string& format)
{
    for (const std::string& name : mix_names()) {
        if (lower_case(name) == lower_case(format)) {
            return info(mix_named(name).base).bits_per_element();
        }
    }
    return 0;
}

std::vector<FormatRow> read_formats(const JsonPlace& place)
{
    std::vector<FormatRow> all;
    for (const auto& [name, member] : place.members()) {
        JsonObject object(member);
        FormatRow row{.format = name,
                      .perplexity = object.number_or("perplexity_rise", -1, Range::not_negative()),
                      .importance_matrix = object.number_or("perplexity_rise_imatrix", -1, Range::not_negative()),
                      .bits = bits_of(name)};
        object.done();
        if (row.perplexity < 0 && row.importance_matrix < 0) {
            member.fail("no rise is given", "add 'perplexity_rise' or 'perplexity_rise_imatrix'");
        }
        all.push_back(row);
    }
    return all;
}

/// Whether `of` names something that the law can answer; NaN inputs do, only the names matter.
bool answers(const Law& law, const std::string& of)
{
    if (of.empty() || (of == "multiplier" && law.kind == LawKind::conditional)) {
        return true;
    }
    const bool task =
        std::any_of(law.accuracy.begin(), law.accuracy.end(), [&](const AccuracyMap& map) { return map.task == of; });
    const LossTerms terms = loss_terms(law, {});
    const auto span = terms.span();
    return task || std::any_of(span.begin(), span.end(), [&](const LossTerm& term) { return term.name == of; });
}

LawInputs read_given(const JsonPlace& place)
{
    LawInputs inputs;
    JsonObject object(place);
    for (const auto& [name, input] : law_input_words()) {
        inputs[input] = object.number_or(name, inputs[input], Range::positive());
    }
    inputs.format = object.text_or("format", "");
    inputs.format_bits = bits_of(inputs.format);
    inputs.importance_matrix = object.boolean_or("imatrix", false);
    object.done();
    return inputs;
}

std::vector<LawTest> read_tests(const JsonPlace& place, const Law& law)
{
    std::vector<LawTest> all;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        LawTest test{.inputs = read_given(object.at("given")),
                     .of = object.text_or("of", ""),
                     .expect = object.number("expect", sensible),
                     .within = object.number("within", Range::not_negative()),
                     .note = object.text_or("note", "")};
        object.done();
        if (!answers(law, test.of)) {
            item.fail("the law has no part '" + printable(test.of) + "'", "name one of its terms or tasks");
        }
        all.push_back(std::move(test));
    }
    return all;
}

std::vector<Source> read_sources(const JsonPlace& place)
{
    std::vector<Source> all;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        all.push_back({object.text("origin"), object.text("title"), object.text_or("reference", "")});
        object.done();
    }
    return all;
}

std::string read_id(JsonObject& object)
{
    const JsonPlace place = object.at("id");
    const std::string id = place.text();
    const bool sound = !id.empty() && id.size() <= 80 &&
                       id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
    if (!sound) {
        place.fail("'" + printable(id) + "' is no id", "use lower-case letters, digits, '.', '_' and '-'");
    }
    return id;
}

Law load_inner(const JsonPlace& place, LawGives wanted, const char* role)
{
    const std::string id = place.text();
    const std::vector<std::string> known = law_ids();
    if (!std::filesystem::path(id).parent_path().empty()) {
        place.fail("'" + printable(id) + "' is no id of a law", "put the file into the user's folder of laws");
    }
    if (std::find(known.begin(), known.end(), id) == known.end()) {
        place.fail("there is no law '" + printable(id) + "'", did_you_mean(id, known));
    }
    const JsonDocument document = load_json(find_data_file(id, "laws", "law"));
    Law law = read_law_at(JsonPlace(document), Nesting::inner);
    if (law.gives() != wanted || law.kind == LawKind::expression) {
        place.fail("law '" + id + "' cannot stand here", role);
    }
    return law;
}

void read_inner_laws(JsonObject& object, Law& law, Nesting nesting)
{
    const auto adds = object.find("adds");
    const auto base = object.find("base");
    if (law.kind == LawKind::conditional && !base) {
        object.at("base");
    }
    if (base && law.kind != LawKind::conditional) {
        base->fail("only a conditional law stands on another one", "leave it out");
    }
    if (nesting == Nesting::inner) {
        return;
    }
    if (base) {
        law.base.push_back(load_inner(*base, LawGives::loss, "a base law gives a loss"));
    }
    if (adds && law.gives() != LawGives::loss && law.gives() != LawGives::multiplier) {
        adds->fail("only a law that gives a loss adds others", "leave it out");
    }
    const std::vector<JsonPlace> added = adds ? adds->items() : std::vector<JsonPlace>{};
    for (const JsonPlace& place : added) {
        law.adds.push_back(load_inner(place, LawGives::difference, "an added law gives a difference of losses"));
    }
    if (law.adds.size() > 4) {
        adds->fail("more than four laws are added", "add fewer");
    }
}

void read_numbers(JsonObject& object, Law& law)
{
    if (law.kind == LawKind::expression) {
        if (const auto own = object.find("coefficients")) {
            law.coefficients = read_own_coefficients(*own);
        }
        law.formula = read_formula(object, law.coefficients);
    } else {
        law.coefficients = read_coefficients(object.at("coefficients"), info(law.kind).coefficients);
    }
    if (const auto range = object.find("range")) {
        law.range = read_range(*range);
    }
    if (const auto accuracy = object.find("accuracy")) {
        law.accuracy = read_accuracy(*accuracy);
    }
    if (law.kind == LawKind::post_training_table) {
        law.reference_perplexity = object.number("reference_perplexity", Range::positive());
        law.formats = read_formats(object.at("formats"));
    }
}

Law read_law_at(const JsonPlace& place, Nesting nesting)
{
    JsonObject object(place);
    expect_format(object, "law/1");
    object.ignore("$schema");
    Law law;
    law.id = read_id(object);
    law.name = object.text_or("name", law.id);
    law.kind = read_kind(object.at("kind"));
    law.unit = object.text("unit");
    law.basis = object.one_of_or<ParameterBasis>("parameters", basis_words, ParameterBasis::all);
    read_numbers(object, law);
    read_inner_laws(object, law, nesting);
    law.leaves_out = object.text_or("leaves_out", "");
    if (const auto sources = object.find("sources")) {
        law.sources = read_sources(*sources);
    }
    law.unverified = object.texts_or_none("unverified");
    law.note = object.text_or("note", "");
    const auto tests = object.find("tests");
    object.done();
    if (tests && nesting == Nesting::outer) {
        law.tests = read_tests(*tests, law);
    }
    return law;
}

/// Whole numbers without a fraction, as people write them.
Json number_json(double value)
{
    const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
    return whole ? Json(std::int64_t(value)) : Json(value);
}

Json coefficients_json(const Law& law)
{
    Json object = Json::object();
    for (const LawCoefficient& coefficient : law.coefficients) {
        object[coefficient.name] = number_json(coefficient.value);
    }
    return object;
}

Json range_json(const Law& law)
{
    Json object = Json::object();
    for (const FittedRange& range : law.range) {
        object[std::string(word(range.input))] = {number_json(range.least), number_json(range.most)};
    }
    return object;
}

Json accuracy_json(const AccuracyMap& map)
{
    Json object{{"task", map.task}, {"kind", word_of<AccuracyKind>(map.kind, accuracy_words)}};
    const std::vector<std::string> names = accuracy_coefficients(map.kind);
    for (std::size_t i = 0; i < names.size(); ++i) {
        object[names[i]] = number_json(map.coefficients[i]);
    }
    return object;
}

Json formats_json(const Law& law)
{
    Json object = Json::object();
    for (const FormatRow& row : law.formats) {
        Json& member = object[row.format] = Json::object();
        if (row.perplexity >= 0) {
            member["perplexity_rise"] = number_json(row.perplexity);
        }
        if (row.importance_matrix >= 0) {
            member["perplexity_rise_imatrix"] = number_json(row.importance_matrix);
        }
    }
    return object;
}

Json given_json(const LawInputs& inputs)
{
    Json object = Json::object();
    for (const auto& [name, input] : law_input_words()) {
        if (std::isfinite(inputs[input])) {
            object[std::string(name)] = number_json(inputs[input]);
        }
    }
    if (!inputs.format.empty()) {
        object["format"] = inputs.format;
    }
    if (inputs.importance_matrix) {
        object["imatrix"] = true;
    }
    return object;
}

Json test_json(const LawTest& test)
{
    Json object{{"given", given_json(test.inputs)}};
    if (!test.of.empty()) {
        object["of"] = test.of;
    }
    object["expect"] = number_json(test.expect);
    object["within"] = number_json(test.within);
    if (!test.note.empty()) {
        object["note"] = test.note;
    }
    return object;
}

template <class Items, class ToJson>
void add_list(Json& object, const char* key, const Items& items, ToJson to)
{
    if (items.empty()) {
        return;
    }
    Json list = Json::array();
    for (const auto& item : items) {
        list.push_back(to(item));
    }
    object[key] = std::move(list);
}

void add_text(Json& object, const char* key, const std::string& text)
{
    if (!text.empty()) {
        object[key] = text;
    }
}

}  // namespace

Law read_law(const JsonPlace& place)
{
    return read_law_at(place, Nesting::outer);
}

Law load_law(const std::string& id_or_path)
{
    const JsonDocument document = load_json(find_data_file(id_or_path, "laws", "law"));
    return read_law(JsonPlace(document));
}

std::vector<std::string> law_ids()
{
    return shipped_ids("laws");
}

std::vector<Law> default_laws()
{
    std::vector<Law> laws;
    for (const char* id : {"gemstones", "conditional-1b", "aspect-ratio", "plas"}) {
        laws.push_back(load_law(id));
    }
    return laws;
}

Json to_json(const Law& law)
{
    const auto id_of = [](const Law& each) { return Json(each.id); };
    Json object{
        {"format", "law/1"}, {"id", law.id}, {"name", law.name}, {"kind", info(law.kind).word}, {"unit", law.unit}};
    object["parameters"] = word_of<ParameterBasis>(law.basis, basis_words);
    if (law.kind == LawKind::expression) {
        object["formula"] = law.formula.text();
    }
    object["coefficients"] = coefficients_json(law);
    if (!law.base.empty()) {
        object["base"] = law.base.front().id;
    }
    if (law.kind == LawKind::post_training_table) {
        object["reference_perplexity"] = law.reference_perplexity;
        object["formats"] = formats_json(law);
    }
    if (!law.range.empty()) {
        object["range"] = range_json(law);
    }
    add_list(object, "accuracy", law.accuracy, accuracy_json);
    add_list(object, "adds", law.adds, id_of);
    add_text(object, "leaves_out", law.leaves_out);
    add_list(object, "tests", law.tests, test_json);
    add_list(object, "sources", law.sources, [](const Source& source) {
        return Json{{"origin", source.origin}, {"title", source.title}, {"reference", source.reference}};
    });
    if (!law.unverified.empty()) {
        object["unverified"] = law.unverified;
    }
    add_text(object, "note", law.note);
    return object;
}

}  // namespace slimline
