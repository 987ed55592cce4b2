#include "explorer/waterfall.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace slimline {

namespace {

std::map<std::string, Seconds> time_by_operator(const Pass& pass)
{
    std::map<std::string, Seconds> times{{"fixed times", pass.fixed}};
    for (const OperatorTime& op : pass.operators) {
        times[op.name] += op.time;
    }
    return times;
}

}  // namespace

Waterfall waterfall(const Pass& from, const Pass& to)
{
    std::map<std::string, WaterfallStep> steps;
    for (const auto& [name, time] : time_by_operator(from)) {
        steps[name].from = time;
    }
    for (const auto& [name, time] : time_by_operator(to)) {
        steps[name].to = time;
    }
    Waterfall result{.start = from.time, .end = to.time};
    for (auto& [name, step] : steps) {
        step.name = name;
        result.steps.push_back(step);
    }
    std::ranges::stable_sort(result.steps, std::greater<>{},
                             [](const WaterfallStep& step) { return std::abs(step.difference().value); });
    return result;
}

}  // namespace slimline
