#include "gui/viewmodel/view_values.h"

#include <algorithm>

#include "base/errors.h"
#include "base/text.h"
#include "gui/viewmodel/brushes.h"

namespace slimline::gui {

namespace {

using Words = std::vector<std::string>;

void require_word(const JsonPlace& place, const Words& known)
{
    if (std::ranges::find(known, place.text()) == known.end()) {
        place.fail("'" + printable(place.text()) + "' cannot be chosen", did_you_mean(place.text(), known));
    }
}

Words column_words(bool metrics_alone)
{
    Words words;
    for (const Column column : all_columns()) {
        if (metric_of(column) || !metrics_alone) {
            words.emplace_back(id(column));
        }
    }
    return words;
}

AxisLook axis_of(const std::string& text)
{
    const Words words = split(text, ' ');
    const auto column = words.empty() ? std::nullopt : column_named(words.front());
    if (!column) {
        const std::string name = words.empty() ? std::string{} : words.front();
        throw InputError("", "'" + printable(name) + "' is no axis", did_you_mean(name, column_words(false)));
    }
    AxisLook axis{.column = *column};
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] != "log" && words[i] != "inverted") {
            throw InputError("", "'" + printable(words[i]) + "' says nothing of an axis", "write log or inverted");
        }
        (words[i] == "log" ? axis.logarithmic : axis.inverted) = true;
    }
    return axis;
}

}  // namespace

std::string text_of(const std::vector<AxisLook>& axes)
{
    std::string text;
    for (const AxisLook& axis : axes) {
        text += (text.empty() ? "" : ";") + std::string(id(axis.column)) + (axis.logarithmic ? " log" : "") +
                (axis.inverted ? " inverted" : "");
    }
    return text;
}

std::vector<AxisLook> axes_of(const std::string& text)
{
    std::vector<AxisLook> axes;
    for (const std::string& each : split(text, ';')) {
        const AxisLook axis = axis_of(each);
        if (std::ranges::find(axes, axis.column, &AxisLook::column) != axes.end()) {
            throw InputError("", std::string(id(axis.column)) + " stands here twice", "leave one out");
        }
        axes.push_back(axis);
    }
    if (axes.size() < 2) {
        throw InputError("", "one axis is no plot", "name two or more");
    }
    return axes;
}

void check_view_value(const std::string& key, const JsonPlace& place)
{
    const auto is_one_of = [&](std::initializer_list<std::string_view> keys) { return std::ranges::find(keys, key) != keys.end(); };
    if (is_one_of({"pareto.x", "pareto.y"})) {
        require_word(place, column_words(true));
    } else if (key == "pareto.colour") {
        require_word(place, column_words(false));
    } else if (is_one_of({"pareto.dominated", "pareto.log", "pareto.limits", "pareto.intervals", "parallel.front_only"})) {
        require_word(place, {"on", "off"});
    } else if (key == "parallel.axes") {
        at_place(place, [&] { axes_of(place.text()); });
    } else if (key == "compare.phase") {
        require_word(place, {"decode", "prefill"});
    } else if (key == "compare.tab") {
        require_word(place, {"waterfall", "inputs"});
    } else if (key == "search.brushes") {
        at_place(place, [&] { check_brushes(place.text()); });
    } else if (is_one_of({"compare.from", "compare.to"}) && place.text() != "present" && place.text() != "selected" &&
               !place.text().starts_with("pin ")) {
        place.fail("'" + printable(place.text()) + "' is no design", "write \"present\", \"selected\", or \"pin \" and a name");
    }
}

}  // namespace slimline::gui
