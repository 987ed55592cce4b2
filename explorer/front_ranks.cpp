#include "explorer/front_ranks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tbb/parallel_for.h>

#include "archspace/quality/loss.h"
#include "archspace/quality/ranking.h"

namespace slimline {

namespace {

std::vector<Law> laws_of(const SearchQuestion& q)
{
    std::vector<Law> laws{q.law};
    for (Law& law : default_laws()) {
        if (std::ranges::find(laws, law.id, &Law::id) == laws.end()) {
            laws.push_back(std::move(law));
        }
    }
    return laws;
}

/// By the ranks of two laws: whoever stands behind one that the other law puts behind it, or before one that it puts before.
void mark_disputes(const std::vector<double>& a, const std::vector<double>& b, std::vector<char>& disputed)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!std::isnan(a[i]) && !std::isnan(b[i])) {
            order.push_back(i);
        }
    }
    std::ranges::sort(order, {}, [&](std::size_t i) { return a[i]; });
    const auto sweep = [&](auto from, auto to, double sign) {
        double farthest = -std::numeric_limits<double>::infinity();
        while (from != to) {
            const double rank = a[*from];
            auto end = from;
            for (; end != to && a[*end] == rank; ++end) {  // equals under the one law have no order to dispute
                disputed[*end] = disputed[*end] || sign * b[*end] < farthest;
            }
            for (; from != end; ++from) {
                farthest = std::max(farthest, sign * b[*from]);
            }
        }
    };
    sweep(order.begin(), order.end(), 1);
    sweep(order.rbegin(), order.rend(), -1);
}

}  // namespace

FrontRanks rank_front(const SearchQuestion& q, const std::vector<FoundDesign>& designs)
{
    const std::vector<Law> laws = laws_of(q);
    std::vector<std::vector<double>> losses(laws.size(), std::vector<double>(designs.size()));
    FrontRanks result;
    result.outside.resize(designs.size());
    result.disputed.assign(designs.size(), 0);
    tbb::parallel_for(std::size_t{0}, designs.size(), [&](std::size_t i) {
        const Candidate& candidate = designs[i].candidate;
        const LawInputs inputs =
            law_inputs(architecture_of(candidate.design), q.tokens, q.space.weights[candidate.weights]);
        const double rate =
            q.text_rate ? tokens_per_character(*q.text_rate, double(candidate.design.vocabulary)) : 1;
        for (std::size_t law = 0; law < laws.size(); ++law) {
            const Loss loss = evaluate(laws[law], inputs);
            losses[law][i] = loss.value * rate;
            for (const OutOfRange& left : loss.outside) {
                const std::string text = left.law + ": " + left.quantity;
                if (std::ranges::find(result.outside[i], text) == result.outside[i].end()) {
                    result.outside[i].push_back(text);
                }
            }
        }
    });
    for (std::size_t law = 0; law < laws.size(); ++law) {
        result.laws.push_back(laws[law].id);
        result.ranks.push_back(ranks_of(losses[law]));
    }
    for (std::size_t a = 0; a < laws.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            mark_disputes(result.ranks[a], result.ranks[b], result.disputed);
        }
    }
    return result;
}

}  // namespace slimline
