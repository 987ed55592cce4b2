#include "explorer/sweep.h"

#include <cmath>
#include <limits>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t most_values = 10000;

double number_in(std::string_view text, std::string_view whole)
{
    double value = 0;
    if (!parse_number(text, value)) {
        throw InputError("", "'" + printable(whole) + "': '" + printable(text) + "' is no number",
                         "write values as 50,100,200 or from:to:step");
    }
    return value;
}

std::vector<double> range_of(const std::vector<std::string>& parts, std::string_view whole)
{
    const double from = number_in(parts[0], whole);
    const double to = number_in(parts[1], whole);
    const bool times = parts[2].starts_with('*');
    const double step = number_in(std::string_view(parts[2]).substr(times ? 1 : 0), whole);
    const bool moves = times ? step > 1 && from > 0 : step > 0;
    if (!moves || to < from) {
        throw InputError("", "'" + printable(whole) + "' never gets from the first to the second number",
                         "give them ascending, with a step above 0 or a factor *f above 1");
    }
    std::vector<double> values;
    for (std::size_t i = 0; values.size() <= most_values; ++i) {
        const double value = times ? from * std::pow(step, double(i)) : from + step * double(i);
        if (value > to * (1 + 1e-12)) {
            break;
        }
        values.push_back(value);
    }
    return values;
}

void visit(const Scenario& at, const std::vector<Axis>& axes, std::size_t depth, const std::vector<Figure>& figures,
           const QualityBasis* quality, std::vector<SweepPoint>& points, SweepPoint so_far)
{
    if (depth < axes.size()) {
        const Axis& axis = axes[depth];
        for (const double value : axis.values) {
            const auto there = axis.lever->with(at, value);
            SweepPoint next = so_far;
            next.at.push_back(there ? axis.lever->value(*there) : value);
            if (there) {
                visit(*there, axes, depth + 1, figures, quality, points, std::move(next));
            } else {
                next.at.resize(axes.size(), std::numeric_limits<double>::quiet_NaN());
                next.figures.assign(figures.size(), std::numeric_limits<double>::quiet_NaN());
                points.push_back(std::move(next));
            }
        }
        return;
    }
    so_far.prediction = predict(at);
    for (const Figure each : figures) {
        so_far.figures.push_back(figure(each, at, *so_far.prediction, quality));
    }
    points.push_back(std::move(so_far));
}

}  // namespace

Axis read_axis(std::string_view text)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        throw InputError("", "'" + printable(text) + "' gives no values", "write it as bandwidth=50,100,200");
    }
    const Lever& lever = lever_named(text.substr(0, equals));
    const std::string_view said = text.substr(equals + 1);
    Axis axis{&lever, {}};
    if (const std::vector<std::string> parts = split(said, ':'); parts.size() == 3) {
        axis.values = range_of(parts, text);
    } else {
        for (const std::string& part : split(said, ',')) {
            axis.values.push_back(number_in(part, text));
        }
    }
    if (axis.values.empty() || axis.values.size() > most_values) {
        throw InputError("", "'" + printable(text) + "' are too many values", "give at most 10000");
    }
    for (double& value : axis.values) {
        value *= lever.scale;
    }
    return axis;
}

std::vector<SweepPoint> sweep(const Scenario& scenario, const std::vector<Axis>& axes,
                              const std::vector<Figure>& figures, const QualityBasis* quality)
{
    std::vector<SweepPoint> points;
    visit(scenario, axes, 0, figures, quality, points, {});
    return points;
}

}  // namespace slimline
