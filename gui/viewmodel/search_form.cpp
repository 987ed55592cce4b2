#include "gui/viewmodel/search_form.h"

#include <cmath>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"

namespace slimline::gui {

namespace {

std::string trimmed(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string number_text(const Json& value)
{
    return value.is_boolean() ? (value.get<bool>() ? "true" : "false") : value.dump();
}

/// "64, 128", "8..36 step 2", "d_model / 64".
std::string typed(const Json& value)
{
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_array()) {
        std::string list;
        for (const Json& each : value) {
            list += (list.empty() ? "" : ", ") + (each.is_string() ? each.get<std::string>() : number_text(each));
        }
        return list;
    }
    if (value.is_object() && value.contains("from") && value.contains("to")) {
        const std::string step = value.contains("step") ? number_text(value["step"]) : "1";
        return number_text(value["from"]) + ".." + number_text(value["to"]) + (step == "1" ? "" : " step " + step);
    }
    return number_text(value);
}

bool number_of(const std::string& text, Json& value)
{
    const std::string word = trimmed(text);
    double number = 0;
    if (word == "true" || word == "false") {
        value = word == "true";
        return true;
    }
    if (!parse_number(word, number)) {
        return false;
    }
    value = number == std::floor(number) && std::abs(number) < 1e15 ? Json(std::int64_t(number)) : Json(number);
    return true;
}

bool range_of(const std::string& text, Json& value)
{
    const auto dots = text.find("..");
    if (dots == std::string::npos) {
        return false;
    }
    std::string end = text.substr(dots + 2);
    value = Json::object();
    const auto step = end.find("step");
    bool read = number_of(text.substr(0, dots), value["from"]);
    read = number_of(step == std::string::npos ? end : end.substr(0, step), value["to"]) && read;
    if (step != std::string::npos) {
        read = number_of(end.substr(step + 4), value["step"]) && read;
    }
    return read;
}

/// A number, a list of numbers, a range; anything else is taken for a formula.
Json value_of_text(const std::string& text)
{
    Json value;
    if (range_of(text, value) || number_of(text, value)) {
        return value;
    }
    Json list = Json::array();
    for (const std::string& each : split(text, ',')) {
        if (!number_of(each, value)) {
            return trimmed(text);
        }
        list.push_back(value);
    }
    return list;
}

/// What has an equals sign goes with the word before: "Q4_K_M, Q4_0,token_embd=Q8_0" are two formats.
Json words_of(const std::string& text)
{
    Json list = Json::array();
    for (const std::string& each : split(text, ',')) {
        const std::string word = trimmed(each);
        if (word.find('=') != std::string::npos && !list.empty()) {
            list.back() = list.back().get<std::string>() + "," + word;
        } else if (!word.empty()) {
            list.push_back(word);
        }
    }
    return list;
}

Json objectives_json(const std::vector<DesignMetric>& objectives)
{
    Json list = Json::array();
    for (const DesignMetric metric : objectives) {
        list.push_back(std::string(word(metric)));
    }
    return list;
}

Json limits_json(const std::vector<Limit>& limits)
{
    Json all = Json::object();
    for (const Limit& limit : limits) {
        Json& each = all[std::string(word(limit.metric))];
        if (std::isfinite(limit.least)) {
            each["least"] = limit.least;
        }
        if (std::isfinite(limit.most)) {
            each["most"] = limit.most;
        }
    }
    return all;
}

std::string lines_of(const Json& limits)
{
    std::string lines;
    for (auto it = limits.begin(); it != limits.end(); ++it) {
        for (const auto& [key, sign] : {std::pair{"least", ">="}, {"most", "<="}}) {
            if (it->is_object() && it->contains(key)) {
                lines += it.key() + " " + sign + " " + (*it)[key].dump() + "\n";
            }
        }
    }
    return lines;
}

/// Whether a live space has no such column; says so for people.
bool leaves_out(DesignMetric metric, const char* what, std::vector<std::string>& words)
{
    const bool left_out = std::size_t(metric) >= live_metric_count;
    if (left_out) {
        words.push_back(fmt::format("{} {}", what, word(metric)));
    }
    return left_out;
}

void put(Json& object, const std::string& key, Json value)
{
    if (value.empty() || (value.is_string() && value.get<std::string>().empty())) {
        object.erase(key);
    } else {
        object[key] = std::move(value);
    }
}

}  // namespace

SearchForm form_of(const std::string& search_text)
{
    question_of("search", search_text);  // from here on everything is where it should be
    const JsonDocument document = parse_json("search", search_text);
    const Json& j = document.root;
    SearchForm form;
    form.name = j.value("name", "");
    const Json& space = j["space"];
    for (std::size_t d = 0; d < dimension_count; ++d) {
        const std::string key(word(Dimension(d)));
        form.dimensions[d] = space.contains(key) ? typed(space[key]) : "";
    }
    form.weights = space.contains("weights") ? typed(space["weights"]) : "";
    form.kv_cache = space.contains("kv_cache") ? typed(space["kv_cache"]) : "";
    for (const char* key : {"helpers", "constraints"}) {
        if (!j.contains(key)) {
            continue;
        }
        std::string& lines = key == std::string_view("helpers") ? form.helpers : form.constraints;
        for (auto it = j[key].begin(); it != j[key].end(); ++it) {
            lines += (j[key].is_object() ? it.key() + " = " + typed(*it) : typed(*it)) + "\n";
        }
    }
    form.objectives = question_of("search", search_text).objectives;
    form.limits = j.contains("limits") ? lines_of(j["limits"]) : "";
    form.law = j.value("law", std::string(default_law_id));
    form.tokens = j.contains("tokens") ? fmt::format("{}", j["tokens"].get<double>()) : "1e12";
    return form;
}

std::vector<Limit> limits_of(const std::string& lines)
{
    std::vector<Limit> limits;
    for (const std::string& line : split(lines, '\n')) {
        if (trimmed(line).empty()) {
            continue;
        }
        const auto sign = std::min(line.find("<="), line.find(">="));
        double value = 0;
        const auto column = sign == std::string::npos ? std::nullopt : column_named(trimmed(line.substr(0, sign)));
        const auto metric = column ? metric_of(*column) : std::nullopt;
        if (!metric || !parse_number(trimmed(line.substr(sign + 2)), value)) {
            throw InputError("limits", "'" + printable(line) + "' is no limit", "write as \"tpot_s <= 0.02\"");
        }
        Limit* limit = nullptr;
        for (Limit& each : limits) {
            limit = each.metric == *metric ? &each : limit;
        }
        Limit& there = limit != nullptr ? *limit : limits.emplace_back(Limit{*metric});
        (line[sign] == '<' ? there.most : there.least) = value;
    }
    return limits;
}

std::string with_form(const std::string& search_text, const SearchForm& form)
{
    Json j = parse_json("search", search_text).root;
    put(j, "name", form.name);
    Json& space = j["space"];
    for (std::size_t d = 0; d < dimension_count; ++d) {
        const std::string key(word(Dimension(d)));
        trimmed(form.dimensions[d]).empty() ? void(space.erase(key)) : void(space[key] = value_of_text(form.dimensions[d]));
    }
    put(space, "weights", words_of(form.weights));
    put(space, "kv_cache", words_of(form.kv_cache));
    Json helpers = Json::object();
    for (const std::string& line : split(form.helpers, '\n')) {
        const auto sign = line.find('=');
        if (sign != std::string::npos) {
            helpers[trimmed(line.substr(0, sign))] = value_of_text(line.substr(sign + 1));
        } else if (!trimmed(line).empty()) {
            throw InputError("helpers", "'" + printable(line) + "' gives nothing a name", "write as \"gqa = 1, 2, 4\"");
        }
    }
    put(j, "helpers", helpers);
    Json constraints = Json::array();
    for (const std::string& line : split(form.constraints, '\n')) {
        if (!trimmed(line).empty()) {
            constraints.push_back(trimmed(line));
        }
    }
    put(j, "constraints", constraints);
    j["objectives"] = objectives_json(form.objectives);
    put(j, "limits", limits_json(limits_of(form.limits)));
    j["law"] = form.law;
    double tokens = 0;
    if (!parse_number(trimmed(form.tokens), tokens)) {
        throw InputError("tokens", "'" + printable(form.tokens) + "' is no number", "write as 1e12");
    }
    j["tokens"] = tokens;
    return pretty(j);
}

std::string with_objectives(const std::string& search_text, const std::vector<DesignMetric>& objectives)
{
    Json j = parse_json("search", search_text).root;
    j["objectives"] = objectives_json(objectives);
    return pretty(j);
}

std::string with_limit(const std::string& search_text, const Limit& limit)
{
    Json j = parse_json("search", search_text).root;
    std::vector<Limit> limits = j.contains("limits") ? limits_of(lines_of(j["limits"])) : std::vector<Limit>{};
    std::erase_if(limits, [&](const Limit& each) { return each.metric == limit.metric; });
    if (std::isfinite(limit.least) || std::isfinite(limit.most)) {
        limits.push_back(limit);
    }
    put(j, "limits", limits_json(limits));
    return pretty(j);
}

std::string with_must_fit(const std::string& search_text, bool must_fit)
{
    Json j = parse_json("search", search_text).root;
    must_fit ? void(j.erase("must_fit")) : void(j["must_fit"] = false);
    return pretty(j);
}

AskedHere asked_here(const JsonPlace& place)
{
    AskedHere asked{.text = {}, .question = read_search(place), .left_out = {}};
    SearchQuestion& q = asked.question;
    std::vector<std::string> words;
    const auto objectives = std::erase_if(q.objectives, [&](DesignMetric metric) { return leaves_out(metric, "objective", words); });
    const auto limits = std::erase_if(q.limits, [&](const Limit& limit) { return leaves_out(limit.metric, "limit on", words); });
    if (q.objectives.empty()) {
        const JsonPlace at(place, place.value()["objectives"], "objectives");
        at.fail("asks for nothing that the window knows of a design on one device",
                "add an objective, as \"tpot_s\", or answer it by slimline search");
    }
    Json j = place.value();
    if (objectives > 0) {
        j["objectives"] = objectives_json(q.objectives);
    }
    if (limits > 0) {
        put(j, "limits", limits_json(q.limits));
    }
    asked.text = pretty(j);
    asked.left_out = joined(words, ", ");
    return asked;
}

SearchQuestion question_of(const std::string& name, const std::string& search_text)
{
    const JsonDocument document = parse_json(name, search_text);
    return read_search(JsonPlace(document));
}

}  // namespace slimline::gui
