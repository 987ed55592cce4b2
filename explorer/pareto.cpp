#include "explorer/pareto.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace slimline {

namespace {

bool equal(std::span<const double> a, std::span<const double> b) { return std::ranges::equal(a, b); }

/// Ascending by the first objective, then the second, ...: a point can only be dominated by one before it.
std::vector<std::size_t> lexicographic(const PointSet& points)
{
    std::vector<std::size_t> order(points.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return std::ranges::lexicographical_compare(points[a], points[b]);
    });
    return order;
}

std::vector<std::size_t> front_of_two(const PointSet& points, const std::vector<std::size_t>& order)
{
    std::vector<std::size_t> front;
    double least = std::numeric_limits<double>::infinity();
    for (const std::size_t i : order) {
        const bool twin = !front.empty() && equal(points[i], points[front.back()]);
        if (points[i][1] < least || twin) {
            least = points[i][1];
            front.push_back(i);
        }
    }
    return front;
}

/// Sweep by the first objective over a staircase of the other two: ascending second, descending third.
std::vector<std::size_t> front_of_three(const PointSet& points, const std::vector<std::size_t>& order)
{
    std::vector<std::size_t> front;
    std::map<double, double> stairs;
    for (const std::size_t i : order) {
        if (!front.empty() && equal(points[i], points[front.back()])) {
            front.push_back(i);
            continue;
        }
        const double second = points[i][1];
        const double third = points[i][2];
        auto above = stairs.upper_bound(second);
        if (above != stairs.begin() && std::prev(above)->second <= third) {
            continue;
        }
        front.push_back(i);
        auto covered = stairs.lower_bound(second);
        while (covered != stairs.end() && covered->second >= third) {
            covered = stairs.erase(covered);
        }
        stairs.emplace_hint(covered, second, third);
    }
    return front;
}

std::vector<std::size_t> front_of_many(const PointSet& points, const std::vector<std::size_t>& order)
{
    std::vector<std::size_t> front;
    for (const std::size_t i : order) {
        // The latest members are the nearest in the sort, and so the likeliest to dominate.
        const bool beaten =
            std::any_of(front.rbegin(), front.rend(), [&](std::size_t j) { return dominates(points[j], points[i]); });
        if (!beaten) {
            front.push_back(i);
        }
    }
    return front;
}

}  // namespace

bool dominates(std::span<const double> a, std::span<const double> b)
{
    bool smaller = false;
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (a[k] > b[k]) {
            return false;
        }
        smaller |= a[k] < b[k];
    }
    return smaller;
}

std::vector<std::size_t> pareto_front(const PointSet& points)
{
    const std::vector<std::size_t> order = lexicographic(points);
    std::vector<std::size_t> front = points.dimensions == 2   ? front_of_two(points, order)
                                     : points.dimensions == 3 ? front_of_three(points, order)
                                                              : front_of_many(points, order);
    std::ranges::sort(front);
    return front;
}

}  // namespace slimline
