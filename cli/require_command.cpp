#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/question_options.h"
#include "cli/table.h"
#include "explorer/require.h"
#include "simulator/prediction_json.h"

namespace slimline {

namespace {

struct RequireOptions {
    QuestionOptions question;
    std::vector<std::string> wants;
    std::vector<std::string> levers;
    bool any_size = false;
    bool json = false;
};

OptionList declare(RequireOptions& o)
{
    OptionList list;
    append_question_options(list, o.question);
    list.push_back({.name = "--want",
                    .value_name = "TARGET",
                    .help = "what must be reached: a figure, >= or <=, a number (quote it), as "
                            "'decode_tokens_per_s>=30', 'ttft_s<=0.5', 'memory_bytes<=2e9', 'loss<=2.6'",
                    .target = &o.wants});
    list.push_back({.name = "--vary",
                    .value_name = "QUANTITY",
                    .help = "what may change, each by itself; default: all of " + lever_names(),
                    .target = &o.levers});
    list.push_back(
        {.name = "--any-size", .help = "answers need not fit into the device's memory", .target = &o.any_size});
    list.push_back(json_option(o.json));
    return list;
}

struct Answers {
    std::vector<Miss> now;
    std::vector<RequiredValue> values;
    std::optional<NearestModel> nearest;
};

std::vector<const Lever*> chosen(const RequireOptions& o)
{
    std::vector<const Lever*> all;
    for (const std::string& name : o.levers) {
        all.push_back(&read_option("--vary", [&]() -> const Lever& { return lever_named(name); }));
    }
    if (all.empty()) {
        for (const Lever& lever : levers()) {
            all.push_back(&lever);
        }
    }
    return all;
}

Answers answers_of(const Scenario& s, const Requirement& requirement, const RequireOptions& o)
{
    Answers a;
    a.now = misses(s, requirement);
    for (const Lever* lever : chosen(o)) {
        if (auto value = required(s, *lever, requirement)) {
            a.values.push_back(std::move(*value));
        }
    }
    if (o.levers.empty() && !a.now.empty()) {
        a.nearest = nearest_model(s, requirement);
    }
    return a;
}

std::string missed(const std::vector<Miss>& misses)
{
    std::vector<std::string> names;
    for (const Miss& miss : misses) {
        names.push_back(miss.target == "fits" ? "fits into memory" : miss.target);
    }
    return joined(names, "; ");
}

std::string largest_bound(const Pass& pass)
{
    const BoundShares b = bound_shares(pass);
    const std::pair<double, const char*> shares[] = {
        {b.memory, "memory"}, {b.compute, "compute"}, {b.overhead, "per-operator times"}, {b.fixed, "fixed times"}};
    const auto most = std::ranges::max(shares);
    return fmt::format("{} {}", most.second, percent(most.first));
}

void write_text(Console& console, const Scenario& s, const Answers& a, const Requirement& r)
{
    const Prediction p = predict(s);
    console.out << title_line(console, s) << "\n" << workload_line(p) << "\n\n";
    for (const FigureTarget& t : r.targets) {
        console.out << fmt::format("wanted {}: now {}\n", text_of(t),
                                   display(t.figure, figure(t.figure, s, p, r.quality)));
    }
    console.out << (a.now.empty() ? "all of it is reached; how far each quantity alone may go:\n\n"
                                  : "not reached: " + missed(a.now) + "; what each quantity alone must be:\n\n");
    Table table{{{"quantity"},
                 {"now", Align::right},
                 {"needed", Align::right},
                 {"times", Align::right, 2},
                 {"just beyond it fails", Align::left, 3},
                 {"a token waits for", Align::left, 4}},
                {}};
    for (const RequiredValue& v : a.values) {
        table.rows.push_back({std::string(v.lever->title), display(*v.lever, v.now),
                              v.value ? display(*v.lever, *v.value) : "no value does",
                              v.value ? significant(*v.value / v.now) : "", missed(v.binding),
                              largest_bound(v.prediction.decode)});
    }
    write_table(console, table);
    if (a.nearest) {
        const NearestModel& n = *a.nearest;
        console.out << fmt::format("\nnearest model: {} layers, d_model {}, FFN {}: {} tokens/s, first token {}, {}\n",
                                   n.layers, n.d_model, n.d_ffn, significant(n.prediction.decode_tokens_per_second()),
                                   display(n.prediction.ttft), display(n.prediction.memory.total()));
    }
}

Json to_json(const std::vector<Miss>& misses)
{
    Json rows = Json::array();
    for (const Miss& miss : misses) {
        rows.push_back({{"target", miss.target}, {"reached", miss.reached}});
    }
    return rows;
}

Json figures_json(const Scenario& s, const Prediction& p, const Requirement& r)
{
    Json all = Json::object();
    for (std::size_t i = 0; i < figure_count; ++i) {
        const double value = figure(Figure(i), s, p, r.quality);
        if (std::isfinite(value)) {
            all[std::string(word(Figure(i)))] = value;
        }
    }
    return all;
}

Json to_json(const RequiredValue& v, const Scenario& s, const Requirement& r)
{
    Json row{{"quantity", std::string(v.lever->name)},
             {"unit", std::string(v.lever->unit)},
             {"now", v.now / v.lever->scale},
             {"needed", v.value ? Json(*v.value / v.lever->scale) : Json()},
             {"binding", to_json(v.binding)}};
    row[v.value ? "there" : "at_best"] = figures_json(v.scenario ? *v.scenario : s, v.prediction, r);
    return row;
}

Json to_json(const Scenario& s, const Answers& a, const Requirement& r)
{
    Json targets = Json::array();
    for (const FigureTarget& t : r.targets) {
        targets.push_back({{"figure", std::string(word(t.figure))}, {t.at_least ? "at_least" : "at_most", t.value}});
    }
    Json rows = Json::array();
    for (const RequiredValue& v : a.values) {
        rows.push_back(to_json(v, s, r));
    }
    Json json{
        {"format", "requirement/1"},       {"architecture", s.arch.id},     {"device", s.device.id},
        {"calibration", s.calibration.id}, {"targets", std::move(targets)}, {"must_fit", r.must_fit},
        {"reached", a.now.empty()},        {"missed", to_json(a.now)},      {"now", figures_json(s, predict(s), r)},
        {"answers", std::move(rows)}};
    if (a.nearest) {
        const NearestModel& n = *a.nearest;
        json["nearest_model"] = {{"layers", n.layers},
                                 {"d_model", n.d_model},
                                 {"d_ffn", n.d_ffn},
                                 {"distance", n.distance},
                                 {"there", figures_json(n.scenario, n.prediction, r)},
                                 {"architecture", to_json(n.scenario.arch)}};
    }
    return json;
}

int work(const RequireOptions& o, Console& console)
{
    const Scenario s = scenario(o.question);
    const QualityBasis quality = quality_basis(o.question);
    Requirement r{{}, !o.any_size, &quality};
    for (const std::string& want : o.wants) {
        r.targets.push_back(read_option("--want", [&] { return read_target(want); }));
    }
    if (r.targets.empty() && o.any_size) {
        throw InputError("option --want", "nothing is asked for", "add --want decode_tokens_per_s>=30");
    }
    const Answers a = answers_of(s, r, o);
    if (o.json) {
        console.out << pretty(to_json(s, a, r));
    } else {
        write_text(console, s, a, r);
    }
    return 0;
}

}  // namespace

Command require_command()
{
    return make_command<RequireOptions>(
        "require", "the least bandwidth, compute or memory, or the nearest model, that reaches a target",
        {"require --arch qwen2.5-1.5b --device jetson-orin-nano-8gb --context 4096 --want 'decode_tokens_per_s>=30'",
         "require --arch smollm2-1.7b --device raspberry-pi-5-8gb --want 'ttft_s<=5' --vary compute --vary d_ffn"},
        declare, work);
}

}  // namespace slimline
