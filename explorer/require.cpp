#include "explorer/require.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

constexpr double widest = 1e6;      // factor by which a device may change
constexpr double precision = 1e-9;  // of a continuous answer

std::vector<Miss> misses_of(const Scenario& s, const Prediction& p, const Requirement& r)
{
    std::vector<Miss> found;
    if (r.must_fit && !p.fits) {
        found.push_back({"fits", p.memory.total().value});
    }
    for (const FigureTarget& target : r.targets) {
        const double reached = figure(target.figure, s, p, r.quality);
        if (!target.met_by(reached)) {
            found.push_back({text_of(target), reached});
        }
    }
    return found;
}

/// Where a quantity may go, from the end that meets targets most easily to the hardest, as steps that are asked for.
struct Way {
    const Scenario& from;
    const Lever& lever;
    const Requirement& requirement;

    bool meets(double value) const
    {
        const auto there = lever.with(from, value);
        return there && misses(*there, requirement).empty();
    }
};

/// Between a value that misses and one that meets, the one that just meets.
double bisected(const Way& way, double missing, double meeting)
{
    while (std::abs(std::log(meeting / missing)) > precision) {
        const double middle = std::sqrt(missing * meeting);
        (way.meets(middle) ? meeting : missing) = middle;
    }
    return meeting;
}

void settle(RequiredValue& answer, const Way& way, std::optional<double> value, double beyond)
{
    const auto end = way.lever.with(way.from, value ? *value : beyond);
    const auto past = way.lever.with(way.from, beyond);
    answer.value = value;
    if (end) {
        answer.prediction = predict(*end);
        answer.scenario = value ? end : std::nullopt;
    }
    if (past) {
        answer.binding = misses(*past, way.requirement);
    }
}

/// More of everything but fixed times helps; the answer is where it just does not hurt yet to have less.
void solve_continuous(RequiredValue& answer, const Way& way)
{
    const bool less_helps = way.lever.name == "fixed_times";
    const double easy = less_helps ? answer.now / widest : answer.now * widest;
    const double hard = less_helps ? answer.now * widest : answer.now / widest;
    if (!way.meets(easy)) {
        settle(answer, way, std::nullopt, easy);
    } else if (way.meets(hard)) {
        settle(answer, way, hard, hard);
    } else {
        const double value = bisected(way, hard, easy);
        settle(answer, way, value, value * (1 + (less_helps ? 2 : -2) * precision));
    }
}

/// Steps of a granule from one to sixteen times what there is now, closer together below.
std::vector<std::int64_t> ladder(double now, int granule)
{
    std::vector<std::int64_t> steps;
    const double most = std::max(1.0, 16 * now / granule);
    for (double step = 1; step <= most; step = std::max(step + 1, step * 1.125)) {
        steps.push_back(std::int64_t(step));
    }
    return steps;
}

/// Between steps of which one meets and the other misses: the last that meets.
std::int64_t boundary(const Way& way, int granule, std::int64_t meeting, std::int64_t missing)
{
    while (std::abs(missing - meeting) > 1) {
        const std::int64_t middle = meeting + (missing - meeting) / 2;
        (way.meets(double(middle * granule)) ? meeting : missing) = middle;
    }
    return meeting;
}

/// Where now meets, how much more would still do; else the nearest that does, below or above.
void solve_whole(RequiredValue& answer, const Way& way)
{
    const int granule = std::max(1, way.lever.granule(way.from));
    const double now = answer.now / granule;
    const std::vector<std::int64_t> steps = ladder(answer.now, granule);
    std::vector<bool> met;
    for (const std::int64_t step : steps) {
        met.push_back(way.meets(double(step * granule)));
    }
    std::size_t nearest = steps.size();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto far = [&](std::size_t k) { return std::abs(std::log(double(steps[k]) / now)); };
        if (met[i] && (nearest == steps.size() || far(i) < far(nearest))) {
            nearest = i;
        }
    }
    if (nearest == steps.size()) {
        settle(answer, way, std::nullopt, granule);
        return;
    }
    const bool upwards = double(steps[nearest]) <= now || misses(way.from, way.requirement).empty();
    std::size_t i = nearest;
    while (upwards ? i + 1 < steps.size() && met[i + 1] : i > 0 && met[i - 1]) {
        i += upwards ? 1 : std::size_t(-1);
    }
    const bool at_end = upwards ? i + 1 == steps.size() : i == 0;
    const std::int64_t beyond = upwards ? (at_end ? steps[i] + 1 : steps[i + 1]) : (at_end ? 0 : steps[i - 1]);
    const std::int64_t last = boundary(way, granule, steps[i], beyond);
    settle(answer, way, double(last * granule), double((last + (upwards ? 1 : -1)) * granule));
}

