#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "explorer/pareto.h"

namespace slimline {

/// Points in boxes of boxes, to ask whether one of them dominates another point: logarithmic where fronts are thin.
class DominanceTree {
 public:
    DominanceTree() = default;
    DominanceTree(std::vector<double> values, std::size_t dimensions);

    /// Some point is nowhere larger.
    bool covers(std::span<const double> point) const;
    /// The same; the member of `hint`, which covered a point before, is asked first.
    bool covers(std::span<const double> point, std::size_t& hint) const;

    /// Some point is nowhere larger and somewhere smaller.
    bool dominates(std::span<const double> point) const;

    std::size_t size() const { return dimensions_ == 0 ? 0 : values_.size() / dimensions_; }

 private:
    struct Node {
        std::size_t first = 0;
        std::size_t last = 0;
        std::size_t right = 0;  // the left child follows its parent; 0: a leaf
    };
    void build(std::vector<std::size_t>& order, std::span<const double> values, std::size_t first, std::size_t last);
    template <class Accept>
    bool any(std::span<const double> point, Accept&& accept) const;

    std::size_t dimensions_ = 0;
    std::vector<double> values_;
    std::vector<Node> nodes_;
    std::vector<double> least_;  // corner of each node
};

/// Indices, ascending, of the points that no other point dominates; equal points are in it together.
std::vector<std::size_t> front_by_tree(const PointSet& points);

}  // namespace slimline
