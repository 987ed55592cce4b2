#include "explorer/dominance_tree.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace slimline {

namespace {

constexpr std::size_t leaf_size = 12;

bool nowhere_larger(const double* a, const double* b, std::size_t n)
{
    for (std::size_t k = 0; k < n; ++k) {
        if (!(a[k] <= b[k])) {
            return false;
        }
    }
    return true;
}

}  // namespace

DominanceTree::DominanceTree(std::vector<double> values, std::size_t dimensions) : dimensions_(dimensions)
{
    std::vector<std::size_t> order(dimensions == 0 ? 0 : values.size() / dimensions);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!order.empty()) {
        build(order, values, 0, order.size());
    }
    values_.reserve(values.size());
    for (const std::size_t i : order) {
        values_.insert(values_.end(), values.begin() + std::ptrdiff_t(i * dimensions),
                       values.begin() + std::ptrdiff_t((i + 1) * dimensions));
    }
}

/// Halves at the median of the objective that is widest relative to its size.
void DominanceTree::build(std::vector<std::size_t>& order, std::span<const double> values, std::size_t first,
                          std::size_t last)
{
    const std::size_t here = nodes_.size();
    nodes_.push_back({first, last, 0});
    std::size_t axis = 0;
    double widest = -1;
    for (std::size_t k = 0; k < dimensions_; ++k) {
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        for (std::size_t i = first; i < last; ++i) {
            low = std::min(low, values[order[i] * dimensions_ + k]);
            high = std::max(high, values[order[i] * dimensions_ + k]);
        }
        least_.push_back(low);
        const double width = (high - low) / std::max(std::abs(high), std::numeric_limits<double>::min());
        if (width > widest) {
            widest = width;
            axis = k;
        }
    }
    if (last - first <= leaf_size) {
        return;
    }
    const std::size_t middle = first + (last - first) / 2;
    const auto at = [&](std::size_t i) { return order.begin() + std::ptrdiff_t(i); };
    std::nth_element(at(first), at(middle), at(last), [&](std::size_t a, std::size_t b) {
        return values[a * dimensions_ + axis] < values[b * dimensions_ + axis];
    });
    build(order, values, first, middle);
    nodes_[here].right = nodes_.size();
    build(order, values, middle, last);
}

template <class Accept>
bool DominanceTree::any(std::span<const double> point, Accept&& accept) const
{
    if (nodes_.empty()) {
        return false;
    }
    std::size_t stack[128];
    std::size_t height = 0;
    stack[height++] = 0;
    while (height > 0) {
        const std::size_t at = stack[--height];
        if (!nowhere_larger(&least_[at * dimensions_], point.data(), dimensions_)) {
            continue;
        }
        const Node& node = nodes_[at];
        if (node.right != 0) {
            stack[height++] = node.right;
            stack[height++] = at + 1;
            continue;
        }
        for (std::size_t i = node.first; i < node.last; ++i) {
            const double* member = &values_[i * dimensions_];
            if (nowhere_larger(member, point.data(), dimensions_) && accept(member)) {
                return true;
            }
        }
    }
    return false;
}

bool DominanceTree::covers(std::span<const double> point) const
{
    return any(point, [](const double*) { return true; });
}

bool DominanceTree::covers(std::span<const double> point, std::size_t& hint) const
{
    if (hint < size() && nowhere_larger(&values_[hint * dimensions_], point.data(), dimensions_)) {
        return true;
    }
    return any(point, [&](const double* member) {
        hint = std::size_t(member - values_.data()) / dimensions_;
        return true;
    });
}

bool DominanceTree::dominates(std::span<const double> point) const
{
    return any(point, [&](const double* member) { return !std::equal(point.begin(), point.end(), member); });
}

std::vector<std::size_t> front_by_tree(const PointSet& points)
{
    const DominanceTree tree({points.values.begin(), points.values.end()}, points.dimensions);
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!tree.dominates(points[i])) {
            front.push_back(i);
        }
    }
    return front;
}

}  // namespace slimline
