#include "gui/viewmodel/comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "base/text.h"
#include "explorer/waterfall.h"
#include "gui/viewmodel/axis_unit.h"
#include "gui/viewmodel/session_json.h"
#include "hwmodels/device_json.h"

namespace slimline::gui {

namespace {

const Scenario& scenario_of(const SessionState& state, std::size_t index)
{
    return index == 0 || index > state.pinned.size() ? state.scenario : state.pinned[index - 1].scenario;
}

std::string name_of(const SessionState& state, std::size_t index)
{
    return index == 0 || index > state.pinned.size() ? "present" : state.pinned[index - 1].name;
}

std::string delta(double value, double first)
{
    return first != 0 && std::isfinite(value / first) ? fmt::format("{:+.1f} %", 100 * (value / first - 1)) : std::string{};
}

/// The designs' predictions, the present one not made again.
std::vector<Prediction> predictions(const SessionState& state, const Prediction& present)
{
    std::vector<Prediction> all{present};
    for (const PinnedDesign& pin : state.pinned) {
        all.push_back(predict(pin.scenario));
    }
    return all;
}

constexpr std::size_t most_steps = 9;

/// Model and device written out, also where the catalogue has them: their ids would say nothing of how they differ.
Json whole_inputs(const Scenario& s)
{
    Json inputs = scenario_json(s);
    inputs["architecture"] = slimline::to_json(s.arch);
    inputs["device"] = slimline::to_json(s.device);
    for (const char* part : {"architecture", "device"}) {
        inputs[part].erase("sources");  // whoever says so: no input
    }
    return inputs;
}

}  // namespace

Comparison comparison(const SessionState& state, const Prediction& present)
{
    const std::vector<Prediction> all = predictions(state, present);
    Comparison result;
    for (std::size_t i = 0; i <= state.pinned.size(); ++i) {
        result.names.push_back(name_of(state, i));
    }
    const auto number = [&](const char* name, const std::function<double(const Prediction&)>& value,
                            const std::function<std::string(const Prediction&)>& text) {
        ComparedFigure figure{.name = name};
        for (const Prediction& p : all) {
            figure.values.push_back(text(p));
            figure.deltas.push_back(figure.deltas.empty() ? std::string{} : delta(value(p), value(all.front())));
        }
        result.figures.push_back(std::move(figure));
    };
    const auto word_row = [&](const char* name, const std::function<std::string(const Prediction&)>& text) {
        ComparedFigure figure{.name = name};
        for (const Prediction& p : all) {
            figure.values.push_back(text(p));
            figure.deltas.emplace_back();
        }
        result.figures.push_back(std::move(figure));
    };
    using P = const Prediction&;
    word_row("model", [](P p) { return p.architecture.empty() ? std::string("custom") : p.architecture; });
    word_row("device", [](P p) { return p.device; });
    word_row("weights", [](P p) { return p.precision.weights.name; });
    number("time to first token", [](P p) { return p.ttft.value; }, [](P p) { return display(p.ttft); });
    number("time a token", [](P p) { return p.tpot.value; }, [](P p) { return display(p.tpot); });
    number("decode, tokens/s", [](P p) { return p.decode_tokens_per_second(); }, [](P p) { return significant(p.decode_tokens_per_second()); });
    number("prefill, tokens/s", [](P p) { return p.prefill_tokens_per_second(); }, [](P p) { return significant(p.prefill_tokens_per_second(), 4); });
    number("whole answer", [](P p) { return p.total().value; }, [](P p) { return display(p.total()); });
    number("energy a token", [](P p) { return p.energy_per_token.value; }, [](P p) { return display(p.energy_per_token); });
    number("memory", [](P p) { return p.memory.total().value; }, [](P p) { return display(p.memory.total()); });
    number("weights in memory", [](P p) { return p.memory.weights.value; }, [](P p) { return display(p.memory.weights); });
    number("KV cache", [](P p) { return p.memory.kv_cache.value; }, [](P p) { return display(p.memory.kv_cache); });
    number("parameters", [](P p) { return p.parameters.total; }, [](P p) { return display_count(p.parameters.total); });
    word_row("fits", [](P p) { return std::string(p.fits ? "yes" : "no"); });
    return result;
}

Chart waterfall_chart(const SessionState& state, const Prediction& present, std::size_t from, std::size_t to, bool decode)
{
    const auto pass_of = [&](std::size_t index) {
        const Prediction p = index == 0 ? present : predict(scenario_of(state, index));
        return decode ? p.decode : p.prefill;
    };
    const Waterfall fall = waterfall(pass_of(from), pass_of(to));
    const AxisUnit unit = time_unit(std::max(fall.start.value, fall.end.value));
    const double ratio = fall.start / fall.end;
    Chart chart{.title = fmt::format("{}: {} {} to {} {}", decode ? "a token" : "first token", name_of(state, from), display(fall.start),
                                     name_of(state, to), display(fall.end)),
                .legend_low = true};
    chart.x.label = fmt::format("{} [{}]; {} is {:.2f}x {}", decode ? "a token" : "first token", unit.name, name_of(state, to),
                                ratio >= 1 ? ratio : 1 / ratio, ratio >= 1 ? "faster" : "slower");
    ChartSeries base{.name = "", .draw = Draw::bars, .ink = Ink::muted};
    ChartSeries less{.name = "less", .draw = Draw::bars, .ink = Ink::series2};
    ChartSeries more{.name = "more", .draw = Draw::bars, .ink = Ink::series1};
    // Bars hang between the sum before and after a step: an invisible part, then the difference.
    ChartSeries under{.name = "", .draw = Draw::bars, .ink = Ink::none};
    double sum = fall.start.value;
    double most = sum;
    const auto add = [&](const std::string& name, double low, double whole, double shrunk, double grown, const std::string& label, const std::string& said) {
        const double y = -double(chart.y.words.size());
        chart.y.words.push_back(name);
        const auto put = [&](ChartSeries& series, double value) {
            series.x.push_back(value / unit.size);
            series.y.push_back(y);
            series.labels.push_back(label);
        };
        put(under, low);
        put(base, whole);
        put(less, shrunk);
        put(more, grown);
        const double end = low + whole + shrunk + grown;
        most = std::max(most, end);
        chart.notes.push_back({.text = said, .x = end / unit.size, .y = y, .ink = Ink::muted});
    };
    add(name_of(state, from), 0, sum, 0, 0, display(fall.start), display(fall.start));
    const auto step = [&](const std::string& name, double difference) {
        const double next = sum + difference;
        const std::string said = (difference < 0 ? "-" : "+") + display(Seconds{std::abs(difference)});
        add(name, std::min(sum, next), 0, std::max(0.0, -difference), std::max(0.0, difference), name + ": " + said, said);
        sum = next;
    };
    double rest = 0;
    for (std::size_t i = 0; i < fall.steps.size(); ++i) {
        const double difference = fall.steps[i].difference().value;
        const bool shown = i < most_steps && std::abs(difference) >= 0.003 * fall.start.value;
        shown ? step(fall.steps[i].name, difference) : void(rest += difference);
    }
    step("others", rest);
    add(name_of(state, to), 0, fall.end.value, 0, 0, display(fall.end), display(fall.end));
    chart.series = {under, base, less, more};
    // The steps are what is to be seen: the axis starts not far below them.
    const double least = *std::min_element(under.x.begin() + 1, under.x.end() - 1) * unit.size;
    chart.x.low = std::max(0.0, least - 1.2 * (most - least)) / unit.size;
    chart.x.high = chart.x.low + (most / unit.size - chart.x.low) * 1.08;
    chart.y.low = -double(chart.y.words.size()) + 0.4;
    chart.y.high = 0.6;
    return chart;
}

std::vector<std::string> input_differences(const SessionState& state, std::size_t from, std::size_t to)
{
    const Json a = whole_inputs(scenario_of(state, from)).flatten();
    const Json b = whole_inputs(scenario_of(state, to)).flatten();
    std::vector<std::string> lines;
    for (const auto& [key, value] : a.items()) {
        if (!b.contains(key)) {
            lines.push_back(key + ": " + value.dump() + " -> nothing");
        } else if (b.at(key) != value) {
            lines.push_back(key + ": " + value.dump() + " -> " + b.at(key).dump());
        }
    }
    for (const auto& [key, value] : b.items()) {
        if (!a.contains(key)) {
            lines.push_back(key + ": nothing -> " + value.dump());
        }
    }
    return lines;
}

}  // namespace slimline::gui
