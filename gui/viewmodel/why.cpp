#include "gui/viewmodel/why.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "explorer/bounds.h"

namespace slimline::gui {

namespace {

/// "mostly memory (71 %), then launches (18 %)"
std::string binding(const Pass& pass)
{
    const BoundShares shares = bound_shares(pass);
    std::array<std::pair<double, const char*>, 4> all{{{shares.memory, "memory bandwidth"},
                                                       {shares.compute, "arithmetic"},
                                                       {shares.overhead, "starting kernels"},
                                                       {shares.fixed, "fixed times"}}};
    std::ranges::stable_sort(all, std::greater<>{}, &std::pair<double, const char*>::first);
    std::string words = fmt::format("{} ({:.0f} % of the time)", all[0].second, 100 * all[0].first);
    if (all[1].first >= 0.1) {
        words += fmt::format(", then {} ({:.0f} %)", all[1].second, 100 * all[1].first);
    }
    return words;
}

const OperatorTime* longest(const Pass& pass)
{
    const auto found = std::ranges::max_element(pass.operators, {}, [](const OperatorTime& op) { return op.time; });
    return found == pass.operators.end() ? nullptr : &*found;
}

std::string longest_words(const Pass& pass)
{
    const OperatorTime* op = longest(pass);
    return op == nullptr ? std::string{} : fmt::format("; the longest operator is {} with {:.0f} %", op->name, 100 * op->share);
}

const Elasticity* find(const std::vector<Elasticity>& all, std::string_view quantity)
{
    const auto found = std::ranges::find(all, quantity, &Elasticity::quantity);
    return found == all.end() ? nullptr : &*found;
}

/// Twice of a rate, by its slope: 2^-e times the speed.
std::string doubling(const std::vector<Elasticity>& all)
{
    const Elasticity* bandwidth = find(all, "memory bandwidth");
    const Elasticity* compute = find(all, "compute rate");
    if (bandwidth == nullptr || compute == nullptr) {
        return {};
    }
    return fmt::format("By the slopes here, twice the bandwidth would make decode {:.2f} times as fast and prefill {:.2f} times; twice the "
                       "arithmetic {:.2f} and {:.2f} times. ",
                       std::exp2(-bandwidth->tpot), std::exp2(-bandwidth->ttft), std::exp2(-compute->tpot), std::exp2(-compute->ttft));
}

std::string cheapest(const Why& w, const Prediction& p)
{
    const std::string target = significant(w.target_tokens_per_s) + " tokens/s";
    if (p.decode_tokens_per_second() >= w.target_tokens_per_s) {
        return "Decode reaches the target of " + target + " already.";
    }
    if (w.ways.empty()) {
        return "No single change up to eightfold reaches " + target + ".";
    }
    const WayToReach& way = w.ways.front();
    return fmt::format("The smallest single change that reaches {} is {}: {} instead of {}.", target, way.quantity, way.to, way.from);
}

}  // namespace

Why why(const Scenario& scenario, const Prediction& p, double target)
{
    Why w;
    w.elasticities = elasticities(scenario);
    w.target_tokens_per_s = target > 0 ? target : 1.5 * p.decode_tokens_per_second();
    w.ways = ways_to_reach(scenario, {p.workload.batch / w.target_tokens_per_s});
    w.paragraph = fmt::format("The first token takes {}: what binds prefill is {}{}. Each further token takes {}: what binds decode is {}{}. ",
                              display(p.ttft), binding(p.prefill), longest_words(p.prefill), display(p.tpot), binding(p.decode),
                              longest_words(p.decode));
    w.paragraph += doubling(w.elasticities) + cheapest(w, p);
    return w;
}

}  // namespace slimline::gui