/// A whole quantity whose possible values are few and irregular (KV heads divide the query heads): all are tried.
void solve_divisors(RequiredValue& answer, const Way& way)
{
    std::optional<double> best;
    double beyond = 1;
    for (double value = 1; value <= 1024; ++value) {
        if (way.meets(value)) {
            best = value;
        } else if (way.lever.with(way.from, value) && (!best || beyond <= *best)) {
            beyond = value;
        }
    }
    settle(answer, way, best, beyond);
}

struct GridPoint {
    double layers = 0;
    double d_model = 0;
    double d_ffn = 0;
    double distance = 0;
};

/// Values from now down to half, spread over at most `most` of them.
std::vector<double> downwards(const Scenario& s, const Lever& lever, int most)
{
    const double now = lever.value(s);
    std::vector<double> values;
    if (std::isnan(now)) {
        return values;
    }
    const int granule = std::max(1, lever.granule(s));
    const double step = granule * std::max(1.0, std::floor(now / 2 / granule / most));
    for (double value = now; value >= now / 2 && value >= granule; value -= step) {
        values.push_back(value);
    }
    return values;
}

std::vector<GridPoint> grid_around(const Scenario& s)
{
    const Lever& layers = lever_named("layers");
    const Lever& width = lever_named("d_model");
    const Lever& ffn = lever_named("d_ffn");
    std::vector<double> ffns = downwards(s, ffn, 16);
    const bool has_ffn = !ffns.empty();
    if (!has_ffn) {
        ffns.push_back(1);
    }
    std::vector<GridPoint> grid;
    for (const double l : downwards(s, layers, 16)) {
        for (const double d : downwards(s, width, 16)) {
            for (const double f : ffns) {
                const double deep = std::log(l / layers.value(s));
                const double wide = std::log(d / width.value(s));
                const double hidden = has_ffn ? std::log(f / ffn.value(s)) : 0;
                grid.push_back({l, d, has_ffn ? f : 0, std::sqrt(deep * deep + wide * wide + hidden * hidden)});
            }
        }
    }
    std::ranges::stable_sort(grid, {}, &GridPoint::distance);
    return grid;
}

std::optional<Scenario> at_point(const Scenario& s, const GridPoint& point)
{
    auto moved = lever_named("layers").with(s, point.layers);
    moved = moved ? lever_named("d_model").with(*moved, point.d_model) : moved;
    return moved && point.d_ffn > 0 ? lever_named("d_ffn").with(*moved, point.d_ffn) : moved;
}

}  // namespace

std::vector<Miss> misses(const Scenario& scenario, const Requirement& requirement)
{
    return misses_of(scenario, predict(scenario), requirement);
}

std::optional<RequiredValue> required(const Scenario& scenario, const Lever& lever, const Requirement& requirement)
{
    RequiredValue answer;
    answer.lever = &lever;
    answer.now = lever.value(scenario);
    if (std::isnan(answer.now)) {
        return std::nullopt;
    }
    const Way way{scenario, lever, requirement};
    if (!lever.whole) {
        solve_continuous(answer, way);
    } else if (lever.name == "kv_heads") {
        solve_divisors(answer, way);
    } else {
        solve_whole(answer, way);
    }
    return answer;
}

std::optional<NearestModel> nearest_model(const Scenario& scenario, const Requirement& requirement)
{
    for (const GridPoint& point : grid_around(scenario)) {
        const auto there = at_point(scenario, point);
        if (!there) {
            continue;
        }
        const Prediction p = predict(*there);
        if (misses_of(*there, p, requirement).empty()) {
            return NearestModel{*there, point.layers, point.d_model, point.d_ffn, point.distance, p};
        }
    }
    return std::nullopt;
}

}  // namespace slimline
