#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace slimline {

/// Points in a space of objectives, all to be made small, row by row: point i is values[i * dimensions ...].
struct PointSet {
    std::span<const double> values;
    std::size_t dimensions = 2;

    std::size_t size() const { return dimensions == 0 ? 0 : values.size() / dimensions; }
    std::span<const double> operator[](std::size_t i) const { return values.subspan(i * dimensions, dimensions); }
};

/// a is nowhere larger than b, and somewhere smaller. Equal points do not dominate each other.
bool dominates(std::span<const double> a, std::span<const double> b);

/// Indices, ascending, of the points that no other point dominates: exact, for any number of objectives. Points that
/// are equal in every objective are all in it. O(n log n) for two and three objectives; for more, each point meets the
/// front found so far (n times its size at worst).
std::vector<std::size_t> pareto_front(const PointSet& points);

}  // namespace slimline
